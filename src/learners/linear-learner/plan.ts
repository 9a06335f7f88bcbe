import { portableMath } from '../../kernels/index.ts';
import { lossesOf } from '../losses/index.ts';
import type { Candidate } from './model.ts';
import type { LinearLearnerSettings, LossName } from './settings.ts';

/** The values that the `auto`s of the settings have for this job. */
export interface Plan {
  loss: LossName;
  optimizer: 'adam' | 'sgd' | 'rmsprop';
  momentum: number;
  beta1: number;
  beta2: number;
  biasLrMult: number;
  biasWdMult: number;
  normalizeData: boolean;
  unbiasData: boolean;
  normalizeLabel: boolean;
  unbiasLabel: boolean;
  candidates: readonly Candidate[];
}

/** Resolves every `auto`. Source: the grid and defaults that the original's public logs show. */
export function makePlan(settings: LinearLearnerSettings): Plan {
  const orElse = <Value>(value: Value | 'auto', fallback: Value): Value => (value === 'auto' ? fallback : value);
  const regressor = settings.predictorType === 'regressor';
  const optimizer = orElse(settings.optimizer, 'adam');
  return {
    loss: orElse(settings.loss, lossesOf[settings.predictorType][0]!),
    optimizer,
    momentum: orElse(settings.momentum, 0),
    beta1: orElse(settings.beta1, 0.9),
    beta2: orElse(settings.beta2, 0.999),
    biasLrMult: orElse(settings.biasLrMult, 10),
    biasWdMult: orElse(settings.biasWdMult, 0),
    normalizeData: orElse(settings.normalizeData, true),
    unbiasData: orElse(settings.unbiasData, settings.useBias),
    normalizeLabel: regressor && orElse(settings.normalizeLabel, true),
    unbiasLabel: regressor && orElse(settings.unbiasLabel, settings.useBias),
    candidates: makeCandidates(settings, optimizer),
  };
}

const defaultSteps: readonly number[] = [10, 100];

/** Base learning rates by optimizer: the first is the configuration of candidate 0. */
const learningRates = { adam: [0.005, 0.1], sgd: [0.01, 0.1], rmsprop: [0.005, 0.05] } as const;
const multiclassRates = { adam: [0.02, 0.07], sgd: [0.01, 0.1], rmsprop: [0.005, 0.05] } as const;

/**
 * Those of models that only stream, where a given penalty leaves room for more. Of the first alone fewer models end far from
 * the optimum than of the one above (60 real tables, one model each: 11 instead of 17 more than 2 % above it).
 */
const streamedRates = {
  adam: [0.02, 0.1, 0.005, 0.3],
  sgd: [0.03, 0.1, 0.01, 0.3],
  rmsprop: [0.02, 0.05, 0.005, 0.15],
} as const;
const streamedMulticlassRates = { ...streamedRates, adam: [0.02, 0.07, 0.005, 0.25] } as const;

/** The settings that vary between candidates. */
type Point = Pick<
  Candidate,
  'wd' | 'learningRate' | 'lrSchedulerMinimumLr' | 'lrSchedulerStep' | 'positiveExampleWeightMult'
>;

/**
 * The models trained side by side. Amazon's 32: bit 0 the scheduler's step, bit 1 its floor, bit 2 the learning rate,
 * bits 3 and 4 the weight decay. By default the axis that matters least (the floor) gives way to a path of
 * eight weight decays, because the original's two upper ones (1 and 100) were never chosen in any public job.
 * What the user fixed is fixed in every candidate; candidate 0 is exactly the user's own configuration.
 * Fewer models than the grid holds vary learning rate and weight decay first; more of them make the default grid finer.
 */
function makeCandidates(settings: LinearLearnerSettings, optimizer: Plan['optimizer']): Candidate[] {
  const amazon = settings.compatibility === 'amazon';
  const multiclass = settings.predictorType === 'multiclass_classifier';
  const count = modelCount(settings);
  const axis = (given: number | 'auto', values: readonly number[]): readonly number[] =>
    given === 'auto' ? values : [given];
  const amazonDecays = multiclass ? [1e-4, 1e-3, 1e-2, 1e-1] : [1e-4, 1e-2, 1, 100];
  const decays = axis(settings.wd, amazon ? amazonDecays : weightDecays);
  const manyRates = isOnlyStreamed(settings) && settings.wd !== 'auto';
  const [ofScores, ofClasses] = manyRates ? [streamedRates, streamedMulticlassRates] : [learningRates, multiclassRates];
  const rates = axis(settings.learningRate, (multiclass ? ofClasses : ofScores)[optimizer]);
  const floors = axis(settings.lrSchedulerMinimumLr, amazon ? [1e-5, 1e-4] : [1e-5]);
  const steps = axis(settings.lrSchedulerStep, defaultSteps);
  const weights = positiveWeights(settings);
  const size = decays.length * rates.length * floors.length * steps.length * weights.length;
  const finer = !amazon && settings.numModels !== 'auto' && count > size;
  const ask = finer ? Math.ceil(count / size) : 1;
  const finerDecays = settings.wd === 'auto' ? withMiddles(decays, decays.length * ask) : decays;
  const finerRates =
    settings.wd !== 'auto' && settings.learningRate === 'auto' ? withMiddles(rates, rates.length * ask) : rates;
  const points =
    count < size || finer
      ? pointsSpread(finerDecays, finerRates, floors, steps, weights)
      : pointsInOrder(decays, rates, floors, steps, weights);
  return points.slice(0, count).map((point, index) => ({
    index,
    optimizer,
    l1: settings.l1 === 'auto' ? 0 : settings.l1,
    lrSchedulerFactor: settings.lrSchedulerFactor === 'auto' ? 0.99 : settings.lrSchedulerFactor,
    ...point,
  }));
}

