import { PlainDesign, sigmoid } from '../../kernels/index.ts';
import { permutation, seededRandom } from '../rows/random.ts';
import { solve } from '../solvers/solve.ts';

/** A map from a classifier's raw score to the probability of class 1 fitted on held-out rows. */
export type CalibrationMap =
  /** The model's own link. */
  | { kind: 'identity' }
  /** sigmoid(slope s + intercept). Source: J. Platt (1999). */
  | { kind: 'platt'; slope: number; intercept: number }
  /**
   * sigmoid(a log p - b log(1 - p) + c), p the model's own probability. Source: M. Kull, T. Silva Filho and P. Flach,
   * AISTATS 2017.
   */
  | { kind: 'beta'; a: number; b: number; c: number }
  /** Straight between the points, and flat beyond: rising steps of pooled rows. Source: B. Zadrozny and C. Elkan (2002). */
  | { kind: 'isotonic'; scores: readonly number[]; probabilities: readonly number[] }
  /** softmax(s / temperature), for several classes. Source: C. Guo et al., ICML 2017. */
  | { kind: 'temperature'; temperature: number };

export interface Calibration {
  /** The map with the lowest held-out log-loss. */
  map: CalibrationMap;
  /** Mean log-loss of rows that had no part in each map, by five folds of the held-out rows. */
  logLosses: Readonly<Record<string, number>>;
  /** Mean squared difference of probability and label, by the map. */
  brier: number;
  /** Rows by the model's own probability, in bins of equal numbers: predicted and observed share. For binary classifiers. */
  reliability: readonly { predicted: number; observed: number; rowCount: number }[];
}

/** Probability of class 1 of a raw score (before the link). `linked` says that the model's own link is the logistic one. */
export function calibrated(map: CalibrationMap, score: number): number {
  switch (map.kind) {
    case 'platt':
      return sigmoid(map.slope * score + map.intercept);
    case 'beta':
      return sigmoid(map.a * logSigmoid(score) - map.b * logSigmoid(-score) + map.c);
    case 'isotonic':
      return between(map.scores, map.probabilities, score);
    default:
      return sigmoid(score);
  }
}

/** Probabilities of all classes from one row's raw scores. */
export function calibratedClasses(map: CalibrationMap, scores: ArrayLike<number>): Float64Array {
  const temperature = map.kind === 'temperature' ? map.temperature : 1;
  const shares = Float64Array.from(scores, (score) => score / temperature);
  let most = Number.NEGATIVE_INFINITY;
  for (const share of shares) most = Math.max(most, share);
  let sum = 0;
  for (let k = 0; k < shares.length; k += 1) {
    shares[k] = Math.exp(shares[k] - most);
    sum += shares[k];
  }
  return shares.map((share) => share / sum);
}

/** Chooses a map for scores of rows that had no part in the model, with labels 0 and 1. */
export function calibrateBinary(scores: Float64Array, labels: Float64Array, linked: boolean): Calibration {
  const makers: Makers = {
    ...(linked && { identity: () => ({ kind: 'identity' }) as const }),
    platt: plattOf,
    ...(linked && { beta: betaOf }),
    ...(scores.length >= isotonicRowsMin && { isotonic: isotonicOf }),
  };
  const { map, logLosses } = chosenOf(makers, scores, labels, 1, (each, own, label) =>
    lossOf(calibrated(each, own[0]), label),
  );
  let brier = 0;
  scores.forEach((score, row) => {
    brier += (calibrated(map, score) - labels[row]) ** 2;
  });
  const own = linked ? map0 : map;
  return { map, logLosses, brier: brier / scores.length, reliability: reliabilityOf(own, scores, labels) };
}

const map0: CalibrationMap = { kind: 'identity' };

/** The same for rows x K scores and classes from 0. */
export function calibrateClasses(scores: Float64Array, labels: Float64Array, K: number): Calibration {
  const makers: Makers = { identity: () => map0, temperature: (some, of) => temperatureOf(some, of, K) };
  const { map, logLosses } = chosenOf(
    makers,
    scores,
    labels,
    K,
    (each, own, label) => -Math.log(Math.max(calibratedClasses(each, own)[label], leastProbability)),
  );
  let brier = 0;
  for (let row = 0; row < labels.length; row += 1) {
    calibratedClasses(map, scores.subarray(row * K, (row + 1) * K)).forEach((probability, k) => {
      brier += (probability - (k === labels[row] ? 1 : 0)) ** 2;
    });
  }
  return { map, logLosses, brier: brier / labels.length, reliability: [] };
}

