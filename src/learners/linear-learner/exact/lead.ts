import { type Design, outputsOf } from '../../../kernels/index.ts';
import { cholesky, choleskySolve, type Factor } from './cholesky.ts';
import type { ExactProblem } from './problem.ts';
import { everyNth } from './subsample.ts';

/** What stands for the inverse hessian at first in L-BFGS: the factor of some rows' hessian, or less. */
export interface Lead {
  solve(gradient: Float64Array): Float64Array;
  /** How many times too small a decrement by it may be, as is supposed. */
  doubt: number;
  /** Decades of the decrement that a step with it is expected to take off. */
  decades: number;
}

/** Of a hessian of `rowCount` rows with true curvatures, as factored. */
export function leadOfFactor(factor: Factor, rowCount: number): Lead {
  return { solve: (gradient) => choleskySolve(factor, gradient), doubt: 10, decades: decadesOf(rowCount, factor.size) };
}

/**
 * A hessian of m rows for s parameters has eigenvalues, as shares of the true one's, between (1 - r)^2 and (1 + r)^2, r^2 =
 * s / m (Marchenko and Pastur), and conjugate steps with it take r^2 off the decrement each.
 */
export const decadesOf = (rowCount: number, size: number): number => Math.max(0.1, Math.log10(rowCount / size));

/** Features up to which a factored gram of some rows leads L-BFGS; beyond, factoring would cost more than it saves. */
const factoredMax = 2000;

/** The hessian of some rows at theta = 0, the same for each class; or a mean curvature. */
export function leadAtZero(problem: ExactProblem): Lead {
  const { design, loss, wd, biasWd, useBias } = problem;
  const K = outputsOf(loss);
  const d = design.featureCount;
  const bend = loss.kind === 'logistic' ? 0.25 : loss.kind === 'softmax' ? (K - 1) / K / K : 1;
  if (d > factoredMax) {
    const share = 1 / (bend + wd);
    return { solve: (gradient) => gradient.map((value) => value * share), doubt: 100, decades: 0.1 };
  }
  const inner = d + 1;
  const h = gramOfSome(design, 4 * d);
  for (let i = 0; i < inner; i += 1) {
    for (let j = 0; j <= i; j += 1) h[i * inner + j] *= i === d && !useBias ? 0 : bend;
    // A share of the diagonal stands for what the rows left out would add.
    h[i * inner + i] += 1e-3 * h[i * inner + i] + (i < d ? wd : useBias ? biasWd : 0);
  }
  const factor = cholesky(h, inner);
  return { solve: (gradient) => solveEach(factor, gradient, K), doubt: 100, decades: decadesOf(4 * d, inner) };
}

/** Solves for each class on its own. */
function solveEach(factor: Factor, gradient: Float64Array, K: number): Float64Array {
  const solved = new Float64Array(gradient.length);
  const one = new Float64Array(factor.size);
  for (let k = 0; k < K; k += 1) {
    for (let j = 0; j < factor.size; j += 1) one[j] = gradient[j * K + k];
    const v = choleskySolve(factor, one);
    for (let j = 0; j < factor.size; j += 1) solved[j * K + k] = v[j];
  }
  return solved;
}

function gramOfSome(design: Design, rowCount: number): Float64Array {
  const inner = design.featureCount + 1;
  const h = new Float64Array(inner * inner);
  const every = Math.max(1, Math.floor(design.rowCount / rowCount));
  const rows = everyNth(design.rowCount, every);
  const some = every === 1 ? design : design.pick(rows);
  some.gram(new Float64Array(rows.length).fill(1 / rows.length), h);
  if (some !== design) some.close();
  return h;
}
