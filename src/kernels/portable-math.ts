// exp and log of doubles from +, -, *, / alone. The language leaves the last bits of Math.exp and its like to the
// engine; these give the same bytes everywhere, within one unit in the last place of the true value.

const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

/** 2^k at k + 1074: halving and doubling are exact. */
const powers = new Float64Array(2098);
powers[1074] = 1;
for (let at = 1075; at < powers.length; at += 1) powers[at] = 2 * powers[at - 1];
for (let at = 1073; at >= 0; at -= 1) powers[at] = powers[at + 1] / 2;

/** e^x, by reduction to |r| <= ln 2 / 2 and Taylor's polynomial of degree 14 there. */
export function exp(x: number): number {
  if (!(x < 709.79)) return x >= 709.79 ? Infinity : Number.NaN;
  if (x < -745.14) return 0;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const high = x - k * ln2High;
  const low = k * ln2Low;
  const r = high - low;
  const lost = high - r - low;
  const r2 = r * r;
  const r4 = r2 * r2;
  // 1/2 + r/6 + r^2/24 + ... in pairs and pairs of pairs, which do not wait for one another.
  const a = 1 / 2 + r * (1 / 6) + r2 * (1 / 24 + r * (1 / 120));
  const b = 1 / 720 + r * (1 / 5040) + r2 * (1 / 40320 + r * (1 / 362880));
  const c = 1 / 3628800 + r * (1 / 39916800) + r2 * (1 / 479001600 + r * (1 / 6227020800) + r2 * (1 / 87178291200));
  const y = 1 + (r + (lost + r2 * (a + r4 * (b + r4 * c))));
  if (k > 1023) return y * 2 * powers[1074 + k - 1];
  if (k < -1021) return (y * powers[1074 + k + 64]) / powers[1074 + 64];
  return y * powers[1074 + k];
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
double[0] = 1;
/** Which of the words has sign and exponent. */
const top = words[1] === 0x3ff00000 ? 1 : 0;

/** The natural logarithm, by 2 atanh(f / (2 + f)) for 1 + f between sqrt(1/2) and sqrt(2). */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x > 0 ? x : Number.NaN;
  let e = 0;
  let m = x;
  if (x < 0.5 || x > 256) {
    double[0] = x;
    if (x < 2.2250738585072014e-308) {
      double[0] = x * powers[1074 + 54];
      e = -54;
    }
    e += (words[top] >>> 20) - 1023;
    words[top] = (words[top] & 0xfffff) | 0x3ff00000;
    m = double[0];
  } else if (x < Math.SQRT1_2) {
    m = 2 * x;
    e = -1;
  }
  for (; m > Math.SQRT2; e += 1) m /= 2;
  return logOf(m - 1, e);
}

/** log(1 + x), accurate also where 1 + x would round to 1. */
export function log1p(x: number): number {
  if (x === 0) return x;
  // Within these bounds nothing is rounded on the way to f.
  if (x > -0.29 && x < 0.41) return logOf(x, 0);
  const u = 1 + x;
  if (!(u > 0) || u === Infinity) return log(u);
  return log(u) + (x - (u - 1)) / u;
}

/** log(2^e (1 + f)). */
function logOf(f: number, e: number): number {
  const s = f / (2 + f);
  const z = s * s;
  const z2 = z * z;
  const z4 = z2 * z2;
  const a = 2 / 3 + z * (2 / 5) + z2 * (2 / 7 + z * (2 / 9));
  const b = 2 / 11 + z * (2 / 13) + z2 * (2 / 15 + z * (2 / 17));
  const c = 2 / 19 + z * (2 / 21) + z2 * (2 / 23 + z * (2 / 25));
  const half = 0.5 * f * f;
  // log(1 + f) = f - (f^2 / 2 - s (f^2 / 2 + R)): the largest term is exact.
  return e * ln2High - (half - (s * (half + z * (a + z4 * (b + z4 * c))) + e * ln2Low) - f);
}
