/** How a table of delimited text is written, from its first lines. */
import Papa from 'papaparse';
import { isMissing, numberOf } from '../cell.ts';

export interface Dialect {
  delimiter: string;
  newline: '\n' | '\r';
  /** Lines before the table: Excel's `sep=;`. */
  skippedLines: 0 | 1;
}

/** Characters from which it is told. */
export const sampleLength = 1 << 16;
const sampleRows = 200;

/** The first that all rows agree on is taken: a comma is more often part of a text or a number than the others are. */
const delimiters = ['\t', ';', '|', ',', ' '] as const;

export const delimiterNames: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'vertical bars',
  ' ': 'blanks',
};

/** `isWhole` says that the sample is all there is, so that its last line is one. */
export function dialectOf(sample: string, isWhole: boolean, delimiter?: string): Dialect {
  const newline = !sample.includes('\n') && sample.includes('\r') ? '\r' : '\n';
  const [, sep] = /^sep=(.)\r?\n/i.exec(sample) ?? [];
  const text = sep === undefined ? sample : sample.slice(sample.indexOf('\n') + 1);
  return {
    delimiter: delimiter ?? sep ?? bestDelimiter(text, newline, isWhole),
    newline,
    skippedLines: sep === undefined ? 0 : 1,
  };
}

function bestDelimiter(sample: string, newline: '\n' | '\r', isWhole: boolean): string {
  let best = { delimiter: ',', agreement: 0 };
  for (const delimiter of delimiters) {
    const agreement = agreementOf(parsed(sample, { delimiter, newline }, isWhole).filter(notBlank));
    if (agreement > best.agreement + 0.02) best = { delimiter, agreement };
  }
  return best.delimiter;
}

/** The first rows of a sample, blank ones too. */
export function parsed(
  sample: string,
  { delimiter, newline }: Pick<Dialect, 'delimiter' | 'newline'>,
  isWhole: boolean,
): string[][] {
  const { data } = new Papa.Parser({ delimiter, newline, preview: sampleRows }).parse(sample, 0, !isWhole);
  return (data as string[][]).map(withoutReturn);
}

export const notBlank = (row: readonly string[]): boolean => row.length > 1 || row[0]!.trim() !== '';

/** Lines may end in CR LF; the parser splits at LF. */
export function withoutReturn(row: string[]): string[] {
  const last = row.length - 1;
  if (row[last]!.endsWith('\r')) row[last] = row[last]!.slice(0, -1);
  return row;
}

/** The share of rows that have as many cells as most; 0 where that is one cell. */
function agreementOf(rows: readonly (readonly string[])[]): number {
  const { width, count } = commonWidth(rows);
  return width === 1 ? 0 : count / rows.length;
}

/** As many cells as most rows have, and how many rows have them. */
function commonWidth(rows: readonly (readonly string[])[]): { width: number; count: number } {
  const counts = new Map<number, number>();
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [width, count] = [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), [1, 0]);
  return { width, count };
}

/** Lines of titles and remarks above a table. */
const linesAboveMax = 20;

/**
 * How many rows stand above the table: blank ones, and titles and remarks (after #, or of one cell) where names of columns follow.
 * `header` is whether the reader is asked for names.
 */
export function rowsAbove(rows: readonly (readonly string[])[], header: boolean | undefined): number {
  const blanks = Math.max(0, rows.findIndex(notBlank));
  if (header === false) return blanks;
  const { width } = commonWidth(rows.filter(notBlank));
  const isAbove = (row: readonly string[]): boolean =>
    !notBlank(row) || row[0]!.startsWith('#') || (width > 1 && row.filter((cell) => cell.trim() !== '').length <= 1);
  const end = rows.findIndex((row) => !isAbove(row));
  if (end <= blanks || end > blanks + linesAboveMax) return blanks;
  return header === true || isHeader(rows.slice(end).filter(notBlank)) ? end : blanks;
}

/**
 * Whether the first row names the columns: none of its cells is a number, and some column below it holds what
 * the name is not (numbers, or values that come again and again while the name does not).
 */
export function isHeader(rows: readonly (readonly string[])[]): boolean {
  const [first, ...rest] = rows;
  if (first === undefined) return false;
  const names = first.map((cell) => cell.trim());
  const filled = names.filter((name) => name !== '');
  if (filled.length < names.length - 1) return false;
  const isValue = (cell: string): boolean =>
    !Number.isNaN(numberOf(cell)) || !Number.isNaN(numberOf(cell, 'comma')) || /^\d{4}-\d\d-\d\d/.test(cell);
  if (filled.some(isValue)) return false;
  if (rest.length === 0) return looksLikeNames(filled);
  return names.some((name, at) => {
    const below = rest.map((row) => (row[at] ?? '').trim()).filter((cell) => !isMissing(cell));
    if (below.length === 0) return false;
    if (below.filter(isValue).length > 0.5 * below.length) return true;
    const repeats = new Set(below).size <= below.length / 2;
    return repeats && !below.includes(name) && rows.length > 5 && looksLikeNames(filled);
  });
}

/** Names begin with a letter, and no two are alike. */
const looksLikeNames = (names: readonly string[]): boolean =>
  names.every((name) => /^[\p{L}_]/u.test(name)) && new Set(names).size === names.length;
