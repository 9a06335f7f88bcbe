/** Expected improvement: D. Jones, M. Schonlau and W. Welch, "Efficient Global Optimization" (1998). */

/**
 * The logarithm of how far below `best` a normal variable is expected to be, counting 0 where it is above. As a logarithm it
 * tells far places apart, where the expectation itself is 0 in floating point.
 */
export function logExpectedImprovement(mean: number, variance: number, best: number): number {
  const deviation = Math.sqrt(variance);
  const z = (best - mean) / deviation;
  // Far below, z Phi(z) + phi(z) cancels; it tends to phi(z) / z^2.
  if (z < -5) return Math.log(deviation) - 0.5 * z * z - 0.5 * Math.log(2 * Math.PI) - 2 * Math.log(-z);
  return Math.log(deviation) + Math.log(Math.max(1e-300, z * normalShare(z) + normalDensity(z)));
}

const normalDensity = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

/** The share of a normal distribution below z, to 1e-7: Abramowitz and Stegun, formula 26.2.17. */
export function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const terms = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const above = normalDensity(z) * terms.reduceRight((sum, term) => (sum + term) * t, 0);
  return z >= 0 ? 1 - above : above;
}
