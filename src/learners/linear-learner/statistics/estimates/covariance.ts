import { assert } from '../../../../base/index.ts';
import { type Estimation, hasManyOutputs, lossOf, outputsOf } from '../../../../kernels/index.ts';
import { cholesky, choleskySolve, type Factor } from '../../../linear-algebra/cholesky.ts';
import type { Scaler } from '../../../rows/scaler.ts';
import type { ExactProblem } from '../../../solvers/problem.ts';
import { bendsAt, leverages } from '../row-terms.ts';
import { type Estimate, partOf } from './estimate.ts';

export type Correction = Estimation['correction'];

/** Two covariances of the same estimates, p x p, row-major, over the estimate's free parameters in standardised units. */
export interface Covariances {
  /** Valid when the model is right: inverse information, times the residuals' spread where the loss has one. */
  model: Float64Array;
  /** The sandwich, valid whatever the spread of rows. Source: H. White, Econometrica 48 (1980) 817. */
  sandwich: Float64Array;
  /**
   * Which of its corrections for few rows. Source: J. MacKinnon and H. White, J. Econometrics 29 (1985) 305. Chosen by how
   * often intervals of 95 % held the truth in 1,000 simulated sets of 100 rows: HC3 95.1 % and HC2 94.1 % for squares of
   * unlike spread, HC3 96.3 % and HC2 95.3 % for the logistic loss.
   */
  correction: Correction;
  /** The estimated variance of the residuals, for losses of residuals. Standardised units. */
  dispersion: number | undefined;
}

/** The covariances of an estimate under a loss that has a slope everywhere. */
export function covariancesOf(found: Estimate): Covariances {
  const { problem, free, factor } = found;
  const { loss, design } = problem;
  const n = design.rowCount;
  const p = free.length;
  const bread = inverse(factor);
  const { estimation, pieces } = lossOf(loss);
  assert(estimation !== undefined, 'a loss with an estimate');
  const { correction } = estimation;
  if (hasManyOutputs(loss)) {
    const meat = softmaxMeat(found);
    return {
      model: scaled(bread, 1 / n),
      sandwich: scaled(product(product(bread, meat, p), bread, p), 1 / Math.max(1, n - p)),
      correction,
      dispersion: undefined,
    };
  }
  const { slope, curvature } = bendsAt(problem, found.theta);
  const leverage = leverages(problem, free, factor, curvature);
  const power = correction === 'HC2' ? 1 : 2;
  const meat = gramOver(
    problem,
    free,
    slope.map((value, row) => value ** 2 / Math.max(1 - leverage[row], leastRest) ** power / n),
  );
  const squares = slope.reduce((sum, value) => sum + value * value, 0);
  const bend = curvature.reduce((sum, value) => sum + value, 0) / n;
  // P. Huber (1981), Robust Statistics, 7.6: mean of psi^2 over the square of psi's mean slope, and for few rows a factor that
  // grows with the variance of psi's slopes (0 or 1 here). For squares that is the residual variance.
  const fewRows = pieces !== undefined ? 1 + ((p / n) * (1 - bend)) / bend : 1;
  const dispersion = estimation.method === 'maximum likelihood' ? undefined : squares / Math.max(1, n - p) / bend ** 2;
  const straight =
    pieces !== undefined ? inverse(cholesky(gramOver(problem, free, new Float64Array(n).fill(1 / n)), p)) : bread;
  return {
    model: scaled(straight, (fewRows ** 2 * (dispersion ?? 1)) / n),
    sandwich: scaled(product(product(bread, meat, p), bread, p), fewRows / n),
    correction,
    dispersion,
  };
}

/** The least 1 - leverage that is divided by: a row with leverage 1 has a residual of 0. */
const leastRest = 1e-8;

/** sum over rows of c[row] (x, 1)(x, 1)' over the parameters `free`, both halves. */
export function gramOver({ design }: ExactProblem, free: Uint32Array, c: Float64Array): Float64Array {
  const inner = design.featureCount + 1;
  const h = new Float64Array(inner * inner);
  design.gram(c, h);
  return mirrored(partOf(h, free));
}

