import { hashColumns, type RowSource } from '../../formats/index.ts';
import { type KernelSet, type LossParameters, lossFacts, openKernels } from '../../kernels/index.ts';
import { firstRows } from '../rows/rows.ts';
import { originalSource } from '../rows/single-source.ts';
import { checkpointOfRows } from './checkpoint-of-rows.ts';
import { withChosenExpansion } from './expansion/choose-expansion.ts';
import { withExpansion } from './expansion/expanded-model.ts';
import { expandedSource } from './expansion/expanded-source.ts';
import { type Expansion, expandedFeatureNames } from './expansion/expansion.ts';
import { fitExpansion } from './expansion/fit-expansion.ts';
import { streamingOnce } from './expansion/stream-once.ts';
import { foldBack } from './fold.ts';
import type { FitObserver, FitResult, LinearModel } from './model.ts';
import { narrowingOf } from './occurring.ts';
import { heldDesign } from './path/prepare.ts';
import { makePlan } from './plan.ts';
import { isSingle, type Job, makeJob } from './problem.ts';
import { choose } from './selection/choose.ts';
import type { Chosen } from './selection/chosen.ts';
import { evaluateLinearModel } from './selection/metrics.ts';
import { type ThresholdSources, thresholdOf } from './selection/tune-threshold.ts';
import type { LinearLearnerSettings } from './settings.ts';
import { checkStart } from './start-from.ts';
import { computeStatistics } from './statistics/compute.ts';
import { type CheckpointStore, makeCheckpoint } from './stream/checkpoint.ts';
import { objectiveNameOf, trainEpochs } from './stream/epochs.ts';
import { openEnsemble } from './stream/open-ensemble.ts';
import { makeValidation } from './stream/validation.ts';

/**
 * Trains all candidate models over the rows, selects the best and returns it in raw units with its metrics.
 *
 * With `compatibility=amazon` it does what the original does. By default it mends the original's defects: rows are
 * shuffled, no row is left out, the best state is kept; and for data that fit in memory (`optimizer=auto`) every
 * penalty is carried from the streamed start to its optimum, then selected on validation or, without a validation
 * channel, by five-fold cross-validation. Rejects with DataError when the data cannot be learned from.
 * All candidates start from the model `start`, if one is given; it is then the first to improve on.
 * An abort ends training within a batch, a validation chunk or a Newton step; the best whole epoch is the result.
 */
