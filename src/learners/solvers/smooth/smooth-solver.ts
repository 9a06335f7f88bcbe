import { lossOf, outputsOf } from '../../../kernels/index.ts';
import { dualityGap } from '../duality-gap.ts';
import { cheapestPart, type Led, leadCost, leadOfPart, leadOfParts, takesNewton } from '../large/subsampling.ts';
import { type ExactProblem, nonZeroOf, type Solution, type SolveOptions, scaleOf, sizeOf } from '../problem.ts';
import { separates } from '../separable.ts';
import { lbfgs } from './lbfgs.ts';
import { type Descended, type DescentOptions, largest, newton } from './newton.ts';
import { leadAt, leadKindOf } from './preconditioner.ts';
import { valueAtZero } from './smooth-objective.ts';
import { lossGradient, type SmoothPoint } from './smooth-point.ts';
import { truncatedNewton } from './truncated-newton.ts';

/** Estimated share of the objective at which a smooth solution counts as exact. */
const smoothTolerance = 1e-8;
/** What is tried for: with doubles it takes a step more. */
const smoothAim = 1e-11;
/** The same by a lead, whose estimate is raised by its doubt. */
const ledAim = 1e-10;
/** Where a led descent is but one step away from that. */
const ledUnseen = smoothTolerance / 2;

/**
 * Minimises a smooth loss without l1. Of many rows growing parts come first, and the hessian of the last part leads
 * steps over all rows, which then need but their gradient. Else Newton for few parameters, L-BFGS for many; of sparse rows,
 * and where L-BFGS proves slow, Newton by conjugate gradients.
 */
export function solveSmooth(problem: ExactProblem, options: SolveOptions): Solution {
  const { design } = problem;
  const size = sizeOf(problem);
  const atZero = valueAtZero(problem);
  const start: Float64Array = options.start?.slice() ?? new Float64Array(size);
  if (!problem.useBias) start.fill(0, size - outputsOf(problem.loss));
  const loss = lossOf(problem.loss);
  const steady = loss.pieces === undefined;
  const final: DescentOptions = {
    // Its last step is exact, and its gap is stricter than the decrement.
    tolerance: steady ? (options.tolerance ?? smoothAim) : 1e-22,
    enough: smoothTolerance / 10,
    steady,
    stepsMax: steady ? 2000 : piecesStepsMax,
    scale: (value) => scaleOf(value, atZero),
    stopped: options.stopped ?? (() => false),
    diverges: (point, direction) => separates(problem, point, direction),
    onStep: (iteration, objective, relative) => options.onProgress?.({ iteration, objective, relative }),
  };
  // A parabola takes Newton one step, and rows that cross from one piece to another few.
  const isDirect = takesNewton(problem) && (loss.hasConstantCurvature || !steady);
  if (steady && leadKindOf(problem) === 'none') {
    const byProducts = { ...final, stepsMax: 200 };
    if (design.squares !== undefined)
      return smoothSolution(problem, truncatedNewton(problem, start, byProducts), conjugate, atZero);
    // A sweep of dense rows costs half a product with their hessian, and strong penalties take few.
    const ended = lbfgs(problem, start, leadAt(problem, start), { ...final, patience: (decades) => 20 * decades });
    const solution = smoothSolution(problem, ended, 'L-BFGS', atZero);
    if (solution.certificate.reached || ended.separable || final.stopped()) return solution;
    const further = truncatedNewton(problem, ended.point.theta, byProducts);
    return smoothSolution(
      problem,
      { ...further, iterations: ended.iterations + further.iterations },
      conjugate,
      atZero,
    );
  }
  const led = isDirect ? { start } : leadOfParts(problem, start, options);
  const ended = descend(problem, led, final);
  const solution = smoothSolution(problem, ended, takesNewton(problem) ? 'Newton' : 'L-BFGS', atZero);
  return steady ? solution : withGap(problem, solution, ended.point, atZero);
}

/** Goes on with all rows; takes a new hessian where the lead proves slower than that would be. */
function descend(problem: ExactProblem, { start, lead }: Led, options: DescentOptions): Descended {
  const newtonOptions = { ...options, stepsMax: Math.min(options.stepsMax, 100) };
  if (lead === undefined) return newton(problem, start, newtonOptions);
  const isFinal = options.tolerance === smoothAim;
  const tolerance = isFinal ? ledAim : options.tolerance;
  const ledOptions = { ...options, tolerance, ...(isFinal && { unseen: ledUnseen }) };
  let every = cheapestPart(problem);
  let least = Infinity;
  let vain = 0;
  let ended = lbfgs(problem, start, lead, { ...ledOptions, patience: patienceOf(problem, every) });
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
    const next = leadOfPart(problem, theta, every);
    const patience = vain < 2 ? patienceOf(problem, every) : () => Infinity;
    ended = lbfgs(problem, theta, next, { ...ledOptions, patience });
  }
  return { ...ended, iterations: ended.iterations + before };
}

/** Steps over all rows that another hessian and the steps with it would cost. */
function patienceOf(problem: ExactProblem, every: number): (decades: number) => number {
  const size = sizeOf(problem);
  if (takesNewton(problem)) return () => 3 + size / 6;
  // Its lead is the same anywhere.
  if (lossOf(problem.loss).pieces !== undefined) return () => Infinity;
  return (decades) => 2 + leadCost(problem, Math.max(1, every / 4), decades);
}

/**
 * Newton's decrement proves nothing of a loss that is straight in places: where no row bends, it is 0 anywhere. The
 * duality gap does.
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

const conjugate = 'Newton by conjugate gradients';

/** A loss of pieces that takes longer has nearly kinks, which an interior point solves sooner. */
const piecesStepsMax = 25;

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
