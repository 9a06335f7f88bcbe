import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LossShape, PlainDesign, PlainSparseDesign, sparseGramFeaturesMax } from '../../kernels/index.ts';
import { seededRandom } from '../rows/random.ts';
import { penaltyOf } from './problem.ts';
import { solve } from './solve.ts';

// Sparse rows of so many features that no gram is made, each against the same rows held densely, which go other ways.

const rowCount = 2600;
const featureCount = sparseGramFeaturesMax + 100;

/** One-hot columns, the first of them frequent and the last rare, and a few numbers. */
function sparseRows() {
  const random = seededRandom(7);
  const rowStart = new Uint32Array(rowCount + 1);
  const columns: number[] = [];
  const values: number[] = [];
  const x = new Float64Array(rowCount * featureCount);
  const weights = Float64Array.from({ length: featureCount }, () => 4 * random() - 2);
  const signal = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const own = new Set<number>();
    while (own.size < 8) own.add(Math.min(featureCount - 1, Math.floor(featureCount ** random()) - 1));
    for (const j of [...own].sort((a, b) => a - b)) {
      const value = j % 3 === 0 ? 2 * random() - 0.5 : 1;
      columns.push(j);
      values.push(value);
      x[row * featureCount + j] = value;
      signal[row] += value * weights[j];
    }
    rowStart[row + 1] = columns.length;
    signal[row] += 2 * (random() + random() - 1);
  }
  const rows = { featureCount, rowStart, columns: Uint32Array.from(columns), values: Float64Array.from(values) };
  return { rows, design: new PlainSparseDesign(rows), dense: new PlainDesign({ x, rowCount, featureCount }), signal };
}

const { rows, design, dense, signal } = sparseRows();
const classes = signal.map((value) => Number(value > 0));
const thirds = signal.map((value) => (value < -1 ? 0 : value < 1 ? 1 : 2));
const cases: { loss: LossShape; labels: Float64Array; wd: number; l1: number }[] = [
  { loss: { kind: 'squared' }, labels: signal, wd: 1e-3, l1: 0 },
  { loss: { kind: 'logistic' }, labels: classes, wd: 1e-3, l1: 0 },
  { loss: { kind: 'softmax', outputs: 3, classWeight: Float64Array.of(1, 2, 1) }, labels: thirds, wd: 1e-2, l1: 0 },
  { loss: { kind: 'squared' }, labels: signal, wd: 0, l1: 1e-3 },
  { loss: { kind: 'logistic' }, labels: classes, wd: 1e-3, l1: 2e-4 },
  { loss: { kind: 'hinge', margin: 1 }, labels: classes, wd: 1e-2, l1: 0 },
  { loss: { kind: 'absolute' }, labels: signal, wd: 1e-2, l1: 0 },
  { loss: { kind: 'quantile', q: 0.9 }, labels: signal, wd: 1e-2, l1: 0 },
  { loss: { kind: 'huber', delta: 0.5 }, labels: signal, wd: 1e-2, l1: 0 },
];

/** The mean loss and the penalty at theta, by their definitions. */
function objectiveAt({ loss, labels, wd, l1 }: (typeof cases)[number], theta: Float64Array): number {
  const K = loss.kind === 'softmax' ? loss.outputs : 1;
  const f = new Float64Array(rowCount * K);
  dense.scores(theta, K, f);
  let total = 0;
  labels.forEach((y, row) => {
    const e = f[row] - y;
    if (loss.kind === 'squared') total += (e * e) / 2;
    if (loss.kind === 'absolute') total += Math.abs(e);
    if (loss.kind === 'quantile') total += e < 0 ? -loss.q * e : (1 - loss.q) * e;
    if (loss.kind === 'huber')
      total += Math.abs(e) < loss.delta ? (e * e) / 2 : loss.delta * (Math.abs(e) - loss.delta / 2);
    if (loss.kind === 'logistic') total += Math.log(1 + Math.exp(y === 1 ? -f[row] : f[row]));
    // Scores are of labels 0 and 1, the middle at 0.5.
    if (loss.kind === 'hinge') total += Math.max(0, loss.margin / 2 - (y === 1 ? f[row] - 0.5 : 0.5 - f[row]));
    if (loss.kind === 'softmax') {
      const all = f.subarray(row * K, row * K + K).reduce((sum, score) => sum + Math.exp(score), 0);
      total += loss.classWeight[y] * (Math.log(all) - f[row * K + y]);
    }
  });
  return total / rowCount + penaltyOf({ ...penalties, design, labels, loss, wd, l1 }, theta);
}

const penalties = { positiveWeight: 1, biasWd: 0, useBias: true };