/** Whether the job asks that no model be carried to its optimum. */
export const isOnlyStreamed = ({ compatibility, exact }: LinearLearnerSettings): boolean =>
  compatibility !== 'amazon' && exact === false;

/** The shares of the first rate at which the two default schedules end. */
const lastRateShares = [0.1, 0.01] as const;

/**
 * The candidates with schedules that fit the number of updates, where the job leaves them open: the first of the two default
 * steps becomes the one at which the rate falls to a tenth by the last update, the second to a hundredth.
 */
export function withFittedSchedules(
  settings: LinearLearnerSettings,
  candidates: readonly Candidate[],
  updates: number,
): readonly Candidate[] {
  if (settings.lrSchedulerStep !== 'auto') return candidates;
  return candidates.map((candidate) => {
    const share = lastRateShares[defaultSteps.indexOf(candidate.lrSchedulerStep)];
    const falls = portableMath.log(share) / portableMath.log(candidate.lrSchedulerFactor);
    return { ...candidate, lrSchedulerStep: Math.max(1, Math.round(updates / falls)) };
  });
}

function modelCount({ tuningObjectiveMetric, numModels, predictorType }: LinearLearnerSettings): number {
  if (tuningObjectiveMetric !== '') return 1;
  if (numModels === 'auto') return predictorType === 'multiclass_classifier' ? 28 : 32;
  return Math.max(1, numModels);
}

/** The whole grid by the original's bits: weight decay slowest, scheduler's step fastest. */
function pointsInOrder(
  decays: readonly number[],
  rates: readonly number[],
  floors: readonly number[],
  steps: readonly number[],
  weights: readonly number[],
): Point[] {
  return decays.flatMap((wd) =>
    rates.flatMap((learningRate) =>
      floors.flatMap((lrSchedulerMinimumLr) =>
        steps.flatMap((lrSchedulerStep) =>
          weights.map((positiveExampleWeightMult) => ({
            wd,
            learningRate,
            lrSchedulerMinimumLr,
            lrSchedulerStep,
            positiveExampleWeightMult,
          })),
        ),
      ),
    ),
  );
}

/** The grid with what matters most varying fastest: positive weight, learning rate, weight decay, then the scheduler. */
function pointsSpread(
  decays: readonly number[],
  rates: readonly number[],
  floors: readonly number[],
  steps: readonly number[],
  weights: readonly number[],
): Point[] {
  return floors.flatMap((lrSchedulerMinimumLr) =>
    steps.flatMap((lrSchedulerStep) =>
      decays.flatMap((wd) =>
        rates.flatMap((learningRate) =>
          weights.map((positiveExampleWeightMult) => ({
            wd,
            learningRate,
            lrSchedulerMinimumLr,
            lrSchedulerStep,
            positiveExampleWeightMult,
          })),
        ),
      ),
    ),
  );
}

/** The values and, between neighbours, further ones at equal ratios, until there are at least `count`: the given ones first. */
function withMiddles(values: readonly number[], count: number): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const parts = Math.ceil((count - 1) / (values.length - 1));
  const between = sorted
    .slice(1)
    .flatMap((high, place) =>
      Array.from(
        { length: parts - 1 },
        (_, part) => sorted[place] * portableMath.exp((portableMath.log(high / sorted[place]) * (part + 1)) / parts),
      ),
    );
  return [...values, ...between];
}

/** Weight decays of the default mode: the first is candidate 0's; eight from 1e-5 to 0.3, the usual range of ridge paths. */
const weightDecays = [1e-4, 1e-2, 1e-3, 1e-1, 3e-3, 3e-2, 1e-5, 3e-1];

/** Stands for `balanced` until the labels are counted; see class weights. */
export const balancedMark = -1;
/** Stands for the geometric mean of 1 and balanced. */
export const halfBalancedMark = -2;

function positiveWeights(settings: LinearLearnerSettings): readonly number[] {
  const given = settings.positiveExampleWeightMult;
  if (settings.predictorType !== 'binary_classifier') return [1];
  if (given === 'balanced') return [balancedMark];
  return given === 'auto' ? [1, halfBalancedMark, balancedMark] : [given];
}
