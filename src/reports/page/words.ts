/** How numbers are written: three significant digits, intervals in brackets, shares as percentages. */
import type { Measured } from '../numbers/document.ts';

/** Three significant digits, thousands apart: `0.0712`, `12.3`, `4,180`. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return minus(value.toExponential(2).replace('e+', 'e'));
  const rounded = Number(value.toPrecision(3));
  return minus(Math.abs(rounded) >= 1000 ? grouped(Math.round(value)) : String(rounded));
}

/** A whole number with thousands apart. */
export const count = (value: number): string => grouped(value);

/** `3 rows`, `1 row`. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** `97.4 %`. */
export const percent = (share: number): string => `${number(100 * share)}\u00a0%`;

/** `0.974 [0.951, 0.988]`, without brackets where there is no interval. */
export const measured = ({ value, low, high }: Measured, write: (value: number) => string = number): string =>
  low === null || high === null
    ? write(value)
    : `${write(value)} [${write(low).replace('\u00a0%', '')}, ${write(high)}]`;

/** Names in a row: `a, b and c`. */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const grouped = (value: number): string => minus(String(value).replace(/\B(?=(\d{3})+$)/g, ','));
const minus = (text: string): string => text.replace(/^-/, '−');
