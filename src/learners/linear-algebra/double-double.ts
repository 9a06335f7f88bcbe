/** An unevaluated sum high + low: about 32 digits. Kept and changed in place, since hot loops must not allocate. */
export interface DoubleDouble {
  high: number;
  low: number;
}

/** Adds a * b exactly but for the last of 32 digits (Dekker 1971; JavaScript has no fused multiply-add). */
export function addProduct(sum: DoubleDouble, a: number, b: number): void {
  const product = a * b;
  const ca = splitter * a;
  const aHigh = ca - (ca - a);
  const aLow = a - aHigh;
  const cb = splitter * b;
  const bHigh = cb - (cb - b);
  const bLow = b - bHigh;
  const error = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  addTo(sum, product, error);
}

const splitter = 2 ** 27 + 1;

/** Adds high + low (Knuth's two-sum). */
export function addTo(sum: DoubleDouble, high: number, low = 0): void {
  const total = sum.high + high;
  const part = total - sum.high;
  const error = sum.high - (total - part) + (high - part) + (sum.low + low);
  sum.high = total + error;
  sum.low = error - (sum.high - total);
}
