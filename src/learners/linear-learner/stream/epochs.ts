import { DataError } from '../../../base/index.ts';
import { type DescentState, lossFacts } from '../../../kernels/index.ts';
import { firstRows } from '../../rows/rows.ts';
import { standardiseLabels } from '../../rows/scaler.ts';
import type { Parameters } from '../fold.ts';
import type { EpochReport, FitObserver } from '../model.ts';
import { scalarObjective, softmaxObjective } from '../objective.ts';
import type { Job } from '../problem.ts';
import { type Average, averaged, isAveraged } from './average.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Ensemble } from './ensemble.ts';
import type { Streamed, StreamProgress } from './streamed.ts';
import type { Measured, Validation } from './validation.ts';

export interface EpochsEnvironment {
  nowMs(): number;
  signal?: AbortSignal;
  breathe?(): Promise<void>;
  checkpoint?: Checkpoint;
}

/**
 * The streaming phase: passes over the rows, all candidates at once, until `epochs` or no more improvement. With a
 * checkpoint it starts where an earlier run of the same job ended, and leaves the same bytes as one run would.
 */
export async function trainEpochs(
  job: Job,
  ensemble: Ensemble,
  validation: Validation | undefined,
  observer: FitObserver,
  environment: EpochsEnvironment,
): Promise<Streamed> {
  const { settings } = job;
  const { checkpoint } = environment;
  const stopped = (): boolean => environment.signal?.aborted === true;
  const beganAtMs = environment.nowMs();
  let progress = (await checkpoint?.resume(ensemble, observer)) ?? (await begin(job, ensemble, validation, stopped));
  while (!progress.finished) {
    const startedAtMs = environment.nowMs();
    await trainEpoch(job, ensemble, progress, observer, environment);
    // Half an epoch is only worth something when there is no whole one.
    if (stopped() && progress.best !== undefined) break;
    const { losses, batchCount } = epochLosses(job, ensemble, progress);
    let read: Parameters | undefined;
    const parameters = (): Parameters => {
      read ??= parametersOf(ensemble, job.source.featureCount);
      return read;
    };
    const penalties = validation === undefined ? penaltiesNow(job, parameters) : undefined;
    const measured =
      validation === undefined || stopped() ? undefined : await validation.measure(ensemble, { stopped });
    if (stopped() && progress.best !== undefined) break;
    const { next, report } = evaluateEpoch(job, progress, {
      losses,
      penalties,
      measured,
      parameters,
      stopped: stopped(),
    });
    observer.epoch({ ...report, batchCount, startedAtMs, endedAtMs: environment.nowMs() });
    // A stop in the first epoch does not end it: the job may continue within it.
    if (stopped()) {
      await checkpoint?.save(ensemble, progress);
      return bestOf(next, ensemble.models);
    }
    progress = next;
    progress.finished ||= progress.epoch >= settings.epochs;
    await checkpoint?.saveWhenDue(ensemble, progress);
  }
  // The rest of the job may take as long as the epochs did.
  const isLong = environment.nowMs() - beganAtMs >= longMs;
  if (stopped() || isLong) await checkpoint?.save(ensemble, progress);
  const best = bestOf(progress, ensemble.models);
  return progress.average === undefined || stopped()
    ? best
    : settled(job, ensemble, validation, best, progress.average, stopped);
}

/** Epochs that took less are not worth a checkpoint: they are trained again as fast. */
const longMs = 1000;

/**
 * Of each model the better of its best epoch and its average, all measured on the same rows: on validation or, without
 * one, by the objective that is descended, penalties included.
 */
