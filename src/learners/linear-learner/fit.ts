import type { RowSource } from '../../formats/index.ts';
import { objectiveNameOf, type Streamed, trainEpochs } from './epochs.ts';
import { crossValidate, type Finished, finishes, finishPath } from './finish.ts';
import { foldBack, type Standardised, takeModel } from './fold.ts';
import { evaluateLinearModel } from './metrics.ts';
import type { FitObserver, FitResult, LinearModel } from './model.ts';
import { makePlan } from './plan.ts';
import { type Job, makeJob } from './problem.ts';
import type { LinearLearnerSettings } from './settings.ts';
import { bestCut } from './threshold.ts';
import { linkOf, type Measured, makeValidation, type Validation } from './validation.ts';

/**
 * Trains all candidate models over the rows, selects the best and returns it in raw units with its metrics.
 *
 * With `compatibility=amazon` it does what the original does. By default it mends the original's defects: rows are
 * shuffled, no row is left out, the best state is kept; and for data that fit in memory (`optimizer=auto`) every
 * penalty is carried from the streamed start to its optimum, then selected on validation or, without a validation
 * channel, by five-fold cross-validation. Rejects with DataError when the data cannot be learned from.
 * An abort ends training after the current epoch; the best model so far is the result.
 */
export async function fitLinearLearner(
  settings: LinearLearnerSettings,
  data: { train: RowSource; validation?: RowSource },
  observer: FitObserver,
  environment: { nowMs(): number; signal?: AbortSignal },
): Promise<FitResult> {
  const job = await makeJob(settings, makePlan(settings), data.train, (text) => observer.notice(text));
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
  const validation =
    data.validation === undefined ? undefined : makeValidation(job, data.validation, objectiveNameOf(job));
  const streamed = await trainEpochs(job, validation, observer, environment);
  const chosen = await choose(job, streamed, validation, observer);
  const model = await makeModel(job, chosen, data.validation ?? job.source, observer);
  return {
    model,
    best: plan.candidates[chosen.candidate],
    candidates: plan.candidates,
    selectionScores: chosen.selectionScores,
    epochsRun: streamed.epochsRun,
    rowCount: streamed.rowCount,
    trainMetrics: await evaluateLinearModel(model, job.source),
    validationMetrics: data.validation === undefined ? undefined : await evaluateLinearModel(model, data.validation),
  };
}

interface Chosen {
  model: Standardised;
  candidate: number;
  selectionScores: readonly number[];
  /** Out-of-fold standardised scores of the chosen penalty, when it was chosen by cross-validation. */
  outOfFold: Float64Array | undefined;
}

async function choose(
  job: Job,
  streamed: Streamed,
  validation: Validation | undefined,
  observer: FitObserver,
): Promise<Chosen> {
  if (!finishes(job)) {
    const { bestModel, selectionScores, parameters } = streamed;
    return {
      model: takeModel(parameters, bestModel, job.outputs),
      candidate: bestModel,
      selectionScores,
      outOfFold: undefined,
    };
  }
  const path = finishPath(job);
  const crossed = crossValidate(job);
  const foldLosses = crossed.scores.map((scores) => outOfFoldLoss(job, scores, crossed.labels));
  const measured = validation === undefined ? undefined : await measurePath(validation, job, path);
  const selection = measured?.selection ?? foldLosses;
  const best = measured === undefined ? lowest(foldLosses) : lowestWithin(measured, foldLosses);
  const how =
    measured === undefined
      ? 'five-fold cross-validation'
      : 'the validation channel (within one standard error, cross-validation)';
  observer.notice(`${path.length} penalties solved to their optimum; ${how} chose wd ${path[best].wd}`);
  const place = (wd: number, weight: number): number =>
    path.findIndex((point) => point.wd === wd && point.positiveWeight === weight);
  return {
    model: path[best].model,
    candidate: path[best].candidate,
    selectionScores: job.plan.candidates.map(
      ({ wd, positiveExampleWeightMult }) => selection[place(wd, positiveExampleWeightMult)],
    ),
    outOfFold: measured === undefined ? crossed.scores[best] : undefined,
  };
}

const lowest = (values: readonly number[]): number => values.indexOf(Math.min(...values));

