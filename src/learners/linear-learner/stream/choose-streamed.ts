import type { RowSource } from '../../../formats/index.ts';
import { permutation, seededRandom } from '../../rows/random.ts';
import { heldSource, pickRows } from '../../rows/rows.ts';
import type { Candidate, FitObserver } from '../model.ts';
import { spreadOfScores } from '../path/aligned-scores.ts';
import type { Spread } from '../path/out-of-fold.ts';
import type { Job } from '../problem.ts';
import { objectiveNameOf, trainEpochs } from './epochs.ts';
import { openEnsemble } from './open-ensemble.ts';
import type { Streamed } from './streamed.ts';
import { makeValidation, type Scorer, type Validation } from './validation.ts';

/** Multiplications that a second training, for selection alone, may take: some seconds. It is of fewer rows then. */
const secondCostMax = 6e10;
/** The fewest rows on which penalties are compared. */
const trialRowsMin = 1000;

export interface ChosenStreamed {
  model: number;
  /** The measurements of each model. */
  scores: readonly number[];
  /** Of a binary classifier: scores by row of rows that a second training left out, and how it scores its own. */
  leftOut?: LeftOut;
}

export interface LeftOut {
  rows: Uint32Array;
  scores: Float64Array;
  spread: Spread;
}

/** Rows for each feature up to which training rows are scored better than new ones, so that they are no measure of a threshold. */
const fittedRows = 20;

/**
 * Chooses the best of the streamed models on validation. Without a validation channel the training loss would always prefer the
 * weakest penalty, so that in the default mode all candidates are trained once more on four fifths of the rows, or of
 * as many as take seconds, and the loss on the last fifth chooses among the models trained on all. A penalty that is best for
 * m rows stands for one of m/n times that weight for n rows: both are the same belief about weights.
 */
export async function chooseStreamed(
  job: Job,
  streamed: Streamed,
  validation: Validation | undefined,
  observer: FitObserver,
  environment: { nowMs(): number; signal?: AbortSignal; breathe?(): Promise<void> },
): Promise<ChosenStreamed> {
  const asTrained = { model: streamed.bestModel, scores: streamed.selectionScores };
  const stopped = (): boolean => environment.signal?.aborted === true;
  const { held, plan, settings, outputs } = job;
  if (validation !== undefined || held === undefined || held.rowCount < 20) return asTrained;
  const tunes = settings.predictorType === 'binary_classifier' && settings.selection !== 'loss_function';
  const isFitted = held.rowCount < fittedRows * held.featureCount;
  if (plan.candidates.length === 1 && !(tunes && isFitted)) return asTrained;
  const cost = held.features.length * 2 * plan.candidates.length * outputs * streamed.epochsRun;
  const trialRows = Math.min(held.rowCount, Math.floor((held.rowCount * secondCostMax) / cost));
  const isTold = trialRows >= Math.min(held.rowCount, trialRowsMin);
  if (settings.compatibility === 'amazon' || !isTold || stopped()) return asTrained;
  const order = permutation(held.rowCount, seededRandom(settings.seed + 3)).subarray(0, trialRows);
  const fifth = Math.floor(trialRows / 5);
  const left = heldSource('train', pickRows(held, order.subarray(0, fifth)));
  const kept = pickRows(held, order.subarray(fifth));
  const part: Job = {
    ...job,
    settings: { ...settings, selection: 'loss_function' },
    held: kept,
    source: heldSource('train', kept),
    batchSize: Math.min(job.batchSize, kept.rowCount),
  };
  // The trial is measured as the models on all rows stand, by their own training, not at an epoch that the fifth likes best.
  const ensemble = openEnsemble(part, job.kernels);
  try {
    const trial = await trainEpochs(part, ensemble, undefined, quiet, environment);
    ensemble.write({ ...ensemble.read(), ...trial.parameters });
    const { selection } = await makeValidation(part, left, objectiveNameOf(part)).measure(ensemble, { stopped });
    if (stopped()) return asTrained;
    const scores = selection.map((score, model) =>
      Number.isFinite(streamed.selectionScores[model]) ? score : Number.POSITIVE_INFINITY,
    );
    const likeliest = scores.indexOf(Math.min(...scores));
    if (!Number.isFinite(scores[likeliest])) return asTrained;
    const like = atWeight(plan.candidates, likeliest, trialRows / held.rowCount);
    const best = bestTrainedLike(plan.candidates, like, streamed.selectionScores);
    if (plan.candidates.length > 1)
      observer.notice(`A fifth of the rows, held out in a second training, chose wd ${plan.candidates[best].wd}`);
    if (!tunes || !isFitted) return { model: best, scores };
    const rows = order.slice(0, fifth);
    const leftOut = {
      rows,
      scores: new Float64Array(held.rowCount),
      spread: spreadOfScores(await scoresOf(ensemble, part.source, likeliest)),
    };
    const own = await scoresOf(ensemble, left, likeliest);
    rows.forEach((row, at) => {
      leftOut.scores[row] = own[at];
    });
    return { model: best, scores, leftOut };
  } finally {
    ensemble.close();
  }
}

/** Standardised scores of one of the models. */
async function scoresOf(scorer: Scorer, source: RowSource, model: number): Promise<Float64Array> {
  const scores: number[] = [];
  for await (const { f, rowCount } of scorer.score(source)) {
    for (let row = 0; row < rowCount; row += 1) scores.push(f[row * scorer.K + model]);
  }
  return Float64Array.from(scores);
}

/** The candidate like this one whose weight decay is nearest to `share` of its own. */
function atWeight(candidates: readonly Candidate[], like: number, share: number): number {
  const { wd, positiveExampleWeightMult } = candidates[like];
  let best = like;
  // Ratios count; 0 is far from all but itself.
  const farOf = (other: number): number => Math.abs(Math.log(Math.max(other, 1e-12) / Math.max(wd * share, 1e-12)));
  candidates.forEach((candidate, model) => {
    if (candidate.positiveExampleWeightMult !== positiveExampleWeightMult) return;
    if (farOf(candidate.wd) < farOf(candidates[best].wd)) best = model;
  });
  return best;
}

/**
 * Of the models with this one's penalties and weights the one that training brought lowest: rows held out compare penalties,
 * not how far a step size came.
 */
function bestTrainedLike(candidates: readonly Candidate[], like: number, trained: readonly number[]): number {
  const { wd, l1, positiveExampleWeightMult } = candidates[like];
  let best = like;
  candidates.forEach((candidate, model) => {
    const isLike =
      candidate.wd === wd && candidate.l1 === l1 && candidate.positiveExampleWeightMult === positiveExampleWeightMult;
    if (isLike && trained[model] < trained[best]) best = model;
  });
  return best;
}

const quiet: FitObserver = {
  notice: () => {},
  warn: () => {},
  scaler: () => {},
  candidates: () => {},
  epoch: () => {},
};
