import { lossOf, outputsOf } from '../../../kernels/index.ts';
import { dualityGap } from '../duality-gap.ts';
import { everyNth, subproblem } from '../large/subsample.ts';
import {
  type ExactProblem,
  gapCertificate,
  nonZeroOf,
  penaltyOf,
  type Solution,
  type SolveOptions,
  scaleOf,
  sizeOf,
} from '../problem.ts';
import { lassoQuadratic, violation } from '../quadratic.ts';
import { largest } from '../smooth/newton.ts';
import { pointAt } from '../smooth/smooth-objective.ts';
import { lossGradient, type SmoothPoint, smoothPenalty } from '../smooth/smooth-point.ts';

/** Gap, as a share of the objective, at which a solution counts as exact. */
export const gapTolerance = 1e-9;
/** What is tried for; a step more costs little and makes zeros certain. */
export const gapAim = 1e-11;

const stepsMax = 60;

/**
 * A smooth loss with l1: Newton's parabola of the loss with the true penalty on top, minimised exactly, and steps
 * halved where the parabola was wrong (proximal Newton; Lee, Sun and Saunders 2014).
 */
export function proximalNewton(
  problem: ExactProblem,
  options: SolveOptions & { hessian?: Float64Array | undefined },
): Solution {
  const size = sizeOf(problem);
  const stopped = options.stopped ?? (() => false);
  const zero = new Float64Array(size);
  const atZero = pointAt(problem, zero, false).value;
  let start = options.start?.slice() ?? zero;
  if (!problem.useBias) start.fill(0, size - outputsOf(problem.loss));
  if (options.start === undefined && !lossOf(problem.loss).hasConstantCurvature) {
    for (const every of [64, 8]) {
      if (problem.design.rowCount < every * Math.max(500, 10 * size)) continue;
      const part = subproblem(problem, everyNth(problem.design.rowCount, every));
      start = descend(part, start, { atZero, aim: 1e-4, stepsMax: 12, stopped }).point.theta.slice();
      part.design.close();
    }
  }
  const { point, gap, iterations } = descend(problem, start, {
    atZero,
    aim: Math.max(gapAim, options.tolerance ?? 0),
    hessian: options.hessian,
    stepsMax,
    stopped,
    onProgress: options.onProgress,
  });
  const objective = objectiveAt(problem, point);
  return {
    theta: point.theta,
    objective,
    certificate: gapCertificate(gap, objective, atZero, Math.max(gapTolerance, options.tolerance ?? 0)),
    iterations,
    method: 'proximal Newton',
    nonZero: nonZeroOf(point.theta, outputsOf(problem.loss)),
    separable: false,
  };
}

interface Options {
  /** Lower triangle of one that is nearly that of the start. */
  hessian?: Float64Array | undefined;
  atZero: number;
  aim: number;
  stepsMax: number;
  stopped: () => boolean;
  onProgress?: SolveOptions['onProgress'];
}