/**
 * A small validation channel cannot tell good penalties apart: of those within one standard error of its best, the one
 * with the lowest out-of-fold loss on the training rows.
 */
function lowestWithin({ selection, errors }: Measured, foldLosses: readonly number[]): number {
  const best = lowest(selection);
  const bar = selection[best] + errors[best];
  return lowest(foldLosses.map((loss, place) => (selection[place] <= bar ? loss : Number.POSITIVE_INFINITY)));
}

/** Lays the finished models side by side, as the candidates are, and measures them together. */
function measurePath(validation: Validation, job: Job, path: readonly Finished[]): Promise<Measured> {
  const d = job.source.featureCount;
  const K = path.length;
  const w = new Float32Array(d * K);
  const b = Float32Array.from(path, ({ model }) => model.b[0]);
  path.forEach(({ model }, k) => {
    for (let j = 0; j < d; j += 1) w[j * K + k] = model.w[j];
  });
  return validation.measure(
    { w, b },
    path.map(({ positiveWeight }) => positiveWeight),
  );
}

function outOfFoldLoss({ reportingLoss, scaler, range }: Job, scores: Float64Array, labels: Float32Array): number {
  let total = 0;
  scores.forEach((standard, row) => {
    const score = standard * scaler.labelDivisor + scaler.labelShift;
    total += reportingLoss!.value(
      range === undefined ? score : Math.min(range.high, Math.max(range.low, score)),
      labels[row],
    );
  });
  return total / scores.length;
}

async function makeModel(
  job: Job,
  chosen: Chosen,
  calibration: RowSource,
  observer: FitObserver,
): Promise<LinearModel> {
  const { settings, plan, outputs, range } = job;
  const binary = settings.predictorType === 'binary_classifier';
  const used = (name: string): boolean => plan.loss === name;
  const model: LinearModel = {
    predictorType: settings.predictorType,
    loss: plan.loss,
    featureCount: job.source.featureCount,
    outputCount: outputs,
    ...foldBack(chosen.model, job.scaler),
    threshold: 0.5,
    ...(range === undefined ? {} : { range }),
    metricsParams: {
      f_beta: settings.predictorType === 'regressor' ? null : settings.fBeta,
      accuracy_top_k: settings.accuracyTopK,
      positive_example_weight_mult: plan.candidates[chosen.candidate].positiveExampleWeightMult,
      class_weights: settings.balanceMulticlassWeights ? Array.from(job.classWeights) : null,
      huber_delta: used('huber_loss') ? settings.huberDelta : null,
      quantile: used('quantile_loss') ? settings.quantile : null,
      margin: used('hinge_loss') ? settings.margin : null,
      loss_insensitivity: plan.loss.startsWith('eps_') ? settings.lossInsensitivity : null,
      eps_insensitive_loss_type: null,
    },
  };
  if (!binary || settings.selection === 'loss_function') return model;
  const link = linkOf(plan.loss);
  const sample =
    chosen.outOfFold === undefined
      ? await calibrationSample(model, calibration, settings.numCalibrationSamples, link)
      : { scores: Float32Array.from(chosen.outOfFold, link), labels: job.held!.labels };
  const cut = bestCut(sample.scores, sample.labels, settings);
  if (!cut.met)
    observer.notice(`No threshold reaches the wanted ${settings.selection.split('_').at(-1)}; the nearest is taken`);
  return { ...model, threshold: Math.fround(cut.threshold) };
}

/** Served scores and labels of the first `rowsMax` rows. */
async function calibrationSample(
  { weights, bias, featureCount: d }: LinearModel,
  source: RowSource,
  rowsMax: number,
  link: (score: number) => number,
): Promise<{ scores: Float32Array; labels: Float32Array }> {
  const scores: number[] = [];
  const labels: number[] = [];
  for await (const block of source.blocks()) {
    for (let row = 0; row < block.rowCount && scores.length < rowsMax; row += 1) {
      let score = bias[0];
      for (let j = 0; j < d; j += 1) score += block.features[row * d + j] * weights[j];
      scores.push(link(score));
      labels.push(block.labels[row]);
    }
    if (scores.length >= rowsMax) break;
  }
  return { scores: Float32Array.from(scores), labels: Float32Array.from(labels) };
}
