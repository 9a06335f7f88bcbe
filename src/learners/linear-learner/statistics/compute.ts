import type { RowSource } from '../../../formats/index.ts';
import { NumberList } from '../../metrics/number-list.ts';
import { fitScaler } from '../../rows/scaler.ts';
import type { LinearModel } from '../model.ts';
import type { Prepared } from '../path/prepare.ts';
import type { Breathe, Stopped } from '../path/solve-path.ts';
import type { Job } from '../problem.ts';
import type { Chosen } from '../selection/chosen.ts';
import { rawScores } from '../selection/metrics.ts';
import { baselineOf } from './contributions.ts';
import type { JackknifePlus } from './held-out/conformal.ts';
import { allLevels, withoutQuantiles } from './held-out/conformal.ts';
import { heldOutOf, withMetrics } from './held-out/held-out-rows.ts';
import { calibrateHeldOut } from './held-out/held-out-scores.ts';
import { fitJackknifePlus, type PlusFit } from './held-out/jackknife-plus.ts';
import { infer } from './infer.ts';
import type { Missing } from './missing.ts';
import type { ContributionFacts, HeldOut, Statistics } from './statistics.ts';

export interface StatisticsRequest {
  chosen: Chosen;
  /** The model as it is served, of the columns after expansion. */
  model: LinearModel;
  /** Names of the model's columns. */
  nameOf: (column: number) => string;
  /** The training rows, where they are held. */
  rows: Prepared | undefined;
  rowCount: number;
  validation: RowSource | undefined;
  stopped: Stopped;
  breathe: Breathe | undefined;
}

/** The statistics of a fit; undefined when the job does not ask for them. */
export async function computeStatistics(job: Job, request: StatisticsRequest): Promise<Statistics | undefined> {
  const { statistics, confidenceLevel, compatibility } = job.settings;
  if (statistics === false || (statistics === 'auto' && compatibility === 'amazon')) return undefined;
  const { rows, rowCount, chosen, model, nameOf, stopped, breathe } = request;
  const costMax = statistics === 'auto' ? autoCostMax : askedCostMax;
  await breathe?.();
  const inference = rows === undefined ? notHeld : infer(job, rows, { confidenceLevel, nameOf, costMax, stopped });
  await breathe?.();
  const validated = await validationRows(request);
  const plus =
    rows === undefined || validated !== undefined || model.predictorType !== 'regressor'
      ? undefined
      : await fitJackknifePlus(job, rows, chosen, { levels: allLevels(confidenceLevel), costMax, stopped, breathe });
  const { heldOut, hangs } =
    rows === undefined
      ? { heldOut: notHeld }
      : await heldOutOf(job, rows, { chosen, model, plus, costMax, stopped, breathe });
  await breathe?.();
  const calibrated = calibrateHeldOut(model, validated ?? heldOut, confidenceLevel);
  const isShaky = validated === undefined && hangs === true && !('missing' in calibrated.conformal);
  return {
    rowCount,
    confidenceLevel,
    inference,
    heldOut,
    ...calibrated,
    conformal:
      'missing' in calibrated.conformal
        ? calibrated.conformal
        : {
            ...(isShaky ? withoutQuantiles(calibrated.conformal) : calibrated.conformal),
            ...(plus && { plus: factsOf(plus) }),
          },
    contributions: await contributionFacts(job, model),
  };
}

/** Multiplications that statistics may take: some tenths of a second by default, and a minute where `statistics` is true. */
const autoCostMax = 4e8;
const askedCostMax = 1e11;

const factsOf = (plus: PlusFit | Missing): JackknifePlus | Missing => ('missing' in plus ? plus : plus.plus);

const notHeld: Missing = { missing: 'the training rows are not held in memory' };

/** A validation channel of enough rows is the better measure: no row of it had a part in the weights. */
async function validationRows({ model, validation, stopped }: StatisticsRequest): Promise<HeldOut | undefined> {
  if (validation === undefined || stopped()) return undefined;
  const K = model.outputCount;
  const scores = new NumberList('double');
  const labels = new NumberList('double');
  let rowCount = 0;
  for await (const block of rawScores(model, validation)) {
    const count = Math.min(block.rowCount, validationRowsMax - rowCount);
    for (let row = 0; row < count; row += 1) {
      for (let k = 0; k < K; k += 1) scores.set((rowCount + row) * K + k, block.scores[row * K + k]);
      labels.set(rowCount + row, block.labels[row]);
    }
    rowCount += count;
    if (rowCount === validationRowsMax || stopped()) break;
  }
  if (rowCount < validationRowsMin) return undefined;
  return withMetrics(model, {
    method: 'validation',
    folds: null,
    rows: new Uint32Array(rowCount),
    labels: Float64Array.from(labels.values()),
    scores: Float64Array.from(scores.values()),
  });
}

const validationRowsMin = 100;
const validationRowsMax = 1_000_000;

/** Weights up to which contributions are kept: they take a number each. */
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
        });
  const K = model.outputCount;
  return {
    means: means.slice(),
    baseline: baselineOf(model, means),
    deviations: model.weights.map((weight, at) => Math.abs(weight) * featureStd[Math.floor(at / K)]),
  };
}
