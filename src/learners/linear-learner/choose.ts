import { crossValidate, type Finished, finishPath, unfinishedBecause } from './finish.ts';
import { type Standardised, takeModel } from './fold.ts';
import type { FitObserver } from './model.ts';
import type { Job } from './problem.ts';
import { permutation, seededRandom } from './random.ts';
import { heldSource, pickRows } from './rows.ts';
import { scoreDense } from './stream/dense-ensemble.ts';
import { chunkRowsOf } from './stream/ensemble.ts';
import { objectiveNameOf, type Streamed, trainEpochs } from './stream/epochs.ts';
import { descentShape, openEnsemble } from './stream/open-ensemble.ts';
import { linkOf, type Measured, makeValidation, type Scorer, type Validation } from './stream/validation.ts';
import { bestCut } from './threshold.ts';

export interface Chosen {
  model: Standardised;
  candidate: number;
  selectionScores: readonly number[];
  /** Out-of-fold standardised scores of the chosen penalty, when it was chosen by cross-validation. */
  outOfFold: Float64Array | undefined;
}

/** The finished or streamed model that validation, folds or a held-out fifth prefer. */
export async function choose(
  job: Job,
  streamed: Streamed,
  validation: Validation | undefined,
  observer: FitObserver,
  environment: { nowMs(): number; signal?: AbortSignal },
): Promise<Chosen> {
  const stopped = (): boolean => environment.signal?.aborted === true;
  const because = unfinishedBecause(job);
  if (because !== undefined) {
    if (job.settings.compatibility !== 'amazon')
      observer.notice(`The models stay as streaming left them, not carried to their optimum: ${because}`);
    return chooseStreamed(job, streamed, validation, observer, environment);
  }
  const path = finishPath(job, stopped);
  const outOfFold = path === undefined ? undefined : crossValidate(job, stopped);
  if (path === undefined || outOfFold === undefined) {
    observer.notice('Training was stopped before the models reached their optimum: the best streamed model is taken');
    return asStreamed(job, streamed, streamed.bestModel, streamed.selectionScores);
  }
  const foldLosses = outOfFold.map((scores) => outOfFoldLoss(job, scores));
  const measured = validation === undefined ? undefined : await measurePath(validation, job, path, streamed, stopped);
  const selection = measured?.selection ?? foldLosses;
  const best =
    measured === undefined ? lowestOfFolds(job, path, outOfFold, foldLosses) : lowestWithin(measured, foldLosses);
  if (best === -1) {
    observer.notice(
      'A streamed model is clearly better on the validation channel than every penalty at its optimum: it is taken',
    );
    return asStreamed(job, streamed, streamed.bestModel, streamed.selectionScores);
  }
  const how =
    measured === undefined
      ? 'five-fold cross-validation'
      : 'the validation channel and, where it cannot tell, cross-validation';
  observer.notice(
    path.length === 1
      ? `The model was solved to its optimum (wd ${path[best].wd})`
      : `${path.length} penalties were solved to their optimum; ${how} chose wd ${path[best].wd}`,
  );
  const place = (wd: number, weight: number): number =>
    path.findIndex((point) => point.wd === wd && point.positiveWeight === weight);
  return {
    model: path[best].model,
    candidate: path[best].candidate,
    selectionScores: job.plan.candidates.map(
      ({ wd, positiveExampleWeightMult }) => selection[place(wd, positiveExampleWeightMult)],
    ),
    outOfFold: measured === undefined ? outOfFold[best] : undefined,
  };
}

const asStreamed = (
  job: Job,
  { parameters }: Streamed,
  candidate: number,
  selectionScores: readonly number[],
): Chosen => ({
  model: takeModel(parameters, candidate, job.outputs),
  candidate,
  selectionScores,
  outOfFold: undefined,
});

/** Multiplications that a second pass of training, for selection alone, may take: a few seconds. */
const secondPassCostMax = 2e9;

/**
 * Of the streamed models the best on validation. Without a validation channel the training loss would always prefer the
 * weakest penalty, so that in the default mode, where it takes seconds, all candidates are trained once more on four
 * fifths of the rows, and the loss on the last fifth chooses among the models trained on all.
 */
async function chooseStreamed(
  job: Job,
  streamed: Streamed,
  validation: Validation | undefined,
  observer: FitObserver,
  environment: { nowMs(): number; signal?: AbortSignal },
): Promise<Chosen> {
  const stopped = (): boolean => environment.signal?.aborted === true;
  const { held, plan, settings, outputs } = job;
  const cost = (held?.features.length ?? 0) * 2 * plan.candidates.length * outputs * streamed.epochsRun;
  const secondPass =
    validation === undefined && held !== undefined && held.rowCount >= 20 && plan.candidates.length > 1;
  if (!secondPass || cost > secondPassCostMax || stopped())
    return asStreamed(job, streamed, streamed.bestModel, streamed.selectionScores);
  const order = permutation(held.rowCount, seededRandom(settings.seed + 3));
  const fifth = Math.floor(held.rowCount / 5);
  const left = heldSource('train', pickRows(held, order.subarray(0, fifth)));
  const kept = pickRows(held, order.subarray(fifth));
  const part: Job = {
    ...job,
    settings: { ...settings, selection: 'loss_function' },
    held: kept,
    // An earlier model may know the fifth that is left out.
    start: undefined,
    source: heldSource('train', kept),
    batchSize: Math.min(job.batchSize, kept.rowCount),
  };
  // The trial is measured as the models on all rows stand, by their own training, not at an epoch that the fifth likes best.
  const ensemble = openEnsemble(part, job.kernels);
  const trial = await trainEpochs(part, ensemble, undefined, quiet, environment);
  ensemble.write({ ...ensemble.read(), ...trial.parameters });
  const { selection } = await makeValidation(part, left, objectiveNameOf(part)).measure(ensemble, { stopped });
  ensemble.close();
  if (stopped()) return asStreamed(job, streamed, streamed.bestModel, streamed.selectionScores);
  const scores = selection.map((score, model) =>
    Number.isFinite(streamed.selectionScores[model]) ? score : Number.POSITIVE_INFINITY,
  );
  const best = lowest(scores);
  if (best === -1) return asStreamed(job, streamed, streamed.bestModel, streamed.selectionScores);
  observer.notice(`A fifth of the rows, held out in a second training, chose wd ${plan.candidates[best].wd}`);
  return asStreamed(job, streamed, best, scores);
}