async function settled(
  job: Job,
  ensemble: Ensemble,
  validation: Validation | undefined,
  best: Streamed,
  average: Average,
  stopped: () => boolean,
): Promise<Streamed> {
  const measure = async ({ w, b }: Parameters): Promise<readonly number[]> => {
    ensemble.write(stateOf({ w, b }));
    if (validation !== undefined) return (await validation.measure(ensemble, { stopped })).selection;
    const some = { ...job, source: firstRows(job.source, settledRowsMax) };
    return penalised(await lossesOverTraining(some, ensemble, stopped), penaltiesOf(job, w));
  };
  const [asBest, asAverage] = [await measure(best.parameters), await measure(average)];
  if (stopped()) return best;
  const parameters = { w: best.parameters.w.slice(), b: best.parameters.b.slice() };
  const K = parameters.b.length;
  const { outputs } = job;
  let isStart = best.isStart === true;
  const selectionScores = best.selectionScores.map((score, model) => {
    if (!Number.isFinite(score)) return score;
    if (!(asAverage[model] < asBest[model])) return asBest[model];
    isStart = false;
    for (let k = model * outputs; k < (model + 1) * outputs; k += 1) {
      for (let at = k; at < parameters.w.length; at += K) parameters.w[at] = average.w[at];
      parameters.b[k] = average.b[k];
    }
    return asAverage[model];
  });
  const bestModel = selectionScores.indexOf(Math.min(...selectionScores));
  return { ...best, isStart, parameters, selectionScores, bestModel: bestModel === -1 ? best.bestModel : bestModel };
}

/**
 * The models' penalties as they are now; undefined where there are none. The original compares epochs by the loss alone,
 * which prefers weights that penalties would still shrink.
 */
function penaltiesNow(job: Job, parameters: () => Parameters): Float64Array | undefined {
  const isPenalised = job.plan.candidates.some(({ wd, l1 }) => wd > 0 || l1 > 0);
  if (job.settings.compatibility === 'amazon' || !isPenalised) return undefined;
  return penaltiesOf(job, parameters().w);
}

const penalised = (losses: readonly number[], penalties: Float64Array | undefined): readonly number[] =>
  losses.map((loss, model) => loss + (penalties?.[model] ?? 0));

/** wd/2 |w|^2 + l1 |w|_1 of each model. */
function penaltiesOf({ plan, outputs }: Job, w: Float32Array): Float64Array {
  const K = plan.candidates.length * outputs;
  const penalties = new Float64Array(plan.candidates.length);
  for (let at = 0; at < w.length; at += 1) {
    const model = Math.floor((at % K) / outputs);
    const { wd, l1 } = plan.candidates[model];
    penalties[model] += (wd / 2) * w[at] * w[at] + l1 * Math.abs(w[at]);
  }
  return penalties;
}

/** The number of rows of a stream on which the two are compared. */
const settledRowsMax = 200_000;

async function begin(
  job: Job,
  ensemble: Ensemble,
  validation: Validation | undefined,
  stopped: () => boolean,
): Promise<StreamProgress> {
  const best = await startMeasured(job, ensemble, validation, stopped);
  return {
    epoch: 0,
    rowsDone: 0,
    lossSums: new Float64Array(ensemble.models),
    reference: best === undefined ? Number.POSITIVE_INFINITY : best.selectionScores[best.bestModel],
    referenceEpoch: -1,
    best,
    finished: false,
  };
}

/** An earlier model is the first to improve on, so that further training never makes it worse. The original has no such start. */
async function startMeasured(
  job: Job,
  ensemble: Ensemble,
  validation: Validation | undefined,
  stopped: () => boolean,
): Promise<Streamed | undefined> {
  if (job.start === undefined || job.settings.compatibility === 'amazon') return undefined;
  const parameters = parametersOf(ensemble, job.source.featureCount);
  const selection =
    validation === undefined
      ? penalised(
          await lossesOverTraining(job, ensemble, stopped),
          penaltiesNow(job, () => parameters),
        )
      : (await validation.measure(ensemble, { stopped })).selection;
  if (stopped()) return undefined;
  const bestModel = selection.indexOf(Math.min(...selection));
  if (bestModel === -1) return undefined;
  return {
    parameters,
    bestModel,
    selectionScores: selection,
    epochsRun: 0,
    rowCount: 0,
    isStart: true,
  };
}

