import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LossShape, outputsOf, PlainDesign } from '../../kernels/index.ts';
import { seededRandom } from '../rows/random.ts';
import type { ExactProblem, Solution } from './problem.ts';
import { solve } from './solve.ts';

// The objective is written down here once more, by definition, and no change of a solution may lower it.

const lossesOfNumbers: LossShape[] = [
  { kind: 'squared' },
  { kind: 'absolute' },
  { kind: 'quantile', q: 0.8 },
  { kind: 'huber', delta: 0.5 },
  { kind: 'huber', delta: 0.001 },
  { kind: 'epsilon-absolute', epsilon: 0.2 },
  { kind: 'epsilon-absolute', epsilon: 0 },
  { kind: 'epsilon-squared', epsilon: 0.2 },
  { kind: 'epsilon-squared', epsilon: 0 },
];
const lossesOfClasses: LossShape[] = [
  { kind: 'logistic' },
  { kind: 'hinge', margin: 1 },
  { kind: 'hinge', margin: 0 },
  { kind: 'bounded-absolute', low: 0, high: 1 },
  { kind: 'softmax', outputs: 2, classWeight: Float64Array.of(1, 2) },
];

function lossOf(loss: LossShape, f: Float64Array, y: number): number {
  const e = f[0] - y;
  switch (loss.kind) {
    case 'squared':
      return e ** 2 / 2;
    case 'absolute':
      return Math.abs(e);
    case 'quantile':
      return e < 0 ? -loss.q * e : (1 - loss.q) * e;
    case 'huber':
      return Math.abs(e) <= loss.delta ? e ** 2 / 2 : loss.delta * (Math.abs(e) - loss.delta / 2);
    case 'epsilon-absolute':
      return Math.max(0, Math.abs(e) - loss.epsilon);
    case 'epsilon-squared':
      return Math.max(0, e ** 2 - loss.epsilon ** 2) / 2;
    case 'logistic':
      return Math.max(0, f[0]) + Math.log1p(Math.exp(-Math.abs(f[0]))) - y * f[0];
    case 'hinge':
      return Math.max(0, y === 1 ? (loss.margin + 1) / 2 - f[0] : (loss.margin - 1) / 2 + f[0]);
    case 'bounded-absolute':
      return Math.max(0, y > (loss.low + loss.high) / 2 ? loss.high - f[0] : f[0] - loss.low);
    case 'softmax': {
      const highest = Math.max(...f);
      const sum = f.reduce((total, value) => total + Math.exp(value - highest), 0);
      return loss.classWeight[y] * (highest + Math.log(sum) - f[y]);
    }
    default:
      throw new Error('No formula of this loss is written here');
  }
}

function objectiveOf(problem: ExactProblem, x: Float64Array, theta: Float64Array): number {
  const { loss, labels, design, positiveWeight, wd, l1, biasWd } = problem;
  const K = outputsOf(loss);
  const { rowCount: n, featureCount: d } = design;
  let total = 0;
  const f = new Float64Array(K);
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < K; k += 1) {
      f[k] = theta[d * K + k];
      for (let j = 0; j < d; j += 1) f[k] += x[i * d + j] * theta[j * K + k];
    }
    total += (loss.kind !== 'softmax' && labels[i] === 1 ? positiveWeight : 1) * lossOf(loss, f, labels[i]);
  }
  let penalty = 0;
  theta.forEach((value, at) => {
    penalty += at < d * K ? (wd / 2) * value ** 2 + l1 * Math.abs(value) : (biasWd / 2) * value ** 2;
  });
  return total / n + penalty;
}

interface Rows {
  x: Float64Array;
  rowCount: number;
  featureCount: number;
  numbers: Float64Array;
  classes: Float64Array;
}

function rowsOf(rowCount: number, featureCount: number, seed: number): Rows {
  const random = seededRandom(seed);
  const x = Float64Array.from({ length: rowCount * featureCount }, () => 2 * random() - 1);
  const signal = Float64Array.from({ length: rowCount }, (_, row) => 2 * x[row * featureCount] + random() - 0.5);
  return {
    x,
    rowCount,
    featureCount,
    numbers: signal.map((value) => value + 2 * random() - 1),
    classes: signal.map((value) => Number(value + 3 * random() - 1.5 > 0)),
  };
}

