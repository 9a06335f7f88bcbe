/** One value of a raw table: text as it was written, a number where the format has numbers, null where there is none. */
export type Cell = string | number | null;

/** How numbers are written: `1.5`, or `1,5`; either may group thousands with the other sign, a blank or an apostrophe. */
export type DecimalSign = 'point' | 'comma';

/** What people write where they have no value, in lower case. The empty cell counts too. */
export const missingMarkers: readonly string[] = [
  '',
  '?',
  'na',
  'n/a',
  '#n/a',
  'nan',
  'null',
  'none',
  'nil',
  'missing',
  'unknown',
  '-',
  '--',
  '.',
  '#null!',
  '<na>',
];
const markers = new Set(missingMarkers);
const markerLengthMax = 7;

/** Whether a cell stands for a missing value. */
export function isMissing(cell: Cell): boolean {
  if (cell === null) return true;
  if (typeof cell === 'number') return Number.isNaN(cell);
  return cell.length <= markerLengthMax + 4 && markers.has(cell.trim().toLowerCase());
}

const plain = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const withComma = /^[+-]?(?:\d+,?\d*|,\d+)(?:e[+-]?\d+)?$/i;
/** In threes, or as in India (12,34,567). */
const grouped = {
  point: /^[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3})(?:\.\d*)?$/,
  comma: /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$/,
} as const;

/** The number that a text says; NaN where it says none, or one beyond doubles. */
export function numberOf(cell: Cell, sign: DecimalSign = 'point'): number {
  if (typeof cell === 'number') return cell;
  if (cell === null) return Number.NaN;
  const text = cell.trim();
  const value = bareNumber(text, sign);
  return Number.isNaN(value) && mayBeDressed(text) ? dressedNumber(text, sign) : value;
}

function bareNumber(text: string, sign: DecimalSign): number {
  if (sign === 'point') {
    if (plain.test(text)) return finite(Number(text));
    return grouped.point.test(text) ? finite(Number(text.replaceAll(',', ''))) : Number.NaN;
  }
  if (grouped.comma.test(text)) return finite(Number(text.replaceAll('.', '').replace(',', '.')));
  return withComma.test(text) ? finite(Number(text.replace(',', '.'))) : Number.NaN;
}

const currency = String.raw`(?:\p{Sc}|(?:US|C|A|R|HK|NZ)\$|USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|KRW|Fr\.|kr\.?|zł|Kč|Ft)`;
/** A sign or an opening bracket, a currency before or behind, a per cent sign: `-$1,234.50`, `(12.00)`, `1.234,50 €`, `45 %`. */
const dress = new RegExp(
  String.raw`^(\()?\s*([+\-\u2212])?\s*(?:${currency}\s*)?([+\-\u2212])?(\d[\d.,'\u2019\s]*?|[.,]\d+)\s*(?:%|${currency})?\s*(\))?$`,
  'u',
);
const dressedLengthMax = 40;
const mayBeDressed = (text: string): boolean => text.length <= dressedLengthMax && /\d/.test(text);

/** Groups between blanks or apostrophes: 1 234 567,5 and 1'234'567.5. */
const spaced = /^[1-9]\d{0,2}(?:([\s'\u2019])\d{3})(?:\1\d{3})*(?:[.,]\d*)?$/;

function dressedNumber(text: string, sign: DecimalSign): number {
  const [, opened, before, behind, digits = '', closed] = dress.exec(text) ?? [];
  if ((opened === undefined) !== (closed === undefined) || (before !== undefined && behind !== undefined))
    return Number.NaN;
  const value = bareNumber(spaced.test(digits) ? digits.replaceAll(/[\s'\u2019]/g, '') : digits, sign);
  const minus = before ?? behind;
  // Accountants write what is below zero in brackets.
  return opened !== undefined || (minus !== undefined && minus !== '+') ? -value : value;
}

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN);

/** A cell as categories compare it: numbers as they print, text without blanks around it. */
export const textOf = (cell: Cell): string =>
  cell === null ? '' : typeof cell === 'number' ? String(cell) : cell.trim();

/** A value as a message shows it. */
export const shown = (text: string, lengthMax = 40): string =>
  JSON.stringify(text.length > lengthMax ? `${text.slice(0, lengthMax - 3)}...` : text);