/** Mean loss of each model over the training rows, in the units of an epoch's. */
async function lossesOverTraining(
  { source, trainingLoss, plan, outputs, classWeights, scaler }: Job,
  ensemble: Ensemble,
  stopped: () => boolean,
): Promise<number[]> {
  const objective =
    trainingLoss === undefined
      ? softmaxObjective(ensemble.models, outputs, classWeights)
      : scalarObjective(
          trainingLoss,
          Float64Array.from(plan.candidates, ({ positiveExampleWeightMult }) => positiveExampleWeightMult),
        );
  const sums = new Float64Array(ensemble.models);
  let rows = 0;
  for await (const { rowCount, labels, f } of ensemble.score(source)) {
    const standard = new Float32Array(rowCount);
    standardiseLabels(labels, rowCount, scaler, standard);
    objective.derive(f, standard, rowCount, f, sums);
    rows += rowCount;
    if (stopped()) break;
  }
  return Array.from(sums, (sum) => sum / Math.max(1, rows));
}

/** Trains to the end of the epoch or a stop, counting rows and losses in `progress`. */
async function trainEpoch(
  job: Job,
  ensemble: Ensemble,
  progress: StreamProgress,
  observer: FitObserver,
  { nowMs, signal, breathe, checkpoint }: EpochsEnvironment,
): Promise<void> {
  const { settings, source } = job;
  const averages = isAveraged(job);
  const startedAtMs = nowMs();
  const rowsBefore = progress.rowsDone;
  let toldAtMs = startedAtMs;
  const { epoch } = progress;
  for await (const { rowCount } of ensemble.train({ epoch, skipRows: progress.rowsDone })) {
    progress.rowsDone += rowCount;
    ensemble.takeLosses(progress.lossSums);
    if (averages) progress.average = averaged(progress.average, parametersOf(ensemble, source.featureCount));
    // A call costs a turn of the microtasks, which the passes of a job need not pay.
    if (breathe !== undefined) await breathe();
    if (signal?.aborted === true) return;
    const atMs = nowMs();
    if (atMs - toldAtMs >= progressEveryMs) {
      toldAtMs = atMs;
      const share = shareOf(source.progress?.());
      const elapsedMs = atMs - startedAtMs;
      observer.progress?.({
        epoch,
        epochs: settings.epochs,
        rowCount: progress.rowsDone,
        rowsPerSecond: ((progress.rowsDone - rowsBefore) * 1000) / elapsedMs,
        share,
        remainingMs:
          share === undefined || share === 0 ? undefined : remaining(elapsedMs, share, epoch, settings.epochs),
      });
    }
    await checkpoint?.saveWhenDue(ensemble, progress);
  }
}

/** A pass longer than this logs its progress, this often. */
const progressEveryMs = 10_000;

const shareOf = (read: { readBytes: number; totalBytes: number } | undefined): number | undefined =>
  read === undefined || read.totalBytes === 0 ? undefined : Math.min(1, read.readBytes / read.totalBytes);

/** At most: early stopping may end it sooner. */
const remaining = (elapsedMs: number, share: number, epoch: number, epochs: number): number =>
  (elapsedMs / share) * (epochs - epoch - share);

function epochLosses({ batchSize }: Job, ensemble: Ensemble, { rowsDone, lossSums }: StreamProgress) {
  const losses = Array.from(lossSums, (sum) => sum / Math.max(1, rowsDone));
  const now = ensemble.lossesNow();
  return {
    losses: losses.map((loss, model) => ({ loss, sound: isSound(loss, now[model]) })),
    batchCount: Math.ceil(rowsDone / batchSize),
  };
}

/**
 * Whether a model's updates stay within bounds. The epoch's loss is measured before each update, so that the last update
 * shows only in the loss of rows looked at again: a thousand times the epoch's loss is divergence.
 */
const isSound = (before: number, after: number): boolean => after <= 1000 * (before + 1e-3);