const problemOf = (rows: Rows, loss: LossShape, changes: Partial<ExactProblem> = {}): ExactProblem => ({
  design: new PlainDesign(rows),
  labels: lossesOfClasses.includes(loss) ? rows.classes : rows.numbers,
  loss,
  positiveWeight: 1,
  wd: 0,
  l1: 0,
  biasWd: 0,
  useBias: true,
  ...changes,
});

/** Neither steps along one parameter nor random ones lower the objective by more than a share of it. */
function assertLowest(problem: ExactProblem, rows: Rows, { theta, objective }: Solution, share: number): void {
  const here = objectiveOf(problem, rows.x, theta);
  assert.ok(Math.abs(here - objective) <= 1e-12 * Math.max(1, here), `${objective} is the objective ${here}`);
  const random = seededRandom(5);
  const free = problem.useBias ? theta.length : theta.length - outputsOf(problem.loss);
  const allowed = share * Math.max(here, 1e-3);
  for (const size of [1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5]) {
    for (let at = 0; at < free + 12; at += 1) {
      for (const side of [size, -size]) {
        const moved = theta.map((value, place) => {
          if (place >= free) return value;
          if (at < free) return place === at ? value + side : value;
          return value + side * (2 * random() - 1);
        });
        const there = objectiveOf(problem, rows.x, moved);
        assert.ok(there >= here - allowed, `a step of ${side} lowers ${here} by ${here - there}`);
      }
    }
  }
}

const penalties: Partial<ExactProblem>[] = [
  { wd: 0.01 },
  { l1: 0.02 },
  { wd: 0.01, l1: 0.02, biasWd: 0.05, positiveWeight: 3 },
  { wd: 1e-6, l1: 1e-6, useBias: false },
];

for (const loss of [...lossesOfNumbers, ...lossesOfClasses]) {
  const name = JSON.stringify(loss);

  test(`${name}: solutions are certified, and nothing lowers their objective`, () => {
    const rows = rowsOf(120, 6, 3);
    for (const penalty of [{}, ...penalties]) {
      const problem = problemOf(rows, loss, penalty);
      const solution = solve(problem);
      assert.ok(solution.certificate.reached, JSON.stringify({ penalty, ...solution }));
      assertLowest(problem, rows, solution, 1e-8);
      if (!problem.useBias) assert.equal(solution.theta.at(-1), 0);
      const other = solve(problem, { start: solution.theta.map((value, at) => value + Math.sin(at)) });
      assert.ok(Math.abs(other.objective - solution.objective) <= 3e-8 * Math.max(solution.objective, 1e-6));
    }
  });

  test(`${name}: more features than rows, constant, double and empty columns are no hindrance`, () => {
    const wide = rowsOf(9, 14, 4);
    const odd = rowsOf(80, 5, 5);
    for (let row = 0; row < odd.rowCount; row += 1) {
      odd.x[row * 5 + 1] = odd.x[row * 5];
      odd.x[row * 5 + 2] = 0;
      odd.x[row * 5 + 3] = 1;
    }
    for (const rows of [wide, odd]) {
      for (const penalty of penalties) {
        const problem = problemOf(rows, loss, penalty);
        const solution = solve(problem);
        assert.ok(solution.theta.every(Number.isFinite));
        assert.ok(solution.certificate.reached, JSON.stringify({ penalty, ...solution }));
        assertLowest(problem, rows, solution, 2e-8);
      }
      const free = solve(problemOf(rows, loss));
      assert.ok(free.theta.every(Number.isFinite) && Number.isFinite(free.objective));
      if (rows === odd) assertLowest(problemOf(rows, loss), rows, free, 2e-8);
    }
  });

  test(`${name}: one row, and rows all alike, have an answer`, () => {
    for (const rowCount of [1, 5]) {
      const x = new Float64Array(rowCount * 2).fill(0.5);
      const ones = new Float64Array(rowCount).fill(1);
      const rows: Rows = { x, rowCount, featureCount: 2, numbers: ones, classes: ones };
      for (const penalty of penalties) {
        const problem = problemOf(rows, loss, { ...penalty, biasWd: 0.1 });
        const solution = solve(problem);
        assert.ok(solution.certificate.reached, JSON.stringify({ penalty, ...solution }));
        assertLowest(problem, rows, solution, 1e-8);
      }
      const free = solve(problemOf(rows, loss));
      assert.ok(free.theta.every(Number.isFinite) && Number.isFinite(free.objective));
    }
  });
}

