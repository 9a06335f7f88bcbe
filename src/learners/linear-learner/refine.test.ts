import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lossOf, makeRounded } from './losses/index.ts';
import { sigmoid } from './losses/logistic.ts';
import { seededRandom } from './random.ts';
import { type Problem, refine } from './refine.ts';
import type { LossName } from './settings.ts';

const d = 4;
const rowCount = 203;
const random = seededRandom(11);
const x = Float32Array.from({ length: rowCount * d }, () => 4 * random() - 2);
const signal = Float64Array.from({ length: rowCount }, (_, row) => x[row * d] - 2 * x[row * d + 1] + 0.5);
const numbers = Float32Array.from(signal, (value) => value + 2 * random() - 1);
const classes = Float32Array.from(signal, (value) => (value + 3 * random() - 1.5 > 0 ? 1 : 0));

const parameters = { margin: 1, quantile: 0.8, lossInsensitivity: 0.2, huberDelta: 0.5 };
const problemOf = (name: LossName, changes: Partial<Problem> = {}): Problem => ({
  x,
  labels: name === 'logistic' || name === 'hinge_loss' ? classes : numbers,
  rowCount,
  featureCount: d,
  positiveWeight: 1,
  loss: lossOf(name, parameters),
  wd: 0.01,
  biasWd: 0,
  useBias: true,
  widths: [1, 0.1, 0.01, 0.001],
  ...changes,
});
const start = () => ({ w: new Float64Array(d), b: new Float64Array(1) });

/** Mean loss plus penalty, of what is descended, by its definition. */
function objective({ loss, labels, positiveWeight, wd, biasWd }: Problem, w: Float64Array, b: number): number {
  const out = makeRounded();
  let total = 0;
  labels.forEach((label, row) => {
    const score = w.reduce((sum, weight, j) => sum + weight * x[row * d + j], b);
    loss.rounded(score, label, 1e-9, out);
    total += (label === 1 ? positiveWeight : 1) * out.value;
  });
  return total / rowCount + (wd * w.reduce((sum, weight) => sum + weight ** 2, 0) + biasWd * b * b) / 2;
}

test('Ridge regression is solved to its closed form', () => {
  for (const [wd, biasWd] of [
    [0, 0],
    [0.3, 0],
    [0.3, 0.7],
  ] as const) {
    const { w, b } = refine(problemOf('squared_loss', { wd, biasWd, labels: numbers }), start());
    const expected = ridge(wd, biasWd);
    [...w, b[0]].forEach((value, at) => {
      assert.ok(Math.abs(value - expected[at]) < 1e-7, `parameter ${at}: ${value}, not ${expected[at]}`);
    });
  }
});

test('Logistic regression ends where its gradient is zero, with weights and penalties in it', () => {
  for (const [positiveWeight, biasWd] of [
    [1, 0],
    [5, 0.2],
  ] as const) {
    const problem = problemOf('logistic', { positiveWeight, biasWd });
    const { w, b } = refine(problem, start());
    const gradient = new Float64Array(d + 1);
    for (let row = 0; row < rowCount; row += 1) {
      const score = w.reduce((sum, weight, j) => sum + weight * x[row * d + j], b[0]);
      const slope = ((classes[row] === 1 ? positiveWeight : 1) * (sigmoid(score) - classes[row])) / rowCount;
      for (let j = 0; j < d; j += 1) gradient[j] += slope * x[row * d + j];
      gradient[d] += slope;
    }
    w.forEach((weight, j) => {
      gradient[j] += problem.wd * weight;
    });
    gradient[d] += biasWd * b[0];
    assert.ok(Math.hypot(...gradient) < 1e-6, `gradient ${gradient}`);
  }
});

for (const name of [
  'absolute_loss',
  'quantile_loss',
  'huber_loss',
  'eps_insensitive_absolute_loss',
  'eps_insensitive_squared_loss',
  'hinge_loss',
  'logistic',
  'squared_loss',
] as const) {
  test(`No step in any direction lowers the objective of ${name} from where it is solved to`, () => {
    const problem = problemOf(name);
    const { w, b } = refine(problem, start());
    const value = objective(problem, w, b[0]);
    const steps = seededRandom(3);
    for (let trial = 0; trial < 200; trial += 1) {
      const size = 10 ** -(1 + 3 * steps());
      const moved = w.map((weight) => weight + size * (2 * steps() - 1));
      assert.ok(objective(problem, moved, b[0] + size * (2 * steps() - 1)) >= value - 1e-4, `a step of ${size}`);
    }
  });
}

