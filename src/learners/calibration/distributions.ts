/**
 * Distribution functions of the tests: tails and quantiles of the normal, Student's t, chi-squared and F distributions,
 * to about 1e-13 of their values, tails included. Own code, because this room has no dependencies.
 */

/** P(|Z| > |z|). */
export const normalTwoSided = (z: number): number => regularisedGamma(0.5, (z * z) / 2).upper;

/** P(X > x) with `degrees` degrees of freedom. */
export const chiSquaredTail = (x: number, degrees: number): number =>
  x <= 0 ? 1 : regularisedGamma(degrees / 2, x / 2).upper;

/** P(|T| > |t|) with `degrees` degrees of freedom; infinitely many give the normal. */
export const studentTwoSided = (t: number, degrees: number): number =>
  degrees === Number.POSITIVE_INFINITY
    ? normalTwoSided(t)
    : regularisedBeta(degrees / 2, 0.5, degrees / (degrees + t * t));

/** P(F > f) with `upper` and `lower` degrees of freedom (of the numerator and the denominator). */
export const fTail = (f: number, upper: number, lower: number): number =>
  f <= 0 ? 1 : regularisedBeta(lower / 2, upper / 2, lower / (lower + upper * f));

/** z with P(|Z| <= z) = level, 0 < level < 1. */
export const normalQuantile = (level: number): number => studentQuantile(level, Number.POSITIVE_INFINITY);

/** t with P(|T| <= t) = level, by bisection between doublings: it is asked for once a table. */
export function studentQuantile(level: number, degrees: number): number {
  const tail = 1 - level;
  let high = 1;
  while (studentTwoSided(high, degrees) > tail) high *= 2;
  let low = 0;
  for (let turn = 0; turn < 200 && low < high; turn += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentTwoSided(middle, degrees) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** log Gamma(x), x > 0. Source: C. Lanczos (1964), with the coefficients for g = 7, n = 9 of P. Godfrey (2001). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  let sum = lanczos[0];
  for (let at = 1; at < lanczos.length; at += 1) sum += lanczos[at] / (z + at);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

const lanczos = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6,
  1.505_632_735_149_311_6e-7,
];

/**
 * The regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 - P, each without the other's rounding. Source: DLMF
 * 8.11.4 (series, x < a + 1) and 8.9.2 (continued fraction, after W. J. Lentz 1976).
 */
function regularisedGamma(a: number, x: number): { lower: number; upper: number } {
  if (x <= 0) return { lower: 0, upper: 1 };
  if (x === Number.POSITIVE_INFINITY) return { lower: 1, upper: 0 };
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; k < termsMax && term > sum * 1e-17; k += 1) {
      term *= x / (a + k);
      sum += term;
    }
    return { lower: front * sum, upper: 1 - front * sum };
  }
  const upper =
    front *
    continuedFraction(
      (k) => (k === 0 ? 1 : -k * (k - a)),
      (k) => x - a + 1 + 2 * k,
    );
  return { lower: 1 - upper, upper };
}

/** The regularised incomplete beta function I_x(a, b). Source: DLMF 8.17.22, on the side where it converges fast. */
function regularisedBeta(a: number, b: number, x: number): number {
  if (!(x > 0)) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(b, a, 1 - x);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
  const numerator = (k: number): number => {
    if (k === 0) return 1;
    const m = Math.floor(k / 2);
    return k % 2 === 0
      ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
      : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
  };
  // The fraction 1 / (1 + d_1 / (1 + d_2 / (1 + ...))).
  return (
    (front / a) *
    continuedFraction(
      (k) => (k === 0 ? 1 : numerator(k)),
      () => 1,
    )
  );
}

const termsMax = 100_000;

/** a_0 / (b_0 + a_1 / (b_1 + ...)), by Lentz's products in the form of I. Thompson and A. Barnett (1986). */
function continuedFraction(a: (k: number) => number, b: (k: number) => number): number {
  const tiny = 1e-300;
  let value = tiny;
  let up = tiny;
  let down = 0;
  for (let k = 0; k < termsMax; k += 1) {
    down = b(k) + a(k) * down || tiny;
    up = b(k) + a(k) / up || tiny;
    down = 1 / down;
    const factor = up * down;
    value *= factor;
    if (Math.abs(factor - 1) < 4e-16) break;
  }
  return value;
}