test('An intercept alone is the mean, the median or the quantile', () => {
  const labels = Float64Array.of(7, 1, 4, 9, 2);
  const rows: Rows = { x: new Float64Array(5), rowCount: 5, featureCount: 1, numbers: labels, classes: labels };
  const interceptOf = (loss: LossShape): number => solve(problemOf(rows, loss, { labels })).theta[1];
  assert.ok(Math.abs(interceptOf({ kind: 'squared' }) - 4.6) < 1e-9);
  assert.ok(Math.abs(interceptOf({ kind: 'absolute' }) - 4) < 1e-7);
  assert.ok(Math.abs(interceptOf({ kind: 'quantile', q: 0.9 }) - 9) < 1e-7);
});

test('On orthogonal columns l1 cuts the least-squares weights softly, to true zeros', () => {
  const x = Float64Array.of(1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1);
  const labels = Float64Array.of(3, 1, -0.2, -1);
  const rows: Rows = { x, rowCount: 4, featureCount: 3, numbers: labels, classes: labels };
  const { theta, nonZero } = solve(problemOf(rows, { kind: 'squared' }, { l1: 0.5 }));
  for (let j = 0; j < 3; j += 1) {
    const free = labels.reduce((sum, y, row) => sum + (y * x[row * 3 + j]) / 4, 0);
    const cut = Math.sign(free) * Math.max(0, Math.abs(free) - 0.5);
    assert.ok(Math.abs(theta[j] - cut) < 1e-12);
    if (cut === 0) assert.equal(theta[j], 0);
  }
  assert.equal(nonZero, theta.slice(0, 3).filter((value) => value !== 0).length);
});

test('A penalty that is large enough leaves nothing but the intercept', () => {
  const rows = rowsOf(60, 4, 8);
  for (const loss of [...lossesOfNumbers, ...lossesOfClasses]) {
    const solution = solve(problemOf(rows, loss, { l1: 100 }));
    assert.equal(solution.nonZero, 0, loss.kind);
  }
});

test('Classes that a plane tells apart are noticed, and no others', () => {
  const rows = rowsOf(50, 3, 9);
  const apart = Float64Array.from({ length: 50 }, (_, row) =>
    Number(rows.x[row * 3] + 0.3 * rows.x[row * 3 + 1] > 0.1),
  );
  // Quasi-separated: one row of each class on the plane itself.
  const touching = Float64Array.from({ length: 50 }, (_, row) => Number(rows.x[row * 3] > 0));
  const onPlane = rows.x.slice();
  for (const row of [0, 1]) onPlane[row * 3] = 0;
  touching[0] = 1;
  touching[1] = 0;
  onPlane.set(onPlane.subarray(1, 3), 4);
  const softmax: LossShape = { kind: 'softmax', outputs: 2, classWeight: Float64Array.of(1, 1) };
  for (const loss of [{ kind: 'logistic' } as const, softmax]) {
    assert.equal(solve(problemOf(rows, loss, { labels: rows.classes })).separable, false);
    for (const [x, labels] of [
      [rows.x, apart],
      [onPlane, touching],
    ] as const) {
      const problem = problemOf({ ...rows, x }, loss, { labels });
      const { separable, theta, certificate } = solve(problem);
      assert.equal(separable, true, loss.kind);
      assert.equal(certificate.reached, false);
      assert.ok(theta.every((value) => Math.abs(value) < 1e4));
      assert.equal(solve({ ...problem, wd: 1e-3 }).separable, false);
    }
  }
});

test('A solver that is stopped gives the point it has reached, and says that this is not the end', () => {
  const rows = rowsOf(120, 6, 3);
  for (const loss of [...lossesOfNumbers, ...lossesOfClasses]) {
    for (const l1 of [0, 0.01]) {
      let looks = 0;
      const stopped = (): boolean => {
        looks += 1;
        return looks > 1;
      };
      const solution = solve(problemOf(rows, loss, { wd: 1e-4, l1 }), { stopped });
      assert.ok(solution.theta.every(Number.isFinite), loss.kind);
      assert.ok(solution.iterations <= 3, `${loss.kind}: ${solution.iterations} iterations`);
    }
  }
});
