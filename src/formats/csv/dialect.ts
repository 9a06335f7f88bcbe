/** The kinds of lines that are not rows of numbers between commas. */
import { decimalToFloat32 } from '../decimal/decimal.ts';
import { isMissing, isWithComma, isWords } from '../decimal/no-number.ts';

const separators = [
  { name: 'semicolons', pattern: /;/, code: 59 },
  { name: 'tabs', pattern: /\t/, code: 9 },
  { name: 'vertical bars', pattern: /\|/, code: 124 },
] as const;

const unquoted = (cell: string): string =>
  cell
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();
const isNumber = (cell: string): boolean => !Number.isNaN(decimalToFloat32(cell));

/** The separator of a line's columns, if it is not a comma; `code` where one character does, `decimalCommas` where its numbers hold some. */
export function otherSeparator(line: string): { name: string; code?: number; decimalCommas: boolean } | undefined {
  for (const { name, pattern, code } of separators) {
    const cells = line.split(pattern).map(unquoted);
    if (cells.length < 2) continue;
    const decimalCommas = cells.some(isWithComma);
    // A comma outside of numbers is the separator, and the other character is part of a text.
    if (cells.some((cell) => cell.includes(',') && !isWithComma(cell))) continue;
    return { name, code, decimalCommas };
  }
  const cells = line.trim().split(/ +/);
  const commas = cells.filter(isWithComma).length;
  const areNumbers = cells.length > 1 && cells.every((cell) => isNumber(cell) || isWithComma(cell) || isMissing(cell));
  // A single comma separates two columns, and the blank is the mistake.
  return areNumbers && commas !== 1 ? { name: 'blanks', decimalCommas: commas > 0 } : undefined;
}

/** The name of the format in which a line is a row, as the end of a sentence. */
export function otherTextFormat(line: string): string | undefined {
  if (/^\s*[{[]/.test(line)) return 'JSON; its content type is application/jsonlines, or application/json for requests';
  if (/^\s*\S+(\s+\d+:[-+.\deE]+)+\s*$/.test(line)) return 'libsvm text; its content type is text/libsvm';
  if (/^\s*<[!?a-z]/i.test(line)) return 'XML or HTML';
  if (/^\s*@relation\b/i.test(line)) return 'ARFF';
  return undefined;
}

/** Whether a line is a comment, as other programs write them above a table. */
export const isComment = (line: string): boolean => /^\s*"?(#(?!n\/a)|%|\/\/)/i.test(line);

/** Cells between commas; quotes may hold commas. */
const cellsOf = (line: string): string[] =>
  (`${line},`.match(/("[^"]*"|[^,"]|")*,/g) ?? []).map((cell) => unquoted(cell.slice(0, -1)));

/** Whether the first line is a header: it has names where the second has numbers. */
export function isHeader(first: string, second: string): boolean {
  const [names, values] = [cellsOf(first), cellsOf(second)];
  // pandas' own index and column numbers: ,0,1,2
  if (names[0] === '' && names.length > 2 && names.slice(1).every((name, at) => name === String(at))) return true;
  const words = names.filter(isWords).length;
  const numbers = names.filter(isNumber);
  // Behind a name for the first column, years or codes may be names: whole numbers that rise.
  const areNames = words > numbers.length || (isWords(names[0] ?? '') && rise(numbers));
  return areNames && names.some((name, at) => isWords(name) && isNumber(values[at] ?? ''));
}

const rise = (numbers: readonly string[]): boolean =>
  numbers.every((name, at) => /^\d+$/.test(name) && (at === 0 || Number(name) > Number(numbers[at - 1])));

/** Whether a line alone is a header: two names or more, all different, and no number. */
export function isOnlyNames(line: string): boolean {
  const names = cellsOf(line);
  return names.length > 1 && names.every(isWords) && new Set(names).size === names.length;
}

/** Whether both lines have words in a column, and it is the last one. */
export function textColumn(first: string, second: string, column: number): 'last' | 'another' | undefined {
  const [one, two] = [cellsOf(first), cellsOf(second)];
  if (!isWords(one[column - 1] ?? '') || !isWords(two[column - 1] ?? '')) return undefined;
  return column === one.length ? 'last' : 'another';
}
