import type { Factor } from '../../linear-algebra/cholesky.ts';
import type { ExactProblem } from '../../solvers/problem.ts';
import { rowDerivatives } from '../../solvers/smooth/smooth-objective.ts';

/** Of each row: score, and slope and curvature of its weighted loss. */
export interface Bends {
  score: Float64Array;
  slope: Float64Array;
  curvature: Float64Array;
}

/** For a smooth loss of one score. */
export function bendsAt(problem: ExactProblem, theta: Float64Array): Bends {
  const score = new Float64Array(problem.design.rowCount);
  problem.design.scores(theta, 1, score);
  const { slopes, curvatures } = rowDerivatives(problem, score);
  return { score, slope: slopes, curvature: curvatures };
}

/**
 * c_i x_i' A^-1 x_i / n of each row: how far its own label moves its score. `factor` is of A over the parameters `free`,
 * in units of a mean over rows.
 */
export function leverages(
  { design }: ExactProblem,
  free: Uint32Array,
  factor: Factor,
  curvature: Float64Array,
): Float64Array {
  const n = design.rowCount;
  const roots = inverseRoots(factor);
  const p = free.length;
  const sums = new Float64Array(n);
  for (let from = 0; from < p; from += columnsAtOnce) {
    const K = Math.min(columnsAtOnce, p - from);
    const theta = new Float64Array((design.featureCount + 1) * K);
    for (let i = 0; i < p; i += 1) for (let k = 0; k < K; k += 1) theta[free[i] * K + k] = roots[i * p + from + k];
    const f = new Float64Array(n * K);
    design.scores(theta, K, f);
    for (let row = 0; row < n; row += 1) {
      for (let k = 0; k < K; k += 1) sums[row] += f[row * K + k] * f[row * K + k];
    }
  }
  return sums.map((sum, row) => (curvature[row] * sum) / n);
}

/** Columns of scores that are held at once, so that memory does not grow with the parameters. */
const columnsAtOnce = 16;

/** B with B B' = A^-1, row-major. */
function inverseRoots({ size, L, scale }: Factor): Float64Array {
  const B = new Float64Array(size * size);
  // B = scale (L^-1)': column k solves L' b = e_k.
  for (let k = 0; k < size; k += 1) {
    if (scale[k] === 0) continue;
    for (let i = k; i >= 0; i -= 1) {
      let sum = i === k ? 1 : 0;
      for (let j = i + 1; j <= k; j += 1) sum -= L[j * size + i] * B[j * size + k];
      B[i * size + k] = sum / L[i * size + i];
    }
  }
  for (let i = 0; i < size; i += 1) for (let k = 0; k < size; k += 1) B[i * size + k] *= scale[i];
  return B;
}