const quiet: FitObserver = { notice: () => {}, scaler: () => {}, candidates: () => {}, epoch: () => {} };

/** Place of the lowest finite value; -1 when there is none. */
function lowest(values: readonly number[]): number {
  let best = -1;
  values.forEach((value, place) => {
    if (Number.isFinite(value) && (best === -1 || value < values[best])) best = place;
  });
  return best;
}

/**
 * The penalty with the lowest out-of-fold loss. Of several positive weights (`auto`) each gives its best, and the
 * criterion chooses among those, because the unweighted loss would always prefer the weight 1.
 */
function lowestOfFolds(
  { settings, plan, held }: Job,
  path: readonly Finished[],
  outOfFold: readonly Float64Array[],
  foldLosses: readonly number[],
): number {
  const weights = [...new Set(path.map(({ positiveWeight }) => positiveWeight))];
  if (weights.length === 1 || settings.selection === 'loss_function') return lowest(foldLosses);
  const places = weights
    .map((weight) =>
      lowest(foldLosses.map((loss, at) => (path[at].positiveWeight === weight ? loss : Number.POSITIVE_INFINITY))),
    )
    .filter((place) => place !== -1);
  const cuts = places.map((place) =>
    bestCut(Float32Array.from(outOfFold[place], linkOf(plan.loss)), held!.labels, settings),
  );
  const chosen = lowest(cuts.map(({ value, met }) => (met ? -value : 1)));
  return chosen === -1 ? -1 : places[chosen];
}

/** Standard errors of a paired difference below which validation calls two models equal. */
const errorsEqual = 2;

/**
 * A small validation channel cannot tell good penalties apart: of those it calls equal to its best, the one with the
 * lowest out-of-fold loss on the training rows. The streamed model, measured in the last place, has no such loss: -1
 * when every penalty is clearly worse than it, as it happens when validation rows are unlike those of training.
 */
function lowestWithin({ selection, errors }: Measured, foldLosses: readonly number[]): number {
  const best = selection[lowest(selection)];
  return lowest(
    foldLosses.map((loss, place) =>
      selection[place] <= best + errorsEqual * errors[place] ? loss : Number.POSITIVE_INFINITY,
    ),
  );
}

/** Lays the finished models and the best streamed one side by side, as the candidates are, and measures them together. */
async function measurePath(
  validation: Validation,
  job: Job,
  path: readonly Finished[],
  streamed: Streamed,
  stopped: () => boolean,
): Promise<Measured> {
  const models = [...path.map(({ model }) => model), takeModel(streamed.parameters, streamed.bestModel, 1)];
  const positiveWeights = [
    ...path.map(({ positiveWeight }) => positiveWeight),
    job.plan.candidates[streamed.bestModel].positiveExampleWeightMult,
  ];
  return measureModels(job, models, validation, { positiveWeights, stopped });
}

/** Scores models as a descent's columns, which is fast and needs no second way. */
async function measureModels(
  job: Job,
  models: readonly Standardised[],
  validation: Validation,
  options: { positiveWeights: readonly number[]; stopped: () => boolean },
): Promise<Measured> {
  const d = job.source.featureCount;
  const chunkRows = chunkRowsOf(1024, d);
  const shape = descentShape(job, chunkRows);
  const [anyModel] = shape.models;
  const descent = job.kernels.descent({ ...shape, models: models.map(() => anyModel) });
  const { K } = descent;
  const w = new Float32Array(d * K);
  models.forEach((model, k) => {
    for (let j = 0; j < d; j += 1) w[j * K + k] = model.w[j];
  });
  descent.write({ ...descent.read(), w, b: Float32Array.from(models, (model) => model.b[0]) });
  const score: Scorer['score'] = (source) => scoreDense(descent, source, job.scaler, chunkRows);
  return validation.measure({ K, score }, options).finally(() => descent.close());
}

function outOfFoldLoss({ reportingLoss, scaler, range, held }: Job, scores: Float64Array): number {
  let total = 0;
  scores.forEach((standard, row) => {
    const score = standard * scaler.labelDivisor + scaler.labelShift;
    total += reportingLoss!.value(
      range === undefined ? score : Math.min(range.high, Math.max(range.low, score)),
      held!.labels[row],
    );
  });
  return total / scores.length;
}
