import type { Measured } from './document.ts';

/** Of the normal distribution, for 95 % intervals. */
export const z95 = 1.959963984540054;

/** A share with Wilson's 95 % interval. Source: E. Wilson, JASA 22 (1927) 209. Of no rows it is 0, anywhere within 0 to 1. */
export function share(part: number, whole: number): Measured {
  if (whole === 0) return { value: 0, low: 0, high: 1 };
  const p = part / whole;
  const zz = z95 ** 2;
  const centre = (p + zz / (2 * whole)) / (1 + zz / whole);
  const radius = (z95 * Math.sqrt((p * (1 - p)) / whole + zz / (4 * whole * whole))) / (1 + zz / whole);
  // Rounding may leave the ends a digit beside what they are.
  return { value: p, low: part === 0 ? 0 : centre - radius, high: part === whole ? 1 : centre + radius };
}

/** A mean with its 95 % interval by the central limit theorem. */
export function mean(values: Float64Array): Measured {
  const n = values.length;
  if (n === 0) return { value: 0, low: null, high: null };
  const { mean: value, deviation } = momentsOf(values);
  if (n < 2) return { value, low: null, high: null };
  const radius = (z95 * deviation) / Math.sqrt(n);
  return { value, low: value - radius, high: value + radius };
}

/** Mean and standard deviation of a sample (divided by n - 1), in two passes. */
export function momentsOf(values: ArrayLike<number>): { mean: number; deviation: number } {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += values[i];
  const centre = n === 0 ? 0 : sum / n;
  let squares = 0;
  for (let i = 0; i < n; i += 1) squares += (values[i] - centre) ** 2;
  return { mean: centre, deviation: n < 2 ? 0 : Math.sqrt(squares / (n - 1)) };
}

/** A quantile of ascending values, straight between the two nearest (the definition of NumPy and R's type 7). */
export function quantile(sorted: ArrayLike<number>, level: number): number {
  const place = level * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below];
  const high = sorted[Math.min(below + 1, sorted.length - 1)];
  return low + (place - below) * (high - low);
}
