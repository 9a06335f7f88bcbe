import { hasManyOutputs, type LossPieces, lossOf, outputsOf, termAt } from '../../../kernels/index.ts';
import { cholesky, choleskySolve, dot } from '../../linear-algebra/cholesky.ts';
import { distances } from '../piecewise/quantile-preprocessing.ts';
import { type ExactProblem, sizeOf } from '../problem.ts';
import { lassoQuadratic } from '../quadratic.ts';
import { pointAt } from '../smooth/smooth-objective.ts';
import { finishHessian } from '../smooth/smooth-point.ts';

/** Sums over rows, without penalties. Where a loss has a kink, the slope is one of those between its sides. */
export interface LossSum {
  value: number;
  gradient: Float64Array;
}

/** The loss over the rows of the problem, and its gradient, at theta. */
export function lossSumOf(problem: ExactProblem, theta: Float64Array): LossSum {
  const n = problem.design.rowCount;
  const pieces = hasSlope(problem) ? undefined : lossOf(problem.loss).pieces;
  if (pieces === undefined) {
    const point = pointAt({ ...problem, wd: 0, biasWd: 0, l1: 0 }, theta, false);
    return { value: n * point.value, gradient: point.gradient().map((mean) => n * mean) };
  }
  const { values, slopes } = bendsOf(problem, pieces, theta, 0);
  const gradient = new Float64Array(theta.length);
  problem.design.gradient(slopes, 1, gradient);
  if (!problem.useBias) gradient[theta.length - 1] = 0;
  return { value: values.reduce((sum, value) => sum + value, 0), gradient };
}

/** Parameters up to which a correction takes a hessian. */
const scalarSizeMax = 2001;
const softmaxSizeMax = 1500;

export const canCorrect = (problem: ExactProblem): boolean =>
  sizeOf(problem) <= (hasManyOutputs(problem.loss) ? softmaxSizeMax : scalarSizeMax);

/** A step from theta, and how much the objective falls by it as its parabola tells. */
export interface Correction {
  step: Float64Array;
  promised: number;
}

/**
 * Newton's step for a gradient that is of more rows than the problem's, whose hessian stands for theirs: from the optimum
 * over n of N rows it leaves an error that is smaller by a factor of the order of sqrt(size / n). Kinks are rounded over
 * the rows nearest to them, as for the covariance of quantile regression (Powell 1991). Source: subsampled Newton, F.
 * Roosta-Khorasani and M. Mahoney, Math. Program. 174 (2019) 293.
 *
 * @param gradient of mean loss and smooth penalties; that of l1 is not in it
 */
export function correctionOf(problem: ExactProblem, theta: Float64Array, gradient: Float64Array): Correction {
  const H = hessianOf(problem, theta);
  const size = theta.length;
  if (problem.l1 === 0) {
    const step = choleskySolve(cholesky(H, size), gradient).map((value) => -value);
    return { step, promised: -dot(step, gradient) / 2 };
  }
  const full = bothTriangles(H, size);
  const l1 = new Float64Array(size).fill(problem.l1, 0, size - outputsOf(problem.loss));
  const step = new Float64Array(size);
  const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  lassoQuadratic(full, gradient, l1, theta, step, 1e-12 * largest);
  let promised = 0;
  for (let i = 0; i < size; i += 1) {
    let bent = 0;
    for (let j = 0; j < size; j += 1) bent += full[i * size + j] * step[j];
    promised -= step[i] * (gradient[i] + bent / 2) + l1[i] * (Math.abs(theta[i] + step[i]) - Math.abs(theta[i]));
  }
  return { step, promised };
}

/** Whether the loss has a slope everywhere. */
const hasSlope = ({ loss }: ExactProblem): boolean => hasManyOutputs(loss) || lossOf(loss).exact !== undefined;

function hessianOf(problem: ExactProblem, theta: Float64Array): Float64Array {
  const { pieces } = lossOf(problem.loss);
  if (pieces === undefined) return pointAt(problem, theta, true).hessian();
  const { curvatures } = bendsOf(problem, pieces, theta, bandOf(problem, pieces, theta));
  const h = new Float64Array(theta.length ** 2);
  problem.design.gram(curvatures, h);
  return finishHessian(problem, h);
}

/** Distance from a kink within which rows tell the density at it: that of the n^(3/4) nearest, or of some per parameter. */
function bandOf({ design, labels }: ExactProblem, pieces: LossPieces, theta: Float64Array): number {
  const n = design.rowCount;
  const f = new Float64Array(n);
  design.scores(theta, 1, f);
  const near = distances(pieces, labels, f).sort();
  const count = Math.max(Math.sqrt(n * Math.sqrt(n)), 5 * theta.length);
  return near[Math.min(n - 1, Math.ceil(count))];
}

/** Weighted value, slope and curvature of each row; that of a kink is its jump over a band of such a width to both sides. */
function bendsOf(
  { design, labels, positiveWeight }: ExactProblem,
  { linear, constant, pieces }: LossPieces,
  theta: Float64Array,
  band: number,
): { values: Float64Array; slopes: Float64Array; curvatures: Float64Array } {
  const n = design.rowCount;
  const values = new Float64Array(n);
  design.scores(theta, 1, values);
  const slopes = new Float64Array(n);
  const curvatures = new Float64Array(n);
  for (let row = 0; row < n; row += 1) {
    const f = values[row];
    const y = labels[row];
    const weight = y === 1 ? positiveWeight : 1;
    let value = constant(y) + linear * f;
    let slope = linear;
    let curvature = 0;
    for (const { upper, square, sign, offset } of pieces) {
      const t = sign(y) * f - offset(y);
      value += termAt(upper, square, t);
      if (t > 0) slope += sign(y) * (square === 0 ? upper : Math.min(t, upper));
      if (square === 1) curvature += t > 0 && t < upper ? 1 : 0;
      else if (Math.abs(t) < band) curvature += upper / (2 * band);
    }
    values[row] = weight * value;
    slopes[row] = weight * slope;
    curvatures[row] = weight * curvature;
  }
  return { values, slopes, curvatures };
}

/** With a little on the diagonal, so that columns which depend on others have one answer. */
function bothTriangles(lower: Float64Array, size: number): Float64Array {
  const H = lower.slice();
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < i; j += 1) H[j * size + i] = H[i * size + j];
    H[i * size + i] *= 1 + 1e-13;
  }
  return H;
}