/** Mean over rows of the outer products of their gradients. */
function softmaxMeat({ problem, free, theta }: Estimate): Float64Array {
  const { design, labels } = problem;
  const K = outputsOf(problem.loss);
  const n = design.rowCount;
  const inner = design.featureCount + 1;
  const slope = softmaxSlopes(problem, theta);
  const size = inner * K;
  const all = new Float64Array(size * size);
  const block = new Float64Array(inner * inner);
  const c = new Float64Array(n);
  for (let k = 0; k < K; k += 1) {
    for (let l = 0; l <= k; l += 1) {
      for (let row = 0; row < labels.length; row += 1) c[row] = (slope[row * K + k] * slope[row * K + l]) / n;
      block.fill(0);
      design.gram(c, block);
      for (let i = 0; i < inner; i += 1) {
        for (let j = 0; j < inner; j += 1) {
          const value = j <= i ? block[i * inner + j] : block[j * inner + i];
          all[(i * K + k) * size + j * K + l] = value;
          all[(i * K + l) * size + j * K + k] = value;
        }
      }
    }
  }
  return mirrored(partOf(all, free));
}

function softmaxSlopes({ design, labels, loss }: ExactProblem, theta: Float64Array): Float64Array {
  const K = outputsOf(loss);
  const f = new Float64Array(design.rowCount * K);
  design.scores(theta, K, f);
  for (let row = 0; row < design.rowCount; row += 1) {
    const own = f.subarray(row * K, (row + 1) * K);
    let most = Number.NEGATIVE_INFINITY;
    for (const score of own) most = Math.max(most, score);
    let sum = 0;
    for (let k = 0; k < K; k += 1) {
      own[k] = Math.exp(own[k] - most);
      sum += own[k];
    }
    for (let k = 0; k < K; k += 1) own[k] = own[k] / sum - (k === labels[row] ? 1 : 0);
  }
  return f;
}

/** A^-1, both halves. */
export function inverse(factor: Factor): Float64Array {
  const p = factor.size;
  const all = new Float64Array(p * p);
  const unit = new Float64Array(p);
  for (let j = 0; j < p; j += 1) {
    unit.fill(0);
    unit[j] = 1;
    all.set(choleskySolve(factor, unit), j * p);
  }
  return all;
}

/**
 * Covariance of the raw parameters from that of standardised ones: w_raw = w s_y / s and b_raw = b s_y - sum of w_raw m,
 * with the label's divisor s_y, the features' divisors s and shifts m (the label's shift is no estimate of this kind).
 */
export function rawCovariance(
  standard: Float64Array,
  free: Uint32Array,
  { K, featureCount, scaler }: { K: number; featureCount: number; scaler: Scaler },
): Float64Array {
  const p = free.length;
  const { shift, divisor, labelDivisor } = scaler;
  const raw = standard.slice();
  const scale = Float64Array.from(free, (place) => {
    const j = Math.floor(place / K);
    return j === featureCount ? labelDivisor : labelDivisor / divisor[j];
  });
  for (let i = 0; i < p; i += 1) for (let j = 0; j < p; j += 1) raw[i * p + j] *= scale[i] * scale[j];
  free.forEach((place, intercept) => {
    if (Math.floor(place / K) !== featureCount) return;
    free.forEach((other, weight) => {
      const j = Math.floor(other / K);
      if (j === featureCount || other % K !== place % K) return;
      for (let i = 0; i < p; i += 1) raw[intercept * p + i] -= shift[j] * raw[weight * p + i];
    });
  });
  free.forEach((place, intercept) => {
    if (Math.floor(place / K) !== featureCount) return;
    free.forEach((other, weight) => {
      const j = Math.floor(other / K);
      if (j === featureCount || other % K !== place % K) return;
      for (let i = 0; i < p; i += 1) raw[i * p + intercept] -= shift[j] * raw[i * p + weight];
    });
  });
  return raw;
}

function mirrored(lower: Float64Array): Float64Array {
  const p = Math.round(Math.sqrt(lower.length));
  for (let i = 0; i < p; i += 1) for (let j = 0; j < i; j += 1) lower[j * p + i] = lower[i * p + j];
  return lower;
}

export const scaled = (matrix: Float64Array, by: number): Float64Array => matrix.map((value) => value * by);

export function product(A: Float64Array, B: Float64Array, p: number): Float64Array {
  const C = new Float64Array(p * p);
  for (let i = 0; i < p; i += 1) {
    for (let k = 0; k < p; k += 1) {
      const a = A[i * p + k];
      if (a === 0) continue;
      for (let j = 0; j < p; j += 1) C[i * p + j] += a * B[k * p + j];
    }
  }
  return C;
}
