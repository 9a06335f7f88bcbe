import { outputsOf } from '../../../kernels/index.ts';
import { dualityGap } from './duality-gap.ts';
import { lbfgs } from './lbfgs.ts';
import { type Lead, leadAtZero, leadOfFactor } from './lead.ts';
import { type Descended, type DescentOptions, largest, newton } from './newton.ts';
import { type ExactProblem, nonZeroOf, type Solution, type SolveOptions, scaleOf, sizeOf } from './problem.ts';
import { separates } from './separable.ts';
import { valueAtZero } from './smooth-objective.ts';
import { lossGradient, type SmoothPoint } from './smooth-point.ts';
import { everyNth, subproblem } from './subsample.ts';

/** Estimated share of the objective at which a smooth solution counts as exact. */
const smoothTolerance = 1e-8;
/** What is tried for: with doubles it takes a step more. */
const smoothAim = 1e-11;

/** Parameters up to which Newton's steps beat those of L-BFGS, as measured at 60,000 x 784 and 1,000,000 x 100. */
const newtonSizeMax = 500;

/**
 * Minimises a smooth loss without l1. Of many rows growing parts come first, and the hessian of the last part leads
 * steps over all rows, which then need but their gradient. Else Newton for few parameters, L-BFGS for many.
 */
export function solveSmooth(problem: ExactProblem, options: SolveOptions): Solution {
  const size = sizeOf(problem);
  const stopped = options.stopped ?? (() => false);
  const atZero = valueAtZero(problem);
  let start: Float64Array = options.start?.slice() ?? new Float64Array(size);
  if (!problem.useBias) start.fill(0, size - outputsOf(problem.loss));
  const steady = problem.loss.kind !== 'huber';
  const led = problem.loss.kind === 'squared' ? undefined : leadOfParts(problem, start, options, stopped);
  if (led !== undefined) start = led.start;
  const isNewton = size <= newtonSizeMax;
  const final: DescentOptions = {
    // Its last step is exact, and its gap is stricter than the decrement.
    tolerance: steady ? (options.tolerance ?? smoothAim) : 1e-22,
    steady,
    stepsMax: steady ? (isNewton ? 100 : 2000) : huberStepsMax,
    scale: (value) => scaleOf(value, atZero),
    stopped,
    diverges: (point, direction) => separates(problem, point, direction),
    onStep: (iteration, objective, relative) => options.onProgress?.({ iteration, objective, relative }),
  };
  let before = 0;
  if (led?.lead !== undefined && steady) {
    const ended = lbfgs(problem, start, led.lead, { ...final, patience: 2 + size / 10 });
    if (ended.slow !== true) return smoothSolution(problem, ended, 'Newton', atZero);
    start = ended.point.theta;
    before = ended.iterations;
  }
  const ended = descend(problem, start, final);
  const solution = smoothSolution(
    problem,
    { ...ended, iterations: ended.iterations + before },
    isNewton ? 'Newton' : 'L-BFGS',
    atZero,
  );
  return problem.loss.kind === 'huber' ? withGap(problem, solution, ended.point, atZero) : solution;
}

/** Rows are taken in parts of one in so many. */
const parts = [64, 8] as const;

/** Where parts of the rows have their optimum, or the start that was given, and the hessian of the last one there. */
function leadOfParts(
  problem: ExactProblem,
  given: Float64Array,
  options: SolveOptions,
  stopped: () => boolean,
): { start: Float64Array; lead?: Lead } | undefined {
  const size = sizeOf(problem);
  const n = problem.design.rowCount;
  if (size > newtonSizeMax) return undefined;
  let start = given;
  let lead: Lead | undefined;
  for (const every of parts) {
    if (n < every * rowsMin(size) || stopped()) continue;
    if (options.start !== undefined && every !== parts.at(-1)) continue;
    const part = subproblem(problem, everyNth(n, every));
    const { point, separable, ahead } = newton(part, start, {
      ...quiet(stopped),
      steady: problem.loss.kind !== 'huber',
      // The step that is then still ahead squares it.
      tolerance: options.start === undefined ? partTolerance : Infinity,
      stepsMax: 15,
    });
    part.design.close();
    if (separable || ahead === undefined || largest(point.theta) >= 1e6) continue;
    if (options.start === undefined) start = point.theta.map((value, at) => value - ahead.direction[at]);
    lead = leadOfFactor(ahead.factor, n / every);
  }
  return { start, ...(lead && { lead }) };
}

const partTolerance = 1e-2;

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
  return lbfgs(problem, start, leadAtZero(problem), options);
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
