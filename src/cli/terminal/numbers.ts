/** Numbers as people read them: counts in groups of three, shares in per cent, all else with three digits. */

export const count = (value: number): string => value.toLocaleString('en-US');

/** Three significant digits, without an exponent where that can be read. */
export function three(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (size >= 1e9 || (size < 1e-4 && size > 0)) return rounded.toExponential(2);
  if (size >= 1000) return count(rounded);
  const digits = size === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(size)));
  return rounded.toFixed(digits);
}

export const percent = (share: number): string => `${three(100 * share)} %`;

export const plural = (value: number, one: string): string => `${count(value)} ${one}${value === 1 ? '' : 's'}`;
