/** Words and numbers as people read them. */

const units: readonly [seconds: number, name: string][] = [
  [86_400 * 365, 'year'],
  [86_400 * 30, 'month'],
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
];

export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? noun : `${noun}s`}`;

/** Such as `3 minutes ago`. */
export function ago(seconds: number | undefined, nowMs: number): string {
  if (seconds === undefined) return '';
  const age = nowMs / 1000 - seconds;
  for (const [size, name] of units) if (age >= size) return `${plural(Math.floor(age / size), name)} ago`;
  return age < 5 ? 'just now' : `${Math.floor(age)} seconds ago`;
}

/** Such as `1 min 20 s`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toPrecision(2)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** Three significant digits, never an exponent that can be avoided. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return value.toLocaleString('en');
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(2);
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 });
}

export function bytes(size: number | undefined): string {
  if (size === undefined) return '';
  for (const [unit, each] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const)
    if (size >= each) return `${(size / each).toPrecision(3)} ${unit}`;
  return `${size} B`;
}

export const at = (seconds: number | undefined): string =>
  seconds === undefined
    ? ''
    : new Date(seconds * 1000).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
