import { type Certificate, type ExactProblem, leastSquares, solve } from '../../solvers/index.ts';
import type { Standardised } from '../fold.ts';
import type { Job } from '../problem.ts';
import { lossShapeOf } from '../stream/open-ensemble.ts';
import type { Penalty } from './penalties.ts';
import type { Prepared } from './prepare.ts';

/** A penalty solved to its optimum. */
export interface Solved extends Penalty {
  /** theta[j * outputs + k], the last row the intercepts; standardised. */
  theta: Float64Array;
  model: Standardised;
  /** Mean loss and penalties, as descended. */
  objective: number;
  certificate: Certificate;
  method: string;
  nonZero: number;
  /** Without a penalty there would be no optimum: a plane parts the classes. */
  separable: boolean;
}

/** Says that training shall end; looked at between steps. */
export type Stopped = () => boolean;

/** Awaited between two solves, so that what else waits in the thread gets its turn: see `FitEnvironment`. */
export type Breathe = () => Promise<void>;

/** Solves each penalty, each from where the last one of its kind ended. Undefined when stopped before the last. */
export async function solvePath(
  job: Job,
  rows: Prepared,
  penalties: readonly Penalty[],
  { stopped, breathe, tolerance, start: first = startOf(job) }: PathOptions,
): Promise<Solved[] | undefined> {
  const path: Solved[] = [];
  for (const penalty of penalties) {
    await breathe?.();
    const { l1, positiveWeight } = penalty;
    const before = path.at(-1);
    // A lasso path starts anew: where the ridge path ends, no weight is 0.
    const follows = before !== undefined && before.l1 > 0 === l1 > 0 && before.positiveWeight === positiveWeight;
    const start = follows ? before.theta : first;
    const doubt = follows ? followedDoubt : undefined;
    const solution = solve(problemOf(job, rows, penalty), { start, doubt, stopped, tolerance });
    if (stopped()) return undefined;
    const { theta, objective, certificate, method, nonZero, separable } = solution;
    path.push({
      ...penalty,
      theta,
      model: modelOf(theta, job.outputs),
      objective,
      certificate,
      method,
      nonZero,
      separable,
    });
  }
  return path;
}

interface PathOptions {
  stopped: Stopped;
  breathe?: Breathe | undefined;
  tolerance?: number;
  start?: Float64Array;
}

/** Of the optimum for a neighbouring penalty: interior points save a sixth of their steps. */
const followedDoubt = 0.3;

/** The job's objective with one penalty over these rows. */
export function problemOf(
  job: Pick<Job, 'settings' | 'plan' | 'trainingLoss' | 'outputs' | 'classWeights'>,
  { design, fine, labels }: Prepared,
  { wd, l1, positiveWeight }: Penalty,
): ExactProblem {
  return {
    design,
    ...(fine && { fine }),
    labels,
    loss: lossShapeOf(job),
    positiveWeight,
    wd,
    l1,
    biasWd: wd * job.plan.biasWdMult,
    useBias: job.settings.useBias,
  };
}

export const modelOf = (theta: Float64Array, outputs: number): Standardised => ({
  w: theta.slice(0, theta.length - outputs),
  b: theta.slice(theta.length - outputs),
});

export const thetaOf = ({ w, b }: Standardised): Float64Array => {
  const theta = new Float64Array(w.length + b.length);
  theta.set(w);
  theta.set(b, w.length);
  return theta;
};

const startOf = ({ start }: Job): Float64Array | undefined => start && thetaOf(start);

/**
 * Squared loss without penalties over doubles: solved from the raw rows by orthogonal transformations, since standardising
 * alone would cost nearly collinear columns most of their digits. Undefined for every other problem.
 */
export function leastSquaresOf(
  { held, trainingLoss, settings, range }: Job,
  { wd, l1 }: Penalty,
): { weights: Float64Array; bias: Float64Array } | undefined {
  if (held === undefined || !(held.features instanceof Float64Array)) return undefined;
  if (trainingLoss?.hasConstantCurvature !== true || wd !== 0 || l1 !== 0 || range !== undefined) return undefined;
  const { features: x, labels, rowCount, featureCount } = held;
  const { useBias } = settings;
  const fit = leastSquares({ x, labels, rowCount, featureCount, useBias });
  return fit && { weights: fit.weights, bias: Float64Array.of(fit.bias) };
}