test('Under the weakest penalties a loss with kinks still comes to its dual within the width of its bend', () => {
  // Hinge of margin 1, labels 0 and 1: the dual value of slopes a is -mean(a y) - |mean(a x)|^2 / (2 wd) when there is no
  // intercept. The columns of this table are nearly copies of each other, and its classes nearly separable.
  const file = new URL('../../../../samples/datasets/tabular/breast_cancer/wdbc.csv', import.meta.url);
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((_, at) => at % 5 !== 4)
    .map((line) => line.split(','));
  const [rows, columns] = [lines.length, 30];
  const labels = Float32Array.from(lines, (line) => (line[1] === 'M' ? 1 : 0));
  const cells = new Float32Array(rows * columns);
  for (let j = 0; j < columns; j += 1) {
    const values = lines.map((line) => Number(line[j + 2]));
    const mean = values.reduce((sum, value) => sum + value, 0) / rows;
    const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
    for (let row = 0; row < rows; row += 1) cells[row * columns + j] = (values[row] - mean) / std;
  }
  const loss = lossOf('hinge_loss', parameters);
  for (const wd of [1e-3, 1e-5]) {
    const problem = problemOf('hinge_loss', {
      x: cells,
      labels,
      rowCount: rows,
      featureCount: columns,
      wd,
      useBias: false,
    });
    const { w } = refine(problem, { w: new Float64Array(columns), b: new Float64Array(1) });
    const mean = new Float64Array(columns);
    const out = makeRounded();
    let primal = 0;
    let dual = 0;
    for (let row = 0; row < rows; row += 1) {
      const score = w.reduce((sum, weight, j) => sum + weight * cells[row * columns + j], 0);
      loss.rounded(score, labels[row], 0.001, out);
      primal += loss.value(score, labels[row]) / rows;
      dual -= (out.slope * labels[row]) / rows;
      for (let j = 0; j < columns; j += 1) mean[j] += (out.slope * cells[row * columns + j]) / rows;
    }
    primal += (wd / 2) * w.reduce((sum, weight) => sum + weight ** 2, 0);
    dual -= mean.reduce((sum, value) => sum + value ** 2, 0) / (2 * wd);
    assert.ok(primal - dual >= -1e-12 && primal - dual < 1e-3, `wd ${wd}: ${primal} against ${dual}`);
  }
});

test('Without an intercept it stays zero and the weights still reach their optimum', () => {
  const { w, b } = refine(problemOf('squared_loss', { useBias: false }), start());
  assert.equal(b[0], 0);
  for (let j = 0; j < d; j += 1) {
    let slope = 0.01 * w[j];
    for (let row = 0; row < rowCount; row += 1) {
      const e = w.reduce((sum, weight, i) => sum + weight * x[row * d + i], 0) - numbers[row];
      slope += (e * x[row * d + j]) / rowCount;
    }
    assert.ok(Math.abs(slope) < 1e-7);
  }
});

test('Two equal columns and separable classes still give finite weights', () => {
  const twice = x.slice();
  for (let row = 0; row < rowCount; row += 1) twice[row * d + 2] = twice[row * d];
  const separable = Float32Array.from(
    x.filter((_, at) => at % d === 0),
    (value) => (value > 0 ? 1 : 0),
  );
  for (const wd of [0, 1e-5]) {
    const { w, b } = refine(problemOf('logistic', { x: twice, labels: separable, wd }), start());
    assert.ok([...w, ...b].every(Number.isFinite));
    assert.ok(Math.abs(w[0] - w[2]) < 1e-3 * Math.abs(w[0]), 'equal columns share the weight');
  }
});

test('A solver that is told to stop does so before its next step', () => {
  let looks = 0;
  const early = refine(problemOf('logistic'), start(), () => {
    looks += 1;
    return looks > 1;
  });
  const whole = refine(problemOf('logistic'), start());
  assert.notDeepEqual(early, whole);
  assert.ok(looks <= 3);
});

/** (XT X / n + wd I) w = XT y / n with an intercept, by elimination. */
function ridge(wd: number, biasWd: number): number[] {
  const size = d + 1;
  const cell = (row: number, j: number): number => (j < d ? x[row * d + j] : 1);
  const rows = Array.from({ length: size }, (_, i) => {
    const line = new Array<number>(size + 1).fill(0);
    for (let row = 0; row < rowCount; row += 1) {
      for (let j = 0; j < size; j += 1) line[j] += (cell(row, i) * cell(row, j)) / rowCount;
      line[size] += (cell(row, i) * numbers[row]) / rowCount;
    }
    line[i] += i < d ? wd : biasWd;
    return line;
  });
  for (let i = 0; i < size; i += 1) {
    for (let other = 0; other < size; other += 1) {
      if (other === i) continue;
      const factor = rows[other][i] / rows[i][i];
      for (let j = i; j <= size; j += 1) rows[other][j] -= factor * rows[i][j];
    }
  }
  return rows.map((line, i) => line[size] / line[i]);
}
