import { DataError } from '../../base/index.ts';
import { plainKernels } from '../../kernels/index.ts';
import type { FitObserver } from './model.ts';
import { scalarObjective, softmaxObjective } from './objective.ts';
import type { Job } from './problem.ts';
import { permutation, seededRandom } from './random.ts';
import { batches, type HeldRows, pickRows } from './rows.ts';
import { standardise, standardiseLabels } from './scaler.ts';
import { makeTrainer, type Parameters } from './trainer.ts';
import type { Validation } from './validation.ts';

/** The models as they stood after the best epoch. */
export interface Streamed {
  parameters: Parameters;
  bestModel: number;
  /** Per candidate at that epoch; lower is better. */
  selectionScores: readonly number[];
  epochsRun: number;
  rowCount: number;
}

/** The streaming phase: passes over the rows, all candidates at once, until `epochs` or no more improvement. */
export async function trainEpochs(
  job: Job,
  validation: Validation | undefined,
  observer: FitObserver,
  environment: { nowMs(): number; signal?: AbortSignal },
): Promise<Streamed> {
  const { settings, plan, source, outputs, batchSize, scaler } = job;
  const amazon = settings.compatibility === 'amazon';
  const d = source.featureCount;
  const models = plan.candidates.length;
  const random = seededRandom(settings.seed);
  const objective =
    job.trainingLoss === undefined
      ? softmaxObjective(models, outputs, job.classWeights)
      : scalarObjective(
          job.trainingLoss,
          Float64Array.from(plan.candidates, ({ positiveExampleWeightMult }) => positiveExampleWeightMult),
        );
  const trainer = makeTrainer({
    kernels: plainKernels,
    featureCount: d,
    outputs,
    batchRowsMax: batchSize,
    candidates: plan.candidates,
    plan,
    settings,
    objective,
  });
  const x = new Float32Array(batchSize * d);
  const y = new Float32Array(batchSize);
  const objectiveName = objectiveNameOf(job);
  const stopped = (): boolean => environment.signal?.aborted === true;
  let best: Streamed | undefined;
  let reference = Number.POSITIVE_INFINITY;
  let referenceEpoch = -1;
  for (let epoch = 0; epoch < settings.epochs; epoch += 1) {
    const startedAtMs = environment.nowMs();
    const sums = new Float64Array(models);
    let rowCount = 0;
    let batchCount = 0;
    let lastRowCount = 0;
    for await (const batch of batches(shuffled(job, random), d, batchSize)) {
      if (amazon && batch.rowCount < batchSize) break;
      standardise(batch.features, batch.rowCount, scaler, x);
      standardiseLabels(batch.labels, batch.rowCount, scaler, y);
      trainer.step(x, y, batch.rowCount, sums);
      lastRowCount = batch.rowCount;
      rowCount += batch.rowCount;
      batchCount += 1;
      if (stopped()) break;
    }
    // Half an epoch is only worth something when there is no whole one.
    if (stopped() && best !== undefined) break;
    const trainObjectives = Array.from(sums, (sum) => sum / Math.max(1, rowCount));
    const lastLosses = new Float64Array(models);
    trainer.measure(x, y, lastRowCount, lastLosses);
    const measured =
      validation === undefined || stopped() ? undefined : await validation.measure(trainer.parameters, { stopped });
    if (stopped() && best !== undefined) break;
    const scores = (measured?.selection ?? trainObjectives).map((score, model) =>
      Number.isFinite(score) && isSound(trainObjectives[model], lastLosses[model] / lastRowCount)
        ? score
        : Number.POSITIVE_INFINITY,
    );
    const bestModel = scores.indexOf(Math.min(...scores));
    const value = scores[bestModel];
    // The original's rule multiplies, so that with a negative score (minus an accuracy) a slightly worse epoch "improves".
    const bar = amazon
      ? reference * (1 - settings.earlyStoppingTolerance)
      : reference - settings.earlyStoppingTolerance * Math.abs(reference);
    const improved = reference === Number.POSITIVE_INFINITY ? Number.isFinite(value) : value < bar;
    if (improved) {
      reference = value;
      referenceEpoch = epoch;
    }
    if (improved || (!amazon && value < Math.min(...(best?.selectionScores ?? [Number.POSITIVE_INFINITY])))) {
      best = {
        parameters: { w: trainer.parameters.w.slice(), b: trainer.parameters.b.slice() },
        bestModel,
        selectionScores: scores,
        epochsRun: epoch + 1,
        rowCount,
      };
    }
    const stopping = epoch - referenceEpoch > settings.earlyStoppingPatience || stopped();
    observer.epoch({
      epoch,
      startedAtMs,
      endedAtMs: environment.nowMs(),
      rowCount,
      batchCount,
      objectiveName,
      trainObjectives,
      validationObjectives: measured?.objectives,
      criterion: { name: measured?.criterionName ?? objectiveName, value: measured?.negated ? -value : value },
      improved,
      bestModel,
      stopping: stopping && epoch + 1 < settings.epochs,
    });
    if (best !== undefined) best = { ...best, epochsRun: epoch + 1, rowCount };
    if (stopping) break;
  }
  if (best === undefined) {
    throw new DataError(
      `The loss of ${models === 1 ? 'the model' : `all ${models} models`} grew without end; a smaller learning_rate or normalize_data=true may help`,
    );
  }
  return best;
}

/**
 * Whether a model's updates stay within bounds. The epoch's loss is measured before each update, so that the last update
 * shows only in the loss of the last batch, looked at again: a thousand times the epoch's loss is no mere setback.
 */
const isSound = (before: number, after: number): boolean => after <= 1000 * (before + 1e-3);

export function objectiveNameOf({ plan, settings, trainingLoss }: Job): string {
  if (trainingLoss === undefined) return 'multiclass_cross_entropy_objective';
  const weighted = plan.loss === 'logistic' && settings.positiveExampleWeightMult !== 1;
  return weighted ? 'binary_classification_weighted_cross_entropy_objective' : trainingLoss.objectiveName;
}

/** Rows of a stream that are shuffled among each other: this many batches at a time. */
const shuffleBatches = 16;

/** The order of one epoch: stored order for the original, any order for held rows, shuffled windows for a stream. */
async function* shuffled({ settings, held, source, batchSize }: Job, random: () => number): AsyncGenerator<HeldRows> {
  if (settings.compatibility === 'amazon') {
    for await (const block of source.blocks()) yield { ...block };
  } else if (held !== undefined) {
    const order = permutation(held.rowCount, random);
    for (let row = 0; row < order.length; row += batchSize) yield pickRows(held, order.subarray(row, row + batchSize));
  } else {
    for await (const window of batches(source.blocks(), source.featureCount, batchSize * shuffleBatches)) {
      yield pickRows(window, permutation(window.rowCount, random));
    }
  }
}
