import { lossOf, outputsOf, portableMath } from '../../../kernels/index.ts';
import { type ExactProblem, type SolveOptions, sizeOf } from '../problem.ts';
import { lbfgs } from '../smooth/lbfgs.ts';
import { type DescentOptions, largest, newton } from '../smooth/newton.ts';
import { centred, type Lead, leadAt, leadKindOf, leadOfFactor } from '../smooth/preconditioner.ts';
import { everyNth, subproblem } from './subsample.ts';

/** Parameters up to which Newton's steps beat those of L-BFGS on parts. */
const newtonSizeMax = 500;
/** Multiplications of a hessian that takes no time worth saving. */
const cheapHessian = 1e8;

/** Whether Newton's steps are taken: on parts of many rows, or where a hessian of all rows costs little. */
export function takesNewton(problem: ExactProblem): boolean {
  const { design, loss } = problem;
  const K = outputsOf(loss);
  const cost = (design.rowCount * (design.featureCount + 1) ** 2 * K * (K + 1)) / 4;
  const size = sizeOf(problem);
  const { hasConstantCurvature, pieces } = lossOf(loss);
  const hasParts = design.rowCount >= leastParts * rowsMin(size);
  return size <= newtonSizeMax && (hasConstantCurvature || pieces !== undefined || hasParts || cost <= cheapHessian);
}

/** Rows are taken in parts of one in so many. */
const parts = [64, 8] as const;
const leastParts = 8;

export interface Led {
  start: Float64Array;
  /** Undefined when rows are too few for parts, or the last part has no optimum. */
  lead?: Lead;
}

/** Where parts of the rows have their optimum, or the start that was given, and the hessian that leads on from there. */
export function leadOfParts(problem: ExactProblem, given: Float64Array, options: SolveOptions): Led {
  const start = leadKindOf(problem) === 'blocks' ? centred(given, outputsOf(problem.loss)) : given;
  return takesNewton(problem) ? ofFew(problem, start, options) : ofMany(problem, start, options);
}

function ofFew(problem: ExactProblem, given: Float64Array, options: SolveOptions): Led {
  const n = problem.design.rowCount;
  const isGiven = options.start !== undefined;
  let start = given;
  let lead: Lead | undefined;
  for (const every of parts) {
    if (n < every * rowsMin(sizeOf(problem)) || options.stopped?.()) continue;
    if (isGiven && every !== leastParts) continue;
    const part = subproblem(problem, everyNth(n, every));
    // The step that is then still ahead squares the tolerance.
    const tolerance = isGiven ? Infinity : partTolerance;
    const { point, separable, ahead } = newton(part, start, { ...quiet(options), tolerance, stepsMax: 15 });
    part.design.close();
    if (separable || ahead === undefined || largest(point.theta) >= 1e6) continue;
    if (!isGiven) start = point.theta.map((value, at) => value - ahead.direction[at]);
    lead = leadOfFactor(ahead.factor);
  }
  return { start, ...(lead && { lead }) };
}

/**
 * The hessian is taken where the part is entered, not at its optimum: there the part's rows seem more certain than rows
 * are, and it leads worse (60,000 x 784: 16 steps instead of 14).
 */
function ofMany(problem: ExactProblem, start: Float64Array, options: SolveOptions): Led {
  return onPart(problem, cheapestPart(problem), (part) => {
    const lead = leadAt(part, start);
    // The optimum over too few rows is too certain of them to be a start.
    if (part === problem || options.start !== undefined || part.design.rowCount < 4 * sizeOf(problem))
      return { start, lead };
    const rough = { ...quiet(options), tolerance: partTolerance, stepsMax: 30 };
    const { point, separable } = lbfgs(part, start, lead, rough);
    return { start: separable || largest(point.theta) >= 1e6 ? start : point.theta, lead };
  });
}

/** The hessian of one in `every` rows at theta. */
export const leadOfPart = (problem: ExactProblem, theta: Float64Array, every: number): Lead =>
  onPart(problem, every, (part) => leadAt(part, theta));

function onPart<T>(problem: ExactProblem, every: number, use: (part: ExactProblem) => T): T {
  const { rowCount, featureCount } = problem.design;
  // A part lies in memory a second time: a large one does not.
  if (every === 1 || (rowCount * featureCount) / every > partCellsMax) return use(problem);
  const part = subproblem(problem, everyNth(problem.design.rowCount, every));
  try {
    return use(part);
  } finally {
    part.design.close();
  }
}

const partCellsMax = 2 ** 26;

/** The part whose hessian serves best: one in `every` rows. */
export function cheapestPart(problem: ExactProblem): number {
  let best = 1;
  for (let every = 2; every <= 64; every *= 2) {
    if (
      problem.design.rowCount <
      (2 * every * sizeOf(problem)) / (leadKindOf(problem) === 'blocks' ? outputsOf(problem.loss) : 1)
    )
      break;
    if (leadCost(problem, every, decadesWanted) < leadCost(problem, best, decadesWanted)) best = every;
  }
  return best;
}

/**
 * Cost of a lead of one in `every` rows and of the steps it then takes for so many decades of the decrement, in sweeps over
 * all rows for one score: a gram of all of them takes size / 20, a factor 0.1 size^3 / (n d), solving with it
 * 7 size^2 / (n d), and scores and slopes of K classes as much as 1 + K / 3 sweeps, as measured. Eigenvalues of a hessian of m rows for s parameters lie, as shares of the true one's,
 * between (1 - r)^2 and (1 + r)^2 with r^2 = s / m (Marchenko and Pastur), so that conjugate steps take r^2 off the decrement.
 */
export function leadCost(problem: ExactProblem, every: number, decades: number): number {
  const kind = leadKindOf(problem);
  if (kind === 'none') return decades / 0.1;
  const n = problem.design.rowCount;
  const K = outputsOf(problem.loss);
  const inner = problem.design.featureCount + 1;
  const isWhole = kind === 'whole';
  const grams = isWhole ? (K * (K + 1)) / 2 : K;
  const factors = isWhole ? K * K * K : K;
  const perStep = portableMath.log(n / every / inner / (isWhole ? K : 1)) / Math.LN10;
  const once = (grams * inner) / 20 / every + (factors * 0.1 * inner * inner) / n;
  const step = (K > 1 ? 1 + K / 3 : 1) + ((isWhole ? K * K : K) * 7 * inner) / n;
  return once / step + decades / Math.min(isWhole ? Infinity : blocksPace, Math.max(0.1, perStep));
}

/** Decades a step that blocks are good for, however many rows they are of. */
const blocksPace = 0.5;

const decadesWanted = 10;

/** What is left of the objective over a part; more would be finer than the part's own error. */
const partTolerance = 1e-2;

/** A part must tell the parameters apart to be a start. */
const rowsMin = (size: number): number => Math.max(500, 10 * size);

const quiet = ({ stopped }: SolveOptions): Omit<DescentOptions, 'tolerance' | 'stepsMax'> => ({
  steady: true,
  scale: (value) => Math.abs(value),
  stopped: stopped ?? (() => false),
  diverges: (point) => largest(point.theta) > 1e3,
  onStep: () => undefined,
});