interface Seen {
  losses: readonly { loss: number; sound: boolean }[];
  /** The penalties of each model, where its objective compares epochs. */
  penalties: Float64Array | undefined;
  measured: Measured | undefined;
  /** Of all models now. */
  parameters: () => Parameters;
  stopped: boolean;
}

/** The result of an epoch: whether it improved, which model is best, whether training continues. */
function evaluateEpoch(
  job: Job,
  { epoch, rowsDone, reference, referenceEpoch, best, average, finished }: StreamProgress,
  { losses, penalties, measured, parameters, stopped }: Seen,
): { next: StreamProgress; report: Omit<EpochReport, 'startedAtMs' | 'endedAtMs' | 'batchCount'> } {
  const { settings } = job;
  const amazon = settings.compatibility === 'amazon';
  const trainObjectives = losses.map(({ loss }) => loss);
  const scores = (measured?.selection ?? penalised(trainObjectives, penalties)).map((score, model) =>
    Number.isFinite(score) && losses[model].sound ? score : Number.POSITIVE_INFINITY,
  );
  const bestModel = scores.indexOf(Math.min(...scores));
  const value = scores[bestModel];
  // The original's rule multiplies, so that with a negative score (minus an accuracy) a slightly worse epoch "improves".
  const bar = amazon
    ? reference * (1 - settings.earlyStoppingTolerance)
    : reference - settings.earlyStoppingTolerance * Math.abs(reference);
  const improved = reference === Number.POSITIVE_INFINITY ? Number.isFinite(value) : value < bar;
  const lowestSoFar = Math.min(...(best?.selectionScores ?? [Number.POSITIVE_INFINITY]));
  const kept = improved || (!amazon && value < lowestSoFar);
  const since = improved ? epoch : referenceEpoch;
  const stopping = epoch - since > settings.earlyStoppingPatience || stopped;
  const objectiveName = objectiveNameOf(job);
  const taken = kept ? { parameters: parameters(), bestModel, selectionScores: scores } : best;
  return {
    next: {
      epoch: epoch + 1,
      rowsDone: 0,
      lossSums: new Float64Array(losses.length),
      reference: improved ? value : reference,
      referenceEpoch: since,
      best: taken === undefined ? undefined : { ...taken, epochsRun: epoch + 1, rowCount: rowsDone },
      ...(average && { average }),
      finished: finished || stopping,
    },
    report: {
      epoch,
      rowCount: rowsDone,
      objectiveName,
      trainObjectives,
      validationObjectives: measured?.objectives,
      criterion: { name: measured?.criterionName ?? objectiveName, value: measured?.negated ? -value : value },
      improved,
      bestModel,
      stopping: stopping && epoch + 1 < settings.epochs,
    },
  };
}

/** For scores alone. */
const stateOf = ({ w, b }: Parameters): DescentState => ({
  updates: 0,
  w,
  b,
  firstW: new Float32Array(w.length),
  firstB: new Float32Array(b.length),
  secondW: new Float32Array(w.length),
  secondB: new Float32Array(b.length),
});

/** Of all features, also where the ensemble keeps only those that occurred. */
function parametersOf(ensemble: Ensemble, featureCount: number): Parameters {
  const { w, b, columns } = ensemble.read();
  if (columns === undefined) return { w, b };
  const { K } = ensemble;
  const all = new Float32Array(featureCount * K);
  columns.forEach((column, place) => {
    all.set(w.subarray(place * K, (place + 1) * K), column * K);
  });
  return { w: all, b };
}

function bestOf({ best }: StreamProgress, models: number): Streamed {
  if (best !== undefined) return best;
  throw new DataError(
    `The loss of ${models === 1 ? 'the model' : `all ${models} models`} grew without end; a smaller learning_rate or normalize_data=true may help`,
  );
}

export function objectiveNameOf({ plan, settings }: Job): string {
  const { objectiveName, weightedObjectiveName } = lossFacts(plan.loss);
  return (settings.positiveExampleWeightMult !== 1 ? weightedObjectiveName : undefined) ?? objectiveName;
}
