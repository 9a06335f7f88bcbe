// Subsampled Newton: F. Roosta-Khorasani and M. Mahoney, Math. Program. 174 (2019) 293.
import { lossOf, outputsOf, portableMath } from '../../../kernels/index.ts';
import { type ExactProblem, type SolveOptions, sizeOf } from '../problem.ts';
import { lbfgs } from '../smooth/lbfgs.ts';
import { type DescentOptions, largest, newton } from '../smooth/newton.ts';
import {
  centred,
  factorPreconditioner,
  type Preconditioner,
  preconditionerAt,
  preconditionerKindOf,
} from '../smooth/preconditioner.ts';
import { everyNth, subproblem } from './subsample.ts';

/** Parameters up to which Newton's steps beat those of L-BFGS on subsamples. */
const newtonSizeMax = 500;
/** Multiplications of a hessian that takes no time worth saving. */
const cheapHessian = 1e8;

/** Whether Newton's steps are taken: on subsamples of many rows, or where a hessian of all rows costs little. */
export function takesNewton(problem: ExactProblem): boolean {
  const { design, loss } = problem;
  const K = outputsOf(loss);
  const cost = (design.rowCount * (design.featureCount + 1) ** 2 * K * (K + 1)) / 4;
  const size = sizeOf(problem);
  const { hasConstantCurvature, pieces } = lossOf(loss);
  const canSubsample = design.rowCount >= subsampleEveryMin * rowsMin(size);
  return (
    size <= newtonSizeMax && (hasConstantCurvature || pieces !== undefined || canSubsample || cost <= cheapHessian)
  );
}

/** Subsamples are of one row in so many. */
const rates = [64, 8] as const;
const subsampleEveryMin = 8;

export interface SubsampledStart {
  start: Float64Array;
  /** Undefined when rows are too few for subsamples, or the last one has no optimum. */
  preconditioner?: Preconditioner;
}

/** Where subsamples have their optimum, or the start that was given, and the preconditioner from there on. */
export function startOfSubsamples(problem: ExactProblem, given: Float64Array, options: SolveOptions): SubsampledStart {
  const start = preconditionerKindOf(problem) === 'blocks' ? centred(given, outputsOf(problem.loss)) : given;
  return takesNewton(problem) ? newtonOnSubsamples(problem, start, options) : lbfgsOnSubsample(problem, start, options);
}

function newtonOnSubsamples(problem: ExactProblem, given: Float64Array, options: SolveOptions): SubsampledStart {
  const n = problem.design.rowCount;
  const isGiven = options.start !== undefined;
  let start = given;
  let preconditioner: Preconditioner | undefined;
  for (const every of rates) {
    if (n < every * rowsMin(sizeOf(problem)) || options.stopped?.()) continue;
    if (isGiven && every !== subsampleEveryMin) continue;
    const sample = subproblem(problem, everyNth(n, every));
    // The step that is then still ahead squares the tolerance.
    const tolerance = isGiven ? Infinity : subsampleTolerance;
    const { point, separable, ahead } = newton(sample, start, { ...quiet(options), tolerance, stepsMax: 15 });
    sample.design.close();
    if (separable || ahead === undefined || largest(point.theta) >= 1e6) continue;
    if (!isGiven) start = point.theta.map((value, at) => value - ahead.direction[at]);
    preconditioner = factorPreconditioner(ahead.factor);
  }
  return { start, ...(preconditioner && { preconditioner }) };
}

/**
 * The hessian is taken where the subsample is entered, not at its optimum: there the subsample's rows seem more certain than
 * rows are, and it is a worse preconditioner (60,000 x 784: 16 steps instead of 14).
 */
function lbfgsOnSubsample(problem: ExactProblem, start: Float64Array, options: SolveOptions): SubsampledStart {
  return onSubsample(problem, cheapestSubsample(problem), (sample) => {
    const preconditioner = preconditionerAt(sample, start);
    // The optimum over too few rows is too certain of them to be a start.
    if (sample === problem || options.start !== undefined || sample.design.rowCount < 4 * sizeOf(problem))
      return { start, preconditioner };
    const rough = { ...quiet(options), tolerance: subsampleTolerance, stepsMax: 30 };
    const { point, separable } = lbfgs(sample, start, preconditioner, rough);
    return { start: separable || largest(point.theta) >= 1e6 ? start : point.theta, preconditioner };
  });
}

/** The hessian of one in `every` rows at theta. */
export const subsamplePreconditioner = (problem: ExactProblem, theta: Float64Array, every: number): Preconditioner =>
  onSubsample(problem, every, (sample) => preconditionerAt(sample, theta));

function onSubsample<T>(problem: ExactProblem, every: number, use: (sample: ExactProblem) => T): T {
  const { rowCount, featureCount } = problem.design;
  // A subsample lies in memory a second time: a large one does not.
  if (every === 1 || (rowCount * featureCount) / every > subsampleCellsMax) return use(problem);
  const sample = subproblem(problem, everyNth(rowCount, every));
  try {
    return use(sample);
  } finally {
    sample.design.close();
  }
}

const subsampleCellsMax = 2 ** 26;

/** The subsample whose hessian serves best: one in `every` rows. */
export function cheapestSubsample(problem: ExactProblem): number {
  let best = 1;
  for (let every = 2; every <= 64; every *= 2) {
    if (
      problem.design.rowCount <
      (2 * every * sizeOf(problem)) / (preconditionerKindOf(problem) === 'blocks' ? outputsOf(problem.loss) : 1)
    )
      break;
    if (preconditionerCost(problem, every, decadesWanted) < preconditionerCost(problem, best, decadesWanted))
      best = every;
  }
  return best;
}

/**
 * Cost of a preconditioner of one in `every` rows and of the steps it then takes for so many decades of the decrement, in
 * sweeps over all rows for one score: a gram of all of them takes size / 20, a factor 0.1 size^3 / (n d), solving with it
 * 7 size^2 / (n d), and scores and slopes of K classes as much as 1 + K / 3 sweeps, as measured. Eigenvalues of a hessian of m rows for s parameters lie, as shares of the true one's,
 * between (1 - r)^2 and (1 + r)^2 with r^2 = s / m (Marchenko and Pastur), so that conjugate steps take r^2 off the decrement.
 */
export function preconditionerCost(problem: ExactProblem, every: number, decades: number): number {
  const kind = preconditionerKindOf(problem);
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

/** What is left of the objective over a subsample; more would be finer than its own error. */
const subsampleTolerance = 1e-2;

/** A subsample must tell the parameters apart to be a start. */
const rowsMin = (size: number): number => Math.max(500, 10 * size);

const quiet = ({ stopped }: SolveOptions): Omit<DescentOptions, 'tolerance' | 'stepsMax'> => ({
  steady: true,
  scale: (value) => Math.abs(value),
  stopped: stopped ?? (() => false),
  diverges: (point) => largest(point.theta) > 1e3,
  onStep: () => undefined,
});
