/** What a reader should know before believing a figure. */
import type { Warning } from './document.ts';
import type { ReportInput } from './input.ts';
import { momentsOf } from './intervals.ts';
import { areaOf, ranked } from './ranked.ts';

/** Rows that columns are compared on, with each other and with the label. */
const comparedRowsMax = 1000;
const heldOutRowsMin = 100;
const classRowsMin = 10;

export function warningsOf(input: ReportInput): Warning[] {
  return [
    ...fewRows(input),
    ...input.warnings,
    ...leakage(input),
    ...labelNoise(input),
    ...shift(input),
    ...collinearity(input),
  ];
}

function* fewRows({ rows, classes, task }: ReportInput): Generator<Warning> {
  const { labels } = rows;
  if (labels.length < heldOutRowsMin)
    yield {
      kind: 'few-rows',
      text: `Only ${labels.length} rows were held out: read the intervals, not the figures`,
    };
  if (task === 'regression') return;
  for (const [label, name] of classes.entries()) {
    const count = labels.filter((value) => value === label).length;
    if (count < classRowsMin)
      yield {
        kind: 'few-rows',
        text: `Only ${count} held-out rows are of class ${name}: what is said of it is uncertain`,
      };
  }
}

const leakingArea = 0.995;
const leakingCorrelation = 0.999;

function* leakage({ task, rows, columns }: ReportInput): Generator<Warning> {
  if (task === 'multiclass' || rows.rowCount < heldOutRowsMin) return;
  const labels = rows.labels.subarray(0, comparedRowsMax);
  for (const { column, name } of columns) {
    const values = rows.column(column).subarray(0, comparedRowsMax);
    if (values.some(Number.isNaN)) continue;
    const alone = task === 'binary' ? areaOf(ranked(values, labels)) : Math.abs(correlation(values, labels));
    const strength = task === 'binary' ? Math.max(alone, 1 - alone) : alone;
    if (strength < (task === 'binary' ? leakingArea : leakingCorrelation)) continue;
    yield {
      kind: 'leakage',
      text: `Column ${name} alone nearly gives the label away (${task === 'binary' ? 'area under the ROC curve' : 'correlation'} ${strength.toPrecision(4)}). Make sure that it is known before what is predicted`,
    };
  }
}

const sure = 0.98;

function* labelNoise({ task, rows, answers }: ReportInput): Generator<Warning> {
  if (task !== 'binary' || !answers.probabilities) return;
  let [count, wrong, expected] = [0, 0, 0];
  rows.labels.forEach((label, row) => {
    const p = answers.scores[row];
    const certainty = Math.max(p, 1 - p);
    if (certainty < sure) return;
    count += 1;
    expected += 1 - certainty;
    if (label !== Number(p > 0.5)) wrong += 1;
  });
  if (wrong < 3 || wrong <= expected + 3 * Math.sqrt(expected)) return;
  yield {
    kind: 'label-noise',
    text: `Of ${count} rows that the model is ${100 * sure} % sure of, ${wrong} have the other label, where ${expected.toPrecision(2)} would be expected: some labels may be wrong, or the model is too sure`,
  };
}

const shiftLevel = 0.001;

/** Columns whose held-out values come from another distribution than those trained on: the test of Kolmogorov and Smirnov. */
function* shift({ rows, trainRows, columns }: ReportInput): Generator<Warning> {
  if (trainRows === undefined) return;
  const found = columns.flatMap(({ column, name }) => {
    const { distance, chance } = twoSamples(trainRows.column(column), rows.column(column));
    return chance < shiftLevel / columns.length ? [{ name, distance }] : [];
  });
  if (found.length === 0) return;
  const [first] = found.sort((a, b) => b.distance - a.distance);
  const others = found.length > 1 ? `, and of ${found.length - 1} more columns` : '';
  yield {
    kind: 'shift',
    text: `Held-out values of column ${first.name}${others} are distributed otherwise than those trained on (distance ${first.distance.toPrecision(2)}, p below ${shiftLevel}): the figures may not hold elsewhere either`,
  };
}

/** The largest distance of the two distributions, and how likely one as large is by chance (asymptotically). */
function twoSamples(one: Float64Array, other: Float64Array): { distance: number; chance: number } {
  const clean = (values: Float64Array): Float64Array => values.filter((value) => !Number.isNaN(value)).sort();
  const [a, b] = [clean(one), clean(other)];
  if (a.length === 0 || b.length === 0) return { distance: 0, chance: 1 };
  let [i, j, distance] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i], b[j]);
    while (a[i] === value) i += 1;
    while (b[j] === value) j += 1;
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length));
  }
  const root = Math.sqrt((a.length * b.length) / (a.length + b.length));
  const lambda = (root + 0.12 + 0.11 / root) * distance;
  let chance = 0;
  for (let k = 1; k <= 100; k += 1) chance += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * lambda * lambda);
  return { distance, chance: lambda < 0.2 ? 1 : Math.min(1, Math.max(0, chance)) };
}

const collinearCorrelation = 0.98;

function* collinearity({ rows, columns }: ReportInput): Generator<Warning> {
  const standard = columns.map(({ column }) => standardised(rows.column(column).subarray(0, comparedRowsMax)));
  const pairs: { a: string; b: string; r: number }[] = [];
  for (let i = 0; i < columns.length; i += 1)
    for (let j = 0; j < i; j += 1) {
      const [x, y] = [standard[i], standard[j]];
      if (x === undefined || y === undefined) continue;
      let sum = 0;
      for (let row = 0; row < x.length; row += 1) sum += x[row] * y[row];
      if (Math.abs(sum) >= collinearCorrelation) pairs.push({ a: columns[j].name, b: columns[i].name, r: sum });
    }
  if (pairs.length === 0) return;
  const [first] = pairs.sort((a, b) => Math.abs(b.r) - Math.abs(a.r));
  const others = pairs.length > 1 ? `, and ${pairs.length - 1} more pairs` : '';
  yield {
    kind: 'collinearity',
    text: `Columns ${first.a} and ${first.b}${others} move together (correlation ${first.r.toFixed(3)}): the model divides what they say between them as it likes, so do not read their coefficients one by one`,
  };
}

/** Of length 1 around 0; undefined where a value is missing or all are equal. */
function standardised(values: Float64Array): Float64Array | undefined {
  const { mean, deviation } = momentsOf(values);
  if (!(deviation > 0)) return undefined;
  const length = deviation * Math.sqrt(values.length - 1);
  return values.map((value) => (value - mean) / length);
}

function correlation(x: Float64Array, y: Float64Array): number {
  const [a, b] = [standardised(x), standardised(y)];
  if (a === undefined || b === undefined) return 0;
  return a.reduce((sum, value, row) => sum + value * b[row], 0);
}
