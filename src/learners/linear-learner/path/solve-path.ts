import { type Certificate, leastSquares, solve } from '../exact/index.ts';
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

/** Solves each penalty, each from where the last one of its kind ended. Undefined when stopped before the last. */
export function solvePath(
  job: Job,
  { design, fine, labels }: Prepared,
  penalties: readonly Penalty[],
  { stopped, tolerance }: { stopped: Stopped; tolerance?: number },
): Solved[] | undefined {
  const { settings, plan, outputs } = job;
  const path: Solved[] = [];
  for (const penalty of penalties) {
    const { wd, l1, positiveWeight } = penalty;
    const before = path.at(-1);
    // A lasso path starts anew: where the ridge path ends, no weight is 0.
    const follows = before !== undefined && before.l1 > 0 === l1 > 0 && before.positiveWeight === positiveWeight;
    const start = follows ? before.theta : startOf(job);
    const solution = solve(
      {
        design,
        ...(fine && { fine }),
        labels,
        loss: lossShapeOf(job),
        positiveWeight,
        wd,
        l1,
        biasWd: wd * plan.biasWdMult,
        useBias: settings.useBias,
      },
      { start, stopped, tolerance },
    );
    if (stopped()) return undefined;
    const { theta, objective, certificate, method, nonZero, separable } = solution;
    const weights = design.featureCount * outputs;
    const model = { w: theta.slice(0, weights), b: theta.slice(weights) };
    path.push({ ...penalty, theta, model, objective, certificate, method, nonZero, separable });
  }
  return path;
}

const startOf = ({ start }: Job): Float64Array | undefined => start && Float64Array.from([...start.w, ...start.b]);

/**
 * Squared loss without penalties over doubles: solved from the raw rows by orthogonal transformations, since standardising
 * alone would cost nearly collinear columns most of their digits. Undefined for every other problem.
 */
export function leastSquaresOf(
  { held, plan, settings, range }: Job,
  { wd, l1 }: Penalty,
): { weights: Float64Array; bias: Float64Array } | undefined {
  const doubles = held?.doubles;
  if (doubles === undefined || plan.loss !== 'squared_loss' || wd !== 0 || l1 !== 0 || range !== undefined)
    return undefined;
  const { rowCount, featureCount } = held!;
  const { useBias } = settings;
  const fit = leastSquares({ x: doubles.features, labels: doubles.labels, rowCount, featureCount, useBias });
  return fit && { weights: fit.weights, bias: Float64Array.of(fit.bias) };
}