/** The fewest rows for steps: with fewer they are noise. */
const isotonicRowsMin = 1000;
const leastProbability = 1e-15;

type Makers = Readonly<Record<string, (scores: Float64Array, labels: Float64Array) => CalibrationMap>>;

const lossOf = (probability: number, label: number): number =>
  -Math.log(Math.max(leastProbability, label === 1 ? probability : 1 - probability));

const foldCount = 5;

/** Rows that choose and fit a map; more would change no digit that matters. */
const chosenRowsMax = 20_000;

function chosenOf(
  makers: Makers,
  allScores: Float64Array,
  allLabels: Float64Array,
  K: number,
  loss: (map: CalibrationMap, scores: Float64Array, label: number) => number,
): { map: CalibrationMap; logLosses: Record<string, number> } {
  const every = Math.ceil(allLabels.length / chosenRowsMax);
  const { scores, labels } = pick(allScores, allLabels, K, (row) => row % every === 0);
  const n = labels.length;
  const order = permutation(n, seededRandom(1)).sort((a, b) => labels[a] - labels[b]);
  const fold = new Uint8Array(n);
  order.forEach((row, place) => {
    fold[row] = place % foldCount;
  });
  const logLosses: Record<string, number> = {};
  let best = '';
  for (const [name, make] of Object.entries(makers)) {
    let total = 0;
    for (let part = 0; part < foldCount; part += 1) {
      const kept = pick(scores, labels, K, (row) => fold[row] !== part);
      const map = make(kept.scores, kept.labels);
      const left = pick(scores, labels, K, (row) => fold[row] === part);
      left.labels.forEach((label, at) => {
        total += loss(map, left.scores.subarray(at * K, (at + 1) * K), label);
      });
    }
    logLosses[name] = total / n;
    if (best === '' || logLosses[name] < logLosses[best]) best = name;
  }
  return { map: makers[best](scores, labels), logLosses };
}

function pick(scores: Float64Array, labels: Float64Array, K: number, wanted: (row: number) => boolean) {
  let count = 0;
  const places = new Uint32Array(labels.length);
  for (let row = 0; row < labels.length; row += 1) {
    if (!wanted(row)) continue;
    places[count] = row;
    count += 1;
  }
  const rows = places.subarray(0, count);
  const some = new Float64Array(rows.length * K);
  rows.forEach((row, at) => {
    some.set(scores.subarray(row * K, (row + 1) * K), at * K);
  });
  return { scores: some, labels: Float64Array.from(rows, (row) => labels[row]) };
}

const logSigmoid = (score: number): number =>
  score >= 0 ? -Math.log1p(Math.exp(-score)) : score - Math.log1p(Math.exp(score));

/** Scores that separate all rows would have an infinite slope. */
const slopePenalty = 1e-6;

function plattOf(scores: Float64Array, labels: Float64Array): CalibrationMap {
  const [slope, intercept] = logisticFit([scores], labels);
  return { kind: 'platt', slope, intercept };
}

function betaOf(scores: Float64Array, labels: Float64Array): CalibrationMap {
  const columns = [scores.map(logSigmoid), scores.map((score) => -logSigmoid(-score))];
  const [a, b, c] = logisticFit(columns, labels);
  if (a >= 0 && b >= 0) return { kind: 'beta', a, b, c };
  // The map must rise: the exponent that would make it fall is left out.
  const kept = a < 0 ? 1 : 0;
  const [only, intercept] = logisticFit([columns[kept]], labels);
  const rising = Math.max(0, only);
  return { kind: 'beta', a: kept === 0 ? rising : 0, b: kept === 1 ? rising : 0, c: intercept };
}

/** Coefficients of the columns and, last, the intercept. */
function logisticFit(columns: readonly Float64Array[], labels: Float64Array): Float64Array {
  const d = columns.length;
  const rowCount = labels.length;
  const x = new Float64Array(rowCount * d);
  columns.forEach((column, j) => {
    for (let row = 0; row < rowCount; row += 1) x[row * d + j] = column[row];
  });
  return solve({
    design: new PlainDesign({ x, rowCount, featureCount: d }),
    labels,
    loss: { kind: 'logistic' },
    positiveWeight: 1,
    wd: slopePenalty,
    l1: 0,
    biasWd: 0,
    useBias: true,
  }).theta;
}

