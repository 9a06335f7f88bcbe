// Losses with a slope everywhere, without l1, by Newton's method and its kin (J. Nocedal and S. Wright, Numerical
// Optimization (2006), chapters 6 and 7).
import { lossOf, outputsOf } from '../../../kernels/index.ts';
import { dualityGap } from '../duality-gap.ts';
import {
  cheapestSubsample,
  preconditionerCost,
  type SubsampledStart,
  startOfSubsamples,
  subsamplePreconditioner,
  takesNewton,
} from '../large/subsampling.ts';
import {
  type ExactProblem,
  gapCertificate,
  nonZeroOf,
  type Solution,
  type SolveOptions,
  scaleOf,
  sizeOf,
} from '../problem.ts';
import { separates } from '../separable.ts';
import { lbfgs } from './lbfgs.ts';
import { type Descended, type DescentOptions, largest, newton } from './newton.ts';
import { preconditionerAt } from './preconditioner.ts';
import { valueAtZero } from './smooth-objective.ts';
import { lossGradient } from './smooth-point.ts';
import { truncatedNewton } from './truncated-newton.ts';

/** Estimated share of the objective at which a smooth solution counts as exact. */
const smoothTolerance = 1e-8;
/** What is tried for: with doubles it takes a step more. */
const smoothAim = 1e-11;
/** The same by a preconditioner, whose estimate is raised by its doubt. */
const preconditionedAim = 1e-10;
/** Where a preconditioned descent is but one step away from that. */
const preconditionedUnseen = smoothTolerance / 2;

interface Ready {
  start: Float64Array;
  atZero: number;
  descent: DescentOptions;
}

function ready(problem: ExactProblem, options: SolveOptions): Ready {
  const atZero = valueAtZero(problem);
  const start: Float64Array = options.start?.slice() ?? new Float64Array(sizeOf(problem));
  if (!problem.useBias) start.fill(0, start.length - outputsOf(problem.loss));
  const descent: DescentOptions = {
    tolerance: options.tolerance ?? smoothAim,
    enough: smoothTolerance / 10,
    steady: true,
    stepsMax: 2000,
    scale: (value) => scaleOf(value, atZero),
    stopped: options.stopped ?? (() => false),
    diverges: (point, direction) => separates(problem, point, direction),
    onStep: (iteration, objective, relative) => options.onProgress?.({ iteration, objective, relative }),
  };
  return { start, atZero, descent };
}

/** Newton by conjugate gradients, for parameters too many for a factor. */
export function byConjugateGradients(problem: ExactProblem, options: SolveOptions): Solution {
  const { start, atZero, descent } = ready(problem, options);
  return smoothSolution(problem, truncatedNewton(problem, start, { ...descent, stepsMax }), conjugate, atZero);
}

const conjugate = 'Newton by conjugate gradients';
const stepsMax = 200;

/**
 * L-BFGS, and conjugate gradients where it proves slow: of dense rows a sweep costs half a product with their hessian, and
 * strong penalties take few.
 */
export function byLbfgs(problem: ExactProblem, options: SolveOptions): Solution {
  const { start, atZero, descent } = ready(problem, options);
  const patience = (decades: number): number => 20 * decades;
  const ended = lbfgs(problem, start, preconditionerAt(problem, start), { ...descent, patience });
  const solution = smoothSolution(problem, ended, 'L-BFGS', atZero);
  if (solution.certificate.reached || ended.separable || descent.stopped()) return solution;
  const further = truncatedNewton(problem, ended.point.theta, { ...descent, stepsMax });
  const iterations = ended.iterations + further.iterations;
  return smoothSolution(problem, { ...further, iterations }, conjugate, atZero);
}

/**
 * Newton for few parameters, preconditioned L-BFGS for many. Of many rows growing subsamples come first, and the hessian of
 * the last one is the preconditioner of steps over all rows, which then need but their gradient.
 */
export function byFactoredHessian(problem: ExactProblem, options: SolveOptions): Solution {
  const { start, atZero, descent } = ready(problem, options);
  // A parabola takes Newton one step.
  const isDirect = takesNewton(problem) && lossOf(problem.loss).hasConstantCurvature;
  const ended = descend(problem, isDirect ? { start } : startOfSubsamples(problem, start, options), descent);
  return smoothSolution(problem, ended, takesNewton(problem) ? 'Newton' : 'L-BFGS', atZero);
}

