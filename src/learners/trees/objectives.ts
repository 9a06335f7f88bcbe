/** What XGBoost's objectives make of the sums of a row. Every step is one of the library's, in single precision. */
import { DataError } from '../../base/index.ts';
import { expSingle, logSingle } from './float-functions.ts';

export interface Objective {
  /** What an answer is: a number, the probability of class 1, those of all classes, or a class. */
  kind: 'value' | 'probability' | 'probabilities' | 'class';
  /** The sum that stands for an answer: what the model calls `base_score` is one. */
  marginOf(answer: number): number;
  /** Turns the sums of rows into answers, in place; answers how many numbers a row has then, at its beginning. */
  transform(sums: Float32Array, groupCount: number): number;
  /** What XGBoost's exporters and ours call the last step. */
  link: 'identity' | 'logistic' | 'exp' | 'softmax' | 'argmax' | 'step';
}

const same = (answer: number): number => answer;

const each =
  (map: (sum: number) => number): Objective['transform'] =>
  (sums, groupCount) => {
    for (let i = 0; i < sums.length; i++) sums[i] = map(sums[i]!);
    return groupCount;
  };

/** Beyond it expf has no finite answer. */
const exponentMax = Math.fround(88.7);

const sigmoid = (x: number): number => {
  const power = -x < exponentMax ? expSingle(-x) : x < 0 ? expSingle(exponentMax) : Number.NaN;
  return Math.fround(1 / Math.fround(power + 1));
};

const identity: Objective = {
  kind: 'value',
  link: 'identity',
  marginOf: same,
  transform: (_, groupCount) => groupCount,
};

const logistic: Objective = {
  kind: 'probability',
  link: 'logistic',
  marginOf: (answer) => -logSingle(Math.fround(Math.fround(1 / answer) - 1)),
  transform: each(sigmoid),
};

const exponential: Objective = { kind: 'value', link: 'exp', marginOf: logSingle, transform: each(expSingle) };

const hinge: Objective = { kind: 'class', link: 'step', marginOf: same, transform: each((sum) => (sum > 0 ? 1 : 0)) };

const softprob: Objective = {
  kind: 'probabilities',
  link: 'softmax',
  marginOf: same,
  transform(sums, groupCount) {
    for (let start = 0; start < sums.length; start += groupCount) {
      const end = start + groupCount;
      let largest = sums[start]!;
      for (let i = start + 1; i < end; i++) if (sums[i]! > largest) largest = sums[i]!;
      // The library adds in doubles and divides in singles.
      let total = 0;
      for (let i = start; i < end; i++) {
        sums[i] = expSingle(Math.fround(sums[i]! - largest));
        total += sums[i]!;
      }
      const divisor = Math.fround(total);
      for (let i = start; i < end; i++) sums[i] = sums[i]! / divisor;
    }
    return groupCount;
  },
};

const softmax: Objective = {
  kind: 'class',
  link: 'argmax',
  marginOf: same,
  transform(sums, groupCount) {
    for (let start = 0, row = 0; start < sums.length; start += groupCount, row++) {
      let best = 0;
      for (let k = 1; k < groupCount; k++) if (sums[start + k]! > sums[start + best]!) best = k;
      sums[row] = best;
    }
    return 1;
  },
};

const objectives: Readonly<Record<string, Objective>> = {
  'binary:logistic': logistic,
  'binary:logitraw': identity,
  'binary:hinge': hinge,
  'count:poisson': exponential,
  'multi:softmax': softmax,
  'multi:softprob': softprob,
  'rank:map': identity,
  'rank:ndcg': identity,
  'rank:pairwise': identity,
  'reg:absoluteerror': identity,
  'reg:gamma': exponential,
  'reg:linear': identity,
  'reg:logistic': { ...logistic, kind: 'value' },
  'reg:pseudohubererror': identity,
  'reg:quantileerror': identity,
  'reg:squarederror': identity,
  'reg:squaredlogerror': identity,
  'reg:tweedie': exponential,
  'survival:aft': exponential,
  'survival:cox': exponential,
};

/** Throws DataError for an objective that XGBoost does not bring. */
export function objectiveOf(name: string): Objective {
  const found = Object.hasOwn(objectives, name) ? objectives[name] : undefined;
  if (found !== undefined) return found;
  throw new DataError(
    `The model's objective is "${name}"; models of ${Object.keys(objectives).join(', ')} can be scored`,
  );
}
