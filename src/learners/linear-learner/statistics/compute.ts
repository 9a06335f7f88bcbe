import type { RowSource } from '../../../formats/index.ts';
import { FloatList } from '../float-list.ts';
import type { Chosen } from '../judge.ts';
import { rawScores } from '../metrics.ts';
import type { LinearModel } from '../model.ts';
import { alignedScores, spreadOf } from '../path/aligned-scores.ts';
import { crossValidate } from '../path/cross-validate.ts';
import type { Prepared } from '../path/prepare.ts';
import { thetaOf } from '../path/solve-path.ts';
import { heldLabelsOf, type Job } from '../problem.ts';
import { fitScaler } from '../scaler.ts';
import { lossShapeOf } from '../stream/open-ensemble.ts';
import { baselineOf } from './contributions.ts';
import { leaveOneOut } from './held-out.ts';
import { infer } from './infer.ts';
import { judge, metricsOf } from './judge.ts';
import type { ContributionFacts, HeldOut, Missing, Statistics } from './statistics.ts';

export interface StatisticsRequest {
  chosen: Chosen;
  /** As it is served, of the columns after expansion. */
  model: LinearModel;
  /** Names of the model's columns. */
  nameOf: (column: number) => string;
  /** The training rows, where they are held. */
  rows: Prepared | undefined;
  rowCount: number;
  validation: RowSource | undefined;
  stopped: () => boolean;
}

/** What a fit tells of its certainty; undefined when the job does not ask for it. */
export async function computeStatistics(job: Job, request: StatisticsRequest): Promise<Statistics | undefined> {
  const { statistics, confidenceLevel, compatibility } = job.settings;
  if (statistics === false || (statistics === 'auto' && compatibility === 'amazon')) return undefined;
  const { rows, rowCount, model, nameOf, stopped } = request;
  const costMax = statistics === 'auto' ? autoCostMax : askedCostMax;
  const inference = rows === undefined ? notHeld : infer(job, rows, { confidenceLevel, nameOf, costMax, stopped });
  const heldOut = rows === undefined ? notHeld : heldOutOf(job, request, rows, costMax);
  const validated = await validationRows(request);
  return {
    rowCount,
    confidenceLevel,
    inference,
    heldOut,
    ...judge(model, validated ?? heldOut, confidenceLevel),
    contributions: await contributionFacts(job, model),
  };
}

/** Multiplications that statistics may take: some tenths of a second unasked, and a minute where `statistics` is true. */
const autoCostMax = 4e8;
const askedCostMax = 1e11;

const notHeld: Missing = { missing: 'the training rows are not held in memory' };

/** Predictions of the training rows by models that were made without them. */
function heldOutOf(
  job: Job,
  { chosen, model, stopped }: StatisticsRequest,
  rows: Prepared,
  costMax: number,
): HeldOut | Missing {
  const { plan, scaler, outputs, settings } = job;
  const { rowCount: n, featureCount: d } = rows.design;
  if (chosen.solved === undefined) return { missing: 'the model was not solved to its optimum' };
  if (n < heldOutRowsMin) return { missing: `there are ${n} rows` };
  const labels = Float64Array.from(heldLabelsOf(job));
  const raw = (scores: Float64Array): Float64Array =>
    scores.map((score) => score * scaler.labelDivisor + scaler.labelShift);
  const { wd, l1, positiveExampleWeightMult: positiveWeight } = chosen.best;
  const loss = lossShapeOf(job);
  const everyRow = Uint32Array.from(labels.keys());
  const isSmooth = loss.kind === 'squared' || loss.kind === 'logistic' || loss.kind === 'huber';
  const cost = (n * (d + 1) ** 2) / 2;
  if (isSmooth && l1 === 0 && 2 * cost <= costMax) {
    const { useBias } = settings;
    const problem = {
      design: rows.design,
      labels: rows.labels,
      loss,
      positiveWeight,
      wd,
      l1,
      biasWd: wd * plan.biasWdMult,
      useBias,
    };
    const scores = raw(leaveOneOut(problem, thetaOf(chosen.model)));
    return withMetrics(model, { method: 'leave-one-out', folds: null, rows: everyRow, labels, scores });
  }
  const found = chosen.outOfFold;
  if (found !== undefined && found.rows.length === n)
    return withMetrics(model, { method: 'folds', folds: foldCount, rows: everyRow, labels, scores: raw(found.scores) });
  if (foldSteps * foldCount * cost * outputs > costMax)
    return {
      missing: `${foldCount} more fits would take too long${costMax < askedCostMax ? '; statistics=true allows more' : ''}`,
    };
  const plans = { penalties: 1, folds: foldCount, everyFold: true };
  const folded = crossValidate(job, rows, [{ wd, l1, positiveWeight }], plans, stopped);
  if (folded === undefined) return { missing: 'the job was stopped' };
  const theta = thetaOf(chosen.model);
  const { scores } = alignedScores(folded, 0, folded.spreads && spreadOf(rows.design, theta));
  return withMetrics(model, { method: 'folds', folds: foldCount, rows: everyRow, labels, scores: raw(scores) });
}

const heldOutRowsMin = 10;
const foldCount = 5;
/** Grams that one fit takes, about. */
const foldSteps = 12;

const withMetrics = (model: LinearModel, heldOut: Omit<HeldOut, 'metrics' | 'rowCount'>): HeldOut => ({
  ...heldOut,
  rowCount: heldOut.rows.length,
  metrics: metricsOf(model, heldOut),
});

/** A validation channel of enough rows is the better judge: no row of it had a part in the weights. */
async function validationRows({ model, validation, stopped }: StatisticsRequest): Promise<HeldOut | undefined> {
  if (validation === undefined || stopped()) return undefined;
  const K = model.outputCount;
  const scores = new FloatList();
  const labels = new FloatList();
  let rowCount = 0;
  for await (const block of rawScores(model, validation)) {
    const count = Math.min(block.rowCount, judgedRowsMax - rowCount);
    for (let row = 0; row < count; row += 1) {
      for (let k = 0; k < K; k += 1) scores.set((rowCount + row) * K + k, block.scores[row * K + k]);
      labels.set(rowCount + row, block.labels[row]);
    }
    rowCount += count;
    if (rowCount === judgedRowsMax || stopped()) break;
  }
  if (rowCount < judgedRowsMin) return undefined;
  return withMetrics(model, {
    method: 'validation',
    folds: null,
    rows: new Uint32Array(rowCount),
    labels: Float64Array.from(labels.values()),
    scores: Float64Array.from(scores.values()),
  });
}

const judgedRowsMin = 100;
const judgedRowsMax = 1_000_000;

/** Weights up to which contributions are told: they take a number each. */
const contributionsMax = 100_000;

/** Means over all held rows; over the scaler's sample of a stream. */
async function contributionFacts(job: Job, model: LinearModel): Promise<ContributionFacts | Missing> {
  if (model.weights.length > contributionsMax) return { missing: `there are more than ${contributionsMax} weights` };
  const { held, heldSparse, source, plan, batchSize, scaler } = job;
  const all = (held ?? heldSparse)?.rowCount ?? scaler.rowCount;
  const { featureMean: means, featureStd } =
    all === scaler.rowCount
      ? scaler
      : await fitScaler(source, plan, {
          pointCount: all,
          batchSize,
          wholeBatches: false,
          doubles: held?.doubles,
        });
  const K = model.outputCount;
  return {
    means: means.slice(),
    baseline: baselineOf(model, means),
    deviations: model.weights.map((weight, at) => Math.abs(weight) * featureStd[Math.floor(at / K)]),
  };
}