/**
 * The same for a loss of pieces with a slope everywhere, such as Huber's. Newton's decrement proves nothing of a loss that is
 * straight in places: where no row bends, it is 0 anywhere. The duality gap does, and is stricter; the last step is exact.
 */
export function byPiecesOfParabolas(problem: ExactProblem, options: SolveOptions): Solution {
  const { start, atZero, descent } = ready(problem, options);
  const given = takesNewton(problem) ? { start } : startOfSubsamples(problem, start, options);
  const ended = descend(problem, given, { ...descent, tolerance: 1e-22, steady: false, stepsMax: piecesStepsMax });
  const solution = smoothSolution(problem, ended, takesNewton(problem) ? 'Newton' : 'L-BFGS', atZero);
  const { theta, objective } = solution;
  const gradient = lossGradient(problem, theta, ended.point.gradient());
  const gap = Math.max(0, dualityGap(problem, theta, gradient, objective));
  return { ...solution, certificate: gapCertificate(gap, objective, atZero, smoothTolerance) };
}

/** A loss of pieces that takes longer has nearly kinks, which an interior point solves sooner. */
const piecesStepsMax = 25;

/** Goes on with all rows; takes a new hessian where the preconditioner proves slower than that would be. */
function descend(
  problem: ExactProblem,
  { start, preconditioner }: SubsampledStart,
  options: DescentOptions,
): Descended {
  const newtonOptions = { ...options, stepsMax: Math.min(options.stepsMax, 100) };
  if (preconditioner === undefined) return newton(problem, start, newtonOptions);
  const isFinal = options.tolerance === smoothAim;
  const tolerance = isFinal ? preconditionedAim : options.tolerance;
  const preconditioned = { ...options, tolerance, ...(isFinal && { unseen: preconditionedUnseen }) };
  let every = cheapestSubsample(problem);
  let least = Infinity;
  let vain = 0;
  let ended = lbfgs(problem, start, preconditioner, { ...preconditioned, patience: patienceOf(problem, every) });
  let before = 0;
  while (ended.slow === true) {
    const { theta } = ended.point;
    before += ended.iterations;
    if (takesNewton(problem)) {
      ended = newton(problem, theta, newtonOptions);
      continue;
    }
    // Where all rows' hessian gained little twice, rounding is all that is left.
    if (every === 1 && ended.shortfall > least / 10) vain += 1;
    least = Math.min(least, ended.shortfall);
    every = Math.max(1, every / 4);
    const next = subsamplePreconditioner(problem, theta, every);
    const patience = vain < 2 ? patienceOf(problem, every) : () => Infinity;
    ended = lbfgs(problem, theta, next, { ...preconditioned, patience });
  }
  return { ...ended, iterations: ended.iterations + before };
}

/** Steps over all rows that another hessian and the steps with it would cost. */
function patienceOf(problem: ExactProblem, every: number): (decades: number) => number {
  if (takesNewton(problem)) return () => 3 + sizeOf(problem) / 6;
  // The bound of a loss of pieces is the same anywhere.
  if (lossOf(problem.loss).pieces !== undefined) return () => Infinity;
  return (decades) => 2 + preconditionerCost(problem, Math.max(1, every / 4), decades);
}

function smoothSolution(problem: ExactProblem, ended: Descended, method: string, atZero: number): Solution {
  const { point, iterations, shortfall, separable, onward } = ended;
  const relative = shortfall / scaleOf(point.value, atZero);
  return {
    theta: onward === undefined ? point.theta : point.theta.map((value, at) => value - onward[at]),
    objective: point.value,
    certificate: {
      kind: 'gradient norm',
      value: largest(point.gradient()),
      relative,
      tolerance: smoothTolerance,
      reached: !separable && relative <= smoothTolerance,
    },
    iterations,
    method,
    nonZero: nonZeroOf(point.theta, outputsOf(problem.loss)),
    separable,
  };
}