export async function fitLinearLearner(
  givenSettings: LinearLearnerSettings,
  given: { train: RowSource; validation?: RowSource; start?: LinearModel | undefined },
  observer: FitObserver,
  environment: FitEnvironment,
): Promise<FitResult> {
  const kernels = environment.kernels ?? openKernels({ deterministic: givenSettings.deterministic });
  const autos = makePlan(givenSettings);
  const { start } = given;
  const { featureHashBits: bits } = givenSettings;
  const amazon = givenSettings.compatibility === 'amazon';
  const hashed = (read: RowSource): RowSource => {
    const source = amazon ? originalSource(read) : read;
    return bits === 'none' ? source : hashColumns(source, bits);
  };
  const channels = { train: hashed(given.train), validation: given.validation && hashed(given.validation) };
  const stopped = (): boolean => environment.signal?.aborted === true;
  const settings = await withChosenExpansion(givenSettings, channels.train, { kernels, observer, stopped, start });
  if (start !== undefined) checkStart(start, settings, channels.train.featureCount);
  const expansion = await fitExpansion(settings, autos, channels.train, start?.expansion);
  const narrowing = bits === 'none' ? undefined : await narrowingOf(channels.train, start);
  if (narrowing !== undefined)
    observer.notice(
      `${narrowing.occurring.length} of ${channels.train.featureCount} features occur in the training rows`,
    );
  // From here on rows and models are those after hashing, narrowing and expansion.
  const expanded = (source: RowSource): RowSource =>
    narrowing?.narrow(source) ?? (expansion === undefined ? source : expandedSource(source, expansion));
  const data = {
    train: expanded(channels.train),
    validation: channels.validation && expanded(channels.validation),
  };
  const made = await makeJob(
    settings,
    autos,
    data.train,
    kernels,
    observer,
    start && (narrowing?.narrowModel(start) ?? start),
  );
  const job = expansion === undefined ? made : streamingOnce(made);
  const { scaler, plan } = job;
  const labelled = settings.predictorType === 'regressor';
  observer.scaler({
    featureMean: scaler.featureMean,
    featureStd: scaler.featureStd,
    labelMean: labelled ? scaler.labelMean : null,
    labelStd: labelled ? scaler.labelStd : null,
    rowCount: scaler.rowCount,
  });
  observer.candidates(plan.candidates);
  if (
    settings.tuningObjectiveMetric === '' &&
    settings.numModels !== 'auto' &&
    settings.numModels > plan.candidates.length
  )
    observer.notice(
      `num_models is ${settings.numModels}, but these settings leave only ${plan.candidates.length} different models: those are trained`,
    );
  const validation =
    data.validation === undefined ? undefined : makeValidation(job, data.validation, objectiveNameOf(job));
  const rows = heldDesign(job);
  const ensemble = openEnsemble(job, kernels, () => rows.get());
  const checkpoints =
    environment.checkpoints &&
    (await checkpointOfRows(environment.checkpoints, job, data.validation, (text) => observer.notice(text)));
  const checkpoint = checkpoints && makeCheckpoint(job, checkpoints, environment.nowMs);
  const streamed = await trainEpochs(job, ensemble, validation, observer, {
    ...environment,
    ...(checkpoint && { checkpoint }),
  }).finally(() => ensemble.close());
  try {
    const chosen = await choose(job, streamed, validation, observer, environment, rows);
    if (streamed.isStart === true && chosen.solved === undefined)
      observer.notice('No epoch came out better than the earlier model: it is given back');
    // A stop must end in seconds: rows that would have to be read again from their source are then measured in part.
    const short = (source: RowSource): RowSource => (stopped() ? firstRows(source, stoppedRows) : source);
    if (stopped()) observer.notice(`Training was stopped: final metrics are of the first ${stoppedRows} rows at most`);
    const sources = { train: short(job.source), validation: data.validation && short(data.validation) };
    const model = await makeModel(job, chosen, sources, observer);
    const evaluate = (source: RowSource) => evaluateLinearModel(model, short(source), kernels.logistic);
    const statistics = stopped()
      ? undefined
      : await computeStatistics(job, {
          chosen,
          model,
          nameOf: narrowing ? (column) => String(narrowing.occurring[column]) : columnNames(expansion),
          rows: job.held === undefined && job.heldSparse === undefined ? undefined : rows.get(),
          rowCount: streamed.rowCount,
          validation: data.validation,
          stopped,
          breathe: environment.breathe,
        });
    // The metrics do not need this copy of all rows.
    rows.close();
    return {
      model: {
        ...(narrowing?.widen(model) ?? withExpansion(model, expansion)),
        ...(bits !== 'none' && { hashBits: bits }),
      },
      best: chosen.best,
      candidates: plan.candidates,
      selectionScores: streamed.selectionScores,
      table: chosen.table,
      solved: chosen.solved,
      epochsRun: streamed.epochsRun,
      rowCount: streamed.rowCount,
      trainMetrics: await evaluate(job.source),
      validationMetrics: data.validation === undefined ? undefined : await evaluate(data.validation),
      statistics: (statistics && narrowing?.widenStatistics(statistics)) ?? statistics,
    };
  } finally {
    rows.close();
  }
}

function columnNames(expansion: Expansion | undefined): (column: number) => string {
  if (expansion === undefined) return String;
  const names = expandedFeatureNames(expansion.centre.length, expansion);
  return (column) => names[column];
}

export interface FitEnvironment {
  nowMs(): number;
  signal?: AbortSignal;
  /** See `openKernels`; left out for one thread of the fastest that the engine has. */
  kernels?: KernelSet;
  /**
   * Awaited now and then, between batches and between solves: where nothing else runs in this thread, such as a page's, it
   * gives way to what waits, an abort among it.
   */
  breathe?(): Promise<void>;
  /** The checkpoints from which training continues after a stop or crash. */
  checkpoints?: CheckpointStore;
}

/** Rows that a stopped job still measures: about a second of reading. */
const stoppedRows = 100_000;

async function makeModel(
  job: Job,
  chosen: Chosen,
  sources: ThresholdSources,
  observer: FitObserver,
): Promise<LinearModel> {
  const { settings, plan, outputs, range } = job;
  const binary = settings.predictorType === 'binary_classifier';
  const { takes } = lossFacts(plan.loss);
  const used = (name: keyof LossParameters): number | null => (takes.includes(name) ? settings[name] : null);
  const model: LinearModel = {
    predictorType: settings.predictorType,
    loss: plan.loss,
    featureCount: job.source.featureCount,
    outputCount: outputs,
    ...(chosen.raw ?? foldBack(chosen.model, job.scaler)),
    threshold: 0.5,
    ...(range === undefined ? {} : { range }),
    ...(isSingle(job) && { singleRows: true }),
    metricsParams: {
      f_beta: settings.predictorType === 'regressor' ? null : settings.fBeta,
      accuracy_top_k: settings.accuracyTopK,
      positive_example_weight_mult: chosen.best.positiveExampleWeightMult,
      class_weights: settings.balanceMulticlassWeights ? Array.from(job.classWeights) : null,
      huber_delta: used('huberDelta'),
      quantile: used('quantile'),
      margin: used('margin'),
      loss_insensitivity: used('lossInsensitivity'),
      eps_insensitive_loss_type: null,
    },
  };
  return binary && settings.selection !== 'loss_function'
    ? { ...model, threshold: await thresholdOf(job, chosen, model, sources, observer) }
    : model;
}