/**
 * Pools neighbours until the shares of class 1 rise (M. Ayer et al. 1955). Pools of few rows join the next, and half a row of
 * each class is added to each: a pool of one row at the end would say 0 or 1.
 */
function isotonicOf(scores: Float64Array, labels: Float64Array): CalibrationMap {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b]);
  const pools: Pool[] = [];
  for (const row of order) {
    pools.push({ from: scores[row], to: scores[row], ones: labels[row], count: 1 });
    while (pools.length > 1) {
      const [before, last] = pools.slice(-2);
      if (before.to < last.from && before.ones * last.count < last.ones * before.count) break;
      pools.pop();
      before.to = last.to;
      before.ones += last.ones;
      before.count += last.count;
    }
  }
  const points = joined(pools, Math.sqrt(labels.length)).flatMap(({ from, to, ones, count }) => {
    const probability = (ones + 0.5) / (count + 1);
    return from === to
      ? [[from, probability]]
      : [
          [from, probability],
          [to, probability],
        ];
  });
  let highest = 0;
  return {
    kind: 'isotonic',
    scores: points.map(([score]) => score),
    // The half rows may turn the order of small pools around.
    probabilities: points.map(([, probability]) => {
      highest = Math.max(highest, probability);
      return highest;
    }),
  };
}

interface Pool {
  from: number;
  to: number;
  ones: number;
  count: number;
}

/** Neighbours together until each has so many rows. */
function joined(pools: readonly Pool[], rowCountMin: number): Pool[] {
  const large: Pool[] = [];
  let open: Pool | undefined;
  for (const pool of pools) {
    open =
      open === undefined
        ? { ...pool }
        : { from: open.from, to: pool.to, ones: open.ones + pool.ones, count: open.count + pool.count };
    if (open.count < rowCountMin) continue;
    large.push(open);
    open = undefined;
  }
  const last = large.at(-1);
  if (open === undefined) return large;
  if (last === undefined) return [open];
  last.to = open.to;
  last.ones += open.ones;
  last.count += open.count;
  return large;
}

function between(xs: readonly number[], ys: readonly number[], x: number): number {
  if (x <= xs[0]) return ys[0];
  if (x >= xs[xs.length - 1]) return ys[ys.length - 1];
  let low = 0;
  let high = xs.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  const width = xs[high] - xs[low];
  return width === 0 ? ys[high] : ys[low] + ((x - xs[low]) / width) * (ys[high] - ys[low]);
}

/** Minimises the log-loss over 1 / temperature, which is convex, by Newton's method. */
function temperatureOf(scores: Float64Array, labels: Float64Array, K: number): CalibrationMap {
  const n = labels.length;
  let inverse = 1;
  for (let step = 0; step < 50; step += 1) {
    let slope = 0;
    let bend = 0;
    for (let row = 0; row < n; row += 1) {
      const own = scores.subarray(row * K, (row + 1) * K);
      const shares = calibratedClasses({ kind: 'temperature', temperature: 1 / inverse }, own);
      let mean = 0;
      let square = 0;
      for (let k = 0; k < K; k += 1) {
        mean += shares[k] * own[k];
        square += shares[k] * own[k] * own[k];
      }
      slope += mean - own[labels[row]];
      bend += square - mean * mean;
    }
    if (bend <= 0) break;
    const next = Math.min(inverse * 4, Math.max(inverse / 4, inverse - slope / bend));
    const done = Math.abs(next - inverse) <= 1e-12 * inverse;
    inverse = next;
    if (done) break;
    // All labels have the highest score, so any larger factor would be better.
    if (inverse > 1e3) break;
  }
  return { kind: 'temperature', temperature: 1 / inverse };
}

const binsMax = 10;

function reliabilityOf(own: CalibrationMap, scores: Float64Array, labels: Float64Array) {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b]);
  const bins = Math.min(binsMax, Math.max(1, Math.floor(order.length / 20)));
  return Array.from({ length: bins }, (_, bin) => {
    const rows = order.subarray(Math.floor((bin * order.length) / bins), Math.floor(((bin + 1) * order.length) / bins));
    let predicted = 0;
    let observed = 0;
    for (const row of rows) {
      predicted += calibrated(own, scores[row]);
      observed += labels[row];
    }
    return { predicted: predicted / rows.length, observed: observed / rows.length, rowCount: rows.length };
  });
}
