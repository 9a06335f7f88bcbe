import { sigmoid } from '../../kernels/index.ts';
import { calibrated, calibratedClasses } from '../calibration/calibration.ts';
import type { Explanations, HeldOutSource } from './document.ts';

/** How far one prediction can be relied on. Members that the model does not keep are left out. */
export interface Trust {
  /** Better than the model's own on rows held out: of class 1, or of each of several classes. */
  probability?: { value: number | number[]; by: string; from: HeldOutSource };
  /** Where the label lies with the probability of the level. */
  interval?: { level: number; low: number; high: number; from: HeldOutSource };
  /** The classes that hold the label with it. */
  set?: { level: number; classes: number[]; from: HeldOutSource };
}

const levelWanted = 0.95;
/**
 * A row's strangeness may equal the radius, and for many rows where scores are few, as those of a single stump are. The radius is
 * kept with ten digits, and scores are sums of single precision: without this hair all rows of such a score would be missed.
 */
const hair = 1 + 1e-5;

/** `scores` are a row's before any link; `prediction` is what a regressor answers. */
export function trustOf(
  { task, calibration, conformal }: Explanations,
  scores: Float64Array,
  prediction: number,
): Trust {
  const trust: Trust = {};
  const isSingle = scores.length === 1;
  if (calibration !== null && task !== 'regression') {
    const { map, from } = calibration;
    const value = isSingle ? calibrated(map, scores[0]) : Array.from(calibratedClasses(map, scores));
    trust.probability = { value, by: map.kind, from };
  }
  const found = quantileOf(conformal);
  if (conformal === null || found === undefined) return trust;
  const { from, kind } = conformal;
  const { level } = found;
  const radius = found.radius * hair;
  if (kind === 'interval') trust.interval = { level, low: prediction - radius, high: prediction + radius, from };
  else {
    const own = isSingle
      ? [sigmoid(-scores[0]), sigmoid(scores[0])]
      : Array.from(calibratedClasses({ kind: 'identity' }, scores));
    trust.set = { level, classes: own.flatMap((probability, k) => (1 - probability <= radius ? [k] : [])), from };
  }
  return trust;
}

/** The wanted level, or the highest below it that the rows were enough for. */
function quantileOf(conformal: Explanations['conformal']): { level: number; radius: number } | undefined {
  let best: { level: number; radius: number } | undefined;
  for (const { level, radius } of conformal?.quantiles ?? [])
    if (radius !== null && level <= levelWanted && level > (best?.level ?? 0)) best = { level, radius };
  return best;
}

export interface Outside {
  feature: number;
  value: number;
  low: number;
  high: number;
}

/** The features of a row whose values lie outside the range of the training rows. */
export function outsideOf({ ranges }: Explanations, read: (feature: number) => number): Outside[] {
  if (ranges === null) return [];
  const found: Outside[] = [];
  for (let feature = 0; feature < ranges.low.length; feature += 1) {
    const [low, high] = [ranges.low[feature], ranges.high[feature]];
    const value = read(feature);
    if (low !== null && high !== null && (value < low || value > high)) found.push({ feature, value, low, high });
  }
  return found;
}