function descend(
  problem: ExactProblem,
  start: Float64Array,
  options: Options,
): { point: SmoothPoint; gap: number; iterations: number } {
  const size = start.length;
  const outputs = outputsOf(problem.loss);
  const l1 = new Float64Array(size).fill(problem.l1, 0, size - outputs);
  let point = pointAt(problem, start, options.hessian === undefined);
  let value = objectiveAt(problem, point);
  let H = options.hessian && full(options.hessian, size);
  let isGiven = H !== undefined;
  let gap = Infinity;
  let best = { point, gap };
  const zero = new Float64Array(size);
  /** Steps since the best gap was halved. */
  let vain = 0;
  for (let iterations = 0; ; iterations += 1) {
    const gradient = point.gradient();
    const before = gap;
    gap = Math.max(0, dualityGap(problem, point.theta, lossGradient(problem, point.theta, gradient), value));
    const share = gap / scaleOf(value, options.atZero);
    options.onProgress?.({ iteration: iterations, objective: value, relative: share });
    vain = gap > best.gap / 2 ? vain + 1 : 0;
    if (gap < best.gap) best = { point, gap };
    // Rounding leaves noise below which no step helps.
    const isNoise = vain > (share <= gapTolerance ? 1 : 5) && share < noisyShare;
    if (share <= options.aim || isNoise || iterations >= options.stepsMax || options.stopped())
      return { ...best, iterations };
    // Near the end the hessian hardly changes, and the last one serves on; so does a given one as long as it leads on.
    const leads = gap < 0.2 * before;
    const isFresh = H === undefined || !((share < closeShare || isGiven) && (leads || iterations === 0));
    isGiven &&= !isFresh;
    if (isFresh) H = full(point.hessian(), size);
    // A parabola that leads nowhere (rows without bend, columns that depend on others) is made steeper.
    let next: SmoothPoint | undefined;
    for (const damping of dampings) {
      if (damping > 0) H = damped(full(point.hessian(), size), size, damping);
      const step = new Float64Array(size);
      lassoQuadratic(
        H!,
        gradient,
        l1,
        point.theta,
        step,
        1e-14 * largest(gradient) + 1e-2 * violation(l1, point.theta, zero, gradient),
      );
      next = lineSearch(problem, point, value, step, gradient, share >= closeShare && !isGiven);
      if (next !== undefined || share < 1e-6) break;
    }
    if (next === undefined) return { ...best, iterations };
    point = next;
    value = objectiveAt(problem, point);
  }
}

const closeShare = 1e-4;
/** Gaps above it may rise for a while before they fall. */
const noisyShare = 1e-5;
const dampings = [0, 1e-6, 1e-3, 1];

function lineSearch(
  problem: ExactProblem,
  from: SmoothPoint,
  value: number,
  step: Float64Array,
  gradient: Float64Array,
  bent: boolean,
): SmoothPoint | undefined {
  const outputs = outputsOf(problem.loss);
  let promised = 0;
  for (let at = 0; at < step.length; at += 1) {
    const now = from.theta[at];
    promised -= gradient[at] * step[at];
    if (at < step.length - outputs) promised -= problem.l1 * (Math.abs(now + step[at]) - Math.abs(now));
  }
  // Near the end what is promised is rounding, and so is what is kept.
  if (!(promised > -1e-14 * value)) return undefined;
  const noise = 1e-15 * Math.abs(value);
  for (let size = 1; size > 1e-8; size /= 2) {
    const theta = centred(
      problem,
      from.theta.map((now, at) => now + size * step[at]),
    );
    const next = pointAt(problem, theta, bent);
    const there = objectiveAt(problem, next);
    if (there <= value - 1e-4 * size * promised + noise) return next;
    // Where values no longer tell, the parabola is trusted.
    if (size === 1 && promised < 1e-10 * value && there <= value * (1 + 1e-12)) return next;
    // A step that promises so little fails for the noise of single precision kernels, not for its length.
    if (size < 0.2 && promised < 1e-7 * value) return undefined;
  }
  return undefined;
}

/** Intercepts of softmax without penalty are free to drift together, which changes nothing; they are kept around 0. */
function centred({ loss, useBias, biasWd }: ExactProblem, theta: Float64Array): Float64Array {
  const K = outputsOf(loss);
  if (K === 1 || !useBias || biasWd > 0) return theta;
  const intercepts = theta.subarray(theta.length - K);
  let mean = 0;
  for (let k = 0; k < K; k += 1) mean += intercepts[k] / K;
  for (let k = 0; k < K; k += 1) intercepts[k] -= mean;
  return theta;
}

const objectiveAt = (problem: ExactProblem, point: SmoothPoint): number =>
  point.value + penaltyOf(problem, point.theta) - smoothPenalty(problem, point.theta);

function damped(H: Float64Array, size: number, share: number): Float64Array {
  let most = 0;
  for (let i = 0; i < size; i += 1) most = Math.max(most, H[i * size + i]);
  for (let i = 0; i < size; i += 1) H[i * size + i] += share * most;
  return H;
}

/** Both triangles, with a little on the diagonal so that columns which depend on others have one answer. */
function full(lower: Float64Array, size: number): Float64Array {
  const H = lower.slice();
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < i; j += 1) H[j * size + i] = H[i * size + j];
    H[i * size + i] *= 1 + 1e-13;
  }
  return H;
}