for (const one of cases) {
  const { loss, labels, wd, l1 } = one;

  test(`${loss.kind}, wd ${wd}, l1 ${l1}: wide sparse rows reach the optimum without a gram`, () => {
    const problem = { ...penalties, labels, loss, wd, l1 };
    const found = solve({ ...problem, design });
    assert.ok(found.certificate.reached, JSON.stringify(found.certificate));
    const value = objectiveAt(one, found.theta);
    assert.ok(Math.abs(value - found.objective) <= 1e-12 * value, `${value} is not ${found.objective}`);
    // No step along a feature or along all of them at random lowers it.
    const random = seededRandom(1);
    for (let trial = 0; trial < 60; trial += 1) {
      const moved = found.theta.slice();
      if (trial < 40) moved[Math.floor(random() * moved.length)] += 0.02 * (random() - 0.5);
      else for (let at = 0; at < moved.length; at += 1) moved[at] *= 1 + 0.02 * (random() - 0.5);
      assert.ok(objectiveAt(one, moved) >= value * (1 - 1e-8));
    }
    if (l1 > 0) assert.ok(found.nonZero < featureCount && found.nonZero > 300, `${found.nonZero} active`);
  });
}

test('wide sparse rows: dense rows find the same weights', () => {
  for (const one of [cases[1], cases[4]]) {
    const problem = { ...penalties, labels: one.labels, loss: one.loss, wd: one.wd, l1: one.l1 };
    const [sparse, other] = [solve({ ...problem, design }), solve({ ...problem, design: dense })];
    assert.ok(Math.abs(sparse.objective - other.objective) <= 1e-8 * other.objective);
    sparse.theta.forEach((value, at) => {
      assert.ok(Math.abs(value - other.theta[at]) < 1e-3, `parameter ${at}: ${value}, ${other.theta[at]}`);
    });
  }
});

test('classes that wide sparse rows part are noticed without penalty', () => {
  const solution = solve({ ...penalties, design, labels: classes, loss: { kind: 'logistic' }, wd: 0, l1: 0 });
  assert.ok(solution.separable, JSON.stringify(solution.certificate));
});

test('squares and columns of a sparse design are those of its rows', () => {
  const c = Float64Array.from({ length: rowCount * 2 }, (_, at) => 1 + (at % 5));
  const squares = new Float64Array((featureCount + 1) * 2);
  design.squares(c, 2, squares);
  const { start, rows, values } = design.columns();
  const picked = design.select(Uint32Array.of(5, 2));
  const f = new Float64Array(rowCount);
  picked.scores(Float64Array.of(0, 1, 0), 1, f);
  for (const j of [0, 2, 17, featureCount - 1]) {
    const column = new Float64Array(rowCount);
    dense.scores(
      Float64Array.from({ length: featureCount + 1 }, (_, at) => Number(at === j)),
      1,
      column,
    );
    for (let k = 0; k < 2; k += 1) {
      const wanted = column.reduce((sum, value, row) => sum + c[row * 2 + k] * value * value, 0);
      assert.ok(Math.abs(squares[j * 2 + k] - wanted) <= 1e-9 * (1 + wanted));
    }
    const seen = new Float64Array(rowCount);
    for (let at = start[j]; at < start[j + 1]; at += 1) seen[rows[at]] = values[at];
    assert.deepEqual(seen, column);
    if (j === 2) assert.deepEqual(f, column);
  }
});

test('a weak l1 on scaled wide sparse rows, nearly separable, is certified', () => {
  const squares = new Float64Array(featureCount);
  rows.columns.forEach((j, at) => {
    squares[j] += rows.values[at] ** 2 / rowCount;
  });
  const scaled = rows.values.map((value, at) => value / Math.sqrt(squares[rows.columns[at]]));
  const l1 = 1e-4;
  const labels = classes;
  const problem = { ...penalties, labels, loss: { kind: 'logistic' } as const, wd: 0, l1 };
  const found = solve({ ...problem, design: new PlainSparseDesign({ ...rows, values: scaled }) });
  assert.ok(found.certificate.reached, JSON.stringify(found.certificate));
  // The optimum's own condition: slopes are l1 against a weight's sign, and no steeper where it is 0.
  const slopes = new Float64Array(featureCount);
  for (let row = 0; row < rowCount; row += 1) {
    let score = found.theta[featureCount];
    for (let at = rows.rowStart[row]; at < rows.rowStart[row + 1]; at += 1) {
      score += scaled[at] * found.theta[rows.columns[at]];
    }
    const slope = (1 / (1 + Math.exp(-score)) - labels[row]) / rowCount;
    for (let at = rows.rowStart[row]; at < rows.rowStart[row + 1]; at += 1) {
      slopes[rows.columns[at]] += scaled[at] * slope;
    }
  }
  slopes.forEach((slope, j) => {
    const weight = found.theta[j];
    const off = weight === 0 ? Math.abs(slope) - l1 : Math.abs(slope + Math.sign(weight) * l1);
    assert.ok(off < 1e-3 * l1, `feature ${j}, weight ${weight}: its slope ${slope} is off by ${off}`);
  });
});
