/** One value of a raw table: text as it was written, a number where the format has numbers, null where there is none. */
export type Cell = string | number | null;

/** How numbers are written: `1.5`, or `1,5`; either may group thousands with the other sign. */
export type DecimalSign = 'point' | 'comma';

/** What people write where they have no value, in lower case. The empty cell counts too. */
const markers = new Set([
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
]);
const markerLengthMax = 7;

/** Whether a cell stands for a missing value. */
export function isMissing(cell: Cell): boolean {
  if (cell === null) return true;
  if (typeof cell === 'number') return Number.isNaN(cell);
  return cell.length <= markerLengthMax + 4 && markers.has(cell.trim().toLowerCase());
}

const plain = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const grouped = {
  point: /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/,
  comma: /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$/,
} as const;
const withComma = /^[+-]?(?:\d+,?\d*|,\d+)(?:e[+-]?\d+)?$/i;

/** The number that a text says; NaN where it says none, or one beyond doubles. */
export function numberOf(cell: Cell, sign: DecimalSign = 'point'): number {
  if (typeof cell === 'number') return cell;
  if (cell === null) return Number.NaN;
  const text = cell.trim();
  if (sign === 'point') {
    if (plain.test(text)) return finite(Number(text));
    return grouped.point.test(text) ? finite(Number(text.replaceAll(',', ''))) : Number.NaN;
  }
  if (grouped.comma.test(text)) return finite(Number(text.replaceAll('.', '').replace(',', '.')));
  return withComma.test(text) ? finite(Number(text.replace(',', '.'))) : Number.NaN;
}

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN);

/** A cell as categories compare it: numbers as they print, text without blanks around it. */
export const textOf = (cell: Cell): string =>
  cell === null ? '' : typeof cell === 'number' ? String(cell) : cell.trim();

/** A value as a message shows it. */
export const shown = (text: string, lengthMax = 40): string =>
  JSON.stringify(text.length > lengthMax ? `${text.slice(0, lengthMax - 3)}...` : text);
