/** z with P(Z <= z) = p of the normal distribution, 0 < p < 1, by bisection: it is asked for some dozen times a report. */
export function normalQuantile(p: number): number {
  let [low, high] = [-40, 40];
  for (let turn = 0; turn < 100; turn += 1) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(Z <= z), by the series around 0 (G. Marsaglia, J. Stat. Softw. 11 (2004) 4); to about 1e-15 for |z| < 7. */
function normalBelow(z: number): number {
  if (z < -8) return 0;
  if (z > 8) return 1;
  let [sum, term] = [z, z];
  for (let i = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && i < 400; i += 2) {
    term *= (z * z) / i;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * z * z - 0.918_938_533_204_672_8);
}
