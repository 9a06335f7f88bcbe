import { sparseGramFeaturesMax } from '../../../kernels/index.ts';
import type { Job } from '../problem.ts';
import type { SearchPlan } from './budget.ts';
import { nullFitOf, softmaxNullFit } from './null-fit.ts';
import { type Penalty, penaltiesOf } from './penalties.ts';
import type { Prepared } from './prepare.ts';

/** The number of penalties on the coarse path of a search that refines. */
export const coarse = ({ penalties, rounds = 0, isDense = false }: SearchPlan): number =>
  rounds === 0 || isDense ? penalties : Math.max(4, Math.floor(coarseShare * penalties));
const coarseShare = 0.65;

/** Sparse features up to which a search tries lassos: 16 penalties of 10,000 x 1,000 took 11 s without and 85 s with them. */
const sparseLassoFeaturesMax = 200;

/** Weights of several classes up to which a search tries lassos. */
const softmaxLassoMax = 1000;

/** So many penalties for the rows of a job. */
export function pathOf(
  { settings, plan, trainingLoss, outputs, heldSparse }: Job,
  { design, labels }: Prepared,
  count: number,
): Penalty[] {
  const fit =
    trainingLoss === undefined
      ? softmaxNullFit(design, labels, outputs)
      : nullFitOf(design, labels, trainingLoss, settings.useBias);
  const featuresMax = heldSparse === undefined ? sparseGramFeaturesMax : sparseLassoFeaturesMax;
  const lasso =
    trainingLoss === undefined
      ? heldSparse === undefined && design.featureCount * outputs <= softmaxLassoMax
      : trainingLoss.pieces === undefined && design.featureCount <= featuresMax;
  return penaltiesOf(settings, plan.candidates, fit, { count, lasso });
}
