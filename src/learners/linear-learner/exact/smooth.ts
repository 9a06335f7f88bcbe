import { type Design, outputsOf } from '../../../kernels/index.ts';
import { cholesky, choleskySolve } from './cholesky.ts';
import { dualityGap } from './duality-gap.ts';
import { lbfgs } from './lbfgs.ts';
import { type Descended, type DescentOptions, largest, newton } from './newton.ts';
import { type ExactProblem, nonZeroOf, type Solution, type SolveOptions, scaleOf, sizeOf } from './problem.ts';
import { separates } from './separable.ts';
import { pointAt } from './smooth-objective.ts';
import { lossGradient, type SmoothPoint } from './smooth-point.ts';
import { everyNth, subproblem } from './subsample.ts';

/** Estimated share of the objective at which a smooth solution counts as exact. */
const smoothTolerance = 1e-8;
/** What is tried for: with doubles it takes a step more. */
const smoothAim = 1e-11;

/** Parameters up to which Newton's steps beat those of L-BFGS, as measured at 60,000 x 784 and 1,000,000 x 100. */
const newtonSizeMax = 500;

/** Minimises a smooth loss without l1: Newton for few parameters, L-BFGS for many, on growing parts of many rows. */
export function solveSmooth(problem: ExactProblem, options: SolveOptions): Solution {
  const size = sizeOf(problem);
  const n = problem.design.rowCount;
  const stopped = options.stopped ?? (() => false);
  const atZero = pointAt(problem, new Float64Array(size), false).value;
  let start = options.start?.slice() ?? new Float64Array(size);
  if (!problem.useBias) start.fill(0, size - outputsOf(problem.loss));
  if (options.start === undefined && problem.loss.kind !== 'squared') {
    for (const every of [64, 8]) {
      if (n < every * rowsMin(size)) continue;
      const part = subproblem(problem, everyNth(n, every));
      const { point, separable } = descend(part, start, {
        ...quiet(stopped),
        steady: problem.loss.kind !== 'huber',
        tolerance: 1e-4,
        stepsMax: 15,
      });
      part.design.close();
      if (!separable && largest(point.theta) < 1e6) start = point.theta.slice();
    }
  }
  const isNewton = size <= newtonSizeMax;
  const ended = descend(problem, start, {
    // Its last step is exact, and its gap is stricter than the decrement.
    tolerance: problem.loss.kind === 'huber' ? 1e-22 : (options.tolerance ?? smoothAim),
    steady: problem.loss.kind !== 'huber',
    stepsMax: problem.loss.kind === 'huber' ? huberStepsMax : isNewton ? 100 : 2000,
    scale: (value) => scaleOf(value, atZero),
    stopped,
    diverges: (point, direction) => separates(problem, point, direction),
    onStep: (iteration, objective, relative) => options.onProgress?.({ iteration, objective, relative }),
  });
  const solution = smoothSolution(problem, ended, isNewton ? 'Newton' : 'L-BFGS', atZero);
  return problem.loss.kind === 'huber' ? withGap(problem, solution, ended.point, atZero) : solution;
}

/**
 * Newton's decrement proves nothing of a loss that is straight in places: where no row bends, it is 0 anywhere. Huber's
 * loss is judged by its duality gap.
 */
function withGap(problem: ExactProblem, solution: Solution, point: SmoothPoint, atZero: number): Solution {
  const { theta, objective } = solution;
  const gap = Math.max(0, dualityGap(problem, theta, lossGradient(problem, theta, point.gradient()), objective));
  const relative = gap / scaleOf(objective, atZero);
  const { tolerance } = solution.certificate;
  return {
    ...solution,
    certificate: { kind: 'duality gap', value: gap, relative, tolerance, reached: relative <= tolerance },
  };
}

/** A Huber loss that takes longer is nearly the absolute loss, which an interior point solves sooner. */
const huberStepsMax = 25;

/** A part must tell the parameters apart to be a start. */
const rowsMin = (size: number): number => Math.max(500, 10 * size);

const quiet = (stopped: () => boolean): Omit<DescentOptions, 'tolerance' | 'stepsMax' | 'steady'> => ({
  scale: (value) => Math.abs(value),
  stopped,
  diverges: (point) => largest(point.theta) > 1e3,
  onStep: () => undefined,
});

function descend(problem: ExactProblem, start: Float64Array, options: DescentOptions): Descended {
  if (sizeOf(problem) <= newtonSizeMax) return newton(problem, start, options);
  return lbfgs(problem, start, preconditionerOf(problem), options);
}

function smoothSolution(problem: ExactProblem, ended: Descended, method: string, atZero: number): Solution {
  const { point, iterations, shortfall, separable } = ended;
  const relative = shortfall / scaleOf(point.value, atZero);
  return {
    theta: point.theta,
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

/** Features up to which a factored gram of some rows leads L-BFGS; beyond, factoring would cost more than it saves. */
const preconditionedMax = 2000;

/** Solves with the hessian of some rows at theta = 0, the same for each class; or divides by a mean curvature. */
function preconditionerOf(problem: ExactProblem): (gradient: Float64Array) => Float64Array {
  const { design, loss, wd, biasWd, useBias } = problem;
  const K = outputsOf(loss);
  const d = design.featureCount;
  const bend = loss.kind === 'logistic' ? 0.25 : loss.kind === 'softmax' ? (K - 1) / K / K : 1;
  if (d > preconditionedMax) {
    const share = 1 / (bend + wd);
    return (gradient) => gradient.map((value) => value * share);
  }
  const inner = d + 1;
  const h = gramOfSome(design, 4 * d);
  for (let i = 0; i < inner; i += 1) {
    for (let j = 0; j <= i; j += 1) h[i * inner + j] *= i === d && !useBias ? 0 : bend;
    // A share of the diagonal stands for what the rows left out would add.
    h[i * inner + i] += 1e-3 * h[i * inner + i] + (i < d ? wd : useBias ? biasWd : 0);
  }
  const factor = cholesky(h, inner);
  return (gradient) => {
    const solved = new Float64Array(gradient.length);
    const one = new Float64Array(inner);
    for (let k = 0; k < K; k += 1) {
      for (let j = 0; j < inner; j += 1) one[j] = gradient[j * K + k];
      const v = choleskySolve(factor, one);
      for (let j = 0; j < inner; j += 1) solved[j * K + k] = v[j];
    }
    return solved;
  };
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
