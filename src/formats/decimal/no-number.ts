/** Why a text in the place of a number is not one, as the end of a sentence, with what to do. */

import { quoted } from '../row-decoder.ts';
import { decimalLengthMax, decimalToDouble, decimalToFloat32 } from './decimal.ts';
import { isSingleRange } from './decimal-double.ts';

const remedyOfMissing = 'missing values are not supported, fill them in or leave the row out';

/** The end of a sentence about a number. */
export const beyondSingle = 'is beyond the largest 32-bit number, 3.4028235e38';

export const isMissing = (text: string): boolean => /^(|-?nan|na|#?n\/a|<na>|null|none|nil|missing|\?|-)$/i.test(text);
const isInfinite = (text: string): boolean => /^[+-]?inf(inity)?$/i.test(text);
const isBoolean = (text: string): boolean => /^(true|false|yes|no)$/i.test(text);
/** `1,5`, `1.234,56`, `1,234.5`. */
export const isWithComma = (text: string): boolean =>
  /^[+-]?\d+(\.\d{3})*,\d+$|^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/.test(text);
const isDate = (text: string): boolean =>
  /^\d{4}[-/]\d{1,2}[-/]\d{1,2}([T ].*)?$|^\d{1,2}([./-])\d{1,2}\2\d{2,4}$|^\d{1,2}:\d\d(:\d\d(\.\d+)?)?$/.test(text);
const isWithUnit = (text: string): boolean => /^[$€£]\s?[-+]?[\d.,]*\d|\d\s?[%$€£]$/.test(text);
/** Words: texts that are neither a typing error nor a form of number. */
export const isWords = (text: string): boolean =>
  /^[\p{L}_<>=][^\p{C}]*$/u.test(text) && !isMissing(text) && !isInfinite(text) && !isBoolean(text);

/** Why a cell's or label's text is not a number. `remedy` says what to do about a missing value where they are allowed. */
export function whyNoNumber(text: string, remedy = remedyOfMissing): string {
  if (text === '') return `is empty: ${remedy}`;
  const shown = quoted(text);
  if (text.length > decimalLengthMax) return `${shown} is longer than ${decimalLengthMax} characters`;
  // As the readers decide: the text's double may round up to where single precision ends.
  const double = decimalToDouble(text);
  if (!Number.isNaN(double) && !isSingleRange(double)) return `${shown} ${beyondSingle}`;
  if (isMissing(text)) return `${shown} stands for a missing value: ${remedy}`;
  if (isInfinite(text)) return `${shown} is not a finite number: give a number, or leave the row out`;
  if (isBoolean(text)) return `${shown} is a boolean, not a number: write 1 or 0`;
  if (isDate(text)) return `${shown} is a date or a time, not a number: write it as a number, or leave the column out`;
  if (isWithComma(text)) return `${shown} is not a number: write decimals with a point, and nothing between thousands`;
  if (isWithUnit(text)) return `${shown} is not a number: write it without its unit`;
  if (/^(['’‘“”`´]).*['’‘“”`´]$/.test(text)) return `${shown} is not a number: quotes are ", or better none`;
  if (/^"|"$/.test(text)) return `${shown} is not a number: a quote (") has no other half`;
  return `${shown} is not a number`;
}

/** The same for a label's text, which is usually a class. */
export const whyNoLabel = (text: string): string =>
  isWords(text)
    ? `${quoted(text)} is text, not a number: number the classes 0, 1, ...`
    : whyNoNumber(text, 'give a label, or leave the row out');

/** The same for a value in JSON. `shown` is its text. */
export function whyNoJsonNumber(value: unknown, shown: string, isLabel = false): string {
  if (typeof value === 'boolean') return `${shown} is a boolean, not a number: write 1 or 0`;
  if (value === null) return `${shown} stands for a missing value: ${remedyOfMissing}`;
  if (typeof value !== 'string') return `${shown} is not a number`;
  if (Number.isFinite(decimalToFloat32(value.trim()))) return `${shown} is text, not a number: write it without quotes`;
  return isLabel ? whyNoLabel(value) : value === '' ? `"" is empty: ${remedyOfMissing}` : whyNoNumber(value);
}
