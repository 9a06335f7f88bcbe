import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Design, type LossShape, openKernels, PlainDesign } from '../../kernels/index.ts';
import { seededRandom } from '../rows/random.ts';
import type { ExactProblem } from './problem.ts';
import { solveByWorkingSet } from './proximal/working-set.ts';
import { newton } from './smooth/newton.ts';
import { pointAt } from './smooth/smooth-objective.ts';
import { byFactoredHessian } from './smooth/smooth-solver.ts';
import { solve } from './solve.ts';

// Ways that only large problems go, each against the direct one.

function rowsOf(
  rowCount: number,
  featureCount: number,
): { x: Float64Array; numbers: Float64Array; classes: Float64Array } {
  const random = seededRandom(rowCount + featureCount);
  const x = Float64Array.from({ length: rowCount * featureCount }, () => 3 * random() - 1.5);
  const signal = Float64Array.from({ length: rowCount }, (_, row) => x[row * featureCount] - x[row * featureCount + 2]);
  return {
    x,
    numbers: signal.map((value) => value + 2 * random() * random() - 0.7),
    classes: signal.map((value) => Number(value + 4 * random() - 2 > 0)),
  };
}

const losses: { loss: LossShape; binary: boolean }[] = [
  { loss: { kind: 'squared' }, binary: false },
  { loss: { kind: 'absolute' }, binary: false },
  { loss: { kind: 'quantile', q: 0.9 }, binary: false },
  { loss: { kind: 'huber', delta: 0.3 }, binary: false },
  { loss: { kind: 'epsilon-absolute', epsilon: 0.2 }, binary: false },
  { loss: { kind: 'epsilon-squared', epsilon: 0.2 }, binary: false },
  { loss: { kind: 'logistic' }, binary: true },
  { loss: { kind: 'hinge', margin: 1 }, binary: true },
  { loss: { kind: 'softmax', outputs: 2, classWeight: Float64Array.of(1, 1) }, binary: true },
];

function problemOf(
  rowCount: number,
  featureCount: number,
  { loss, binary }: (typeof losses)[number],
  changes: Partial<ExactProblem>,
): ExactProblem {
  const { x, numbers, classes } = rowsOf(rowCount, featureCount);
  const design = new PlainDesign({ x, rowCount, featureCount });
  const labels = binary ? classes : numbers;
  return { design, labels, loss, positiveWeight: 1, wd: 0, l1: 0, biasWd: 0, useBias: true, ...changes };
}

const agree = (one: number, other: number): boolean => Math.abs(one - other) <= 2e-8 * other;

for (const kind of losses) {
  const name = kind.loss.kind;

  test(`${name}: a working set of features finds what all features at once do`, () => {
    for (const wd of [0, 0.01]) {
      const problem = problemOf(150, 90, kind, { wd, l1: 0.03 });
      const direct = solve(problem);
      const active = solveByWorkingSet(problem, {});
      assert.ok(active.certificate.reached, JSON.stringify(active.certificate));
      assert.ok(agree(active.objective, direct.objective), `${active.objective}, not ${direct.objective}`);
      assert.ok(active.nonZero < 90 * (name === 'softmax' ? 2 : 1));
    }
  });

  test(`${name}: more features than rows are solved among combinations of rows`, () => {
    const wide = problemOf(40, 130, kind, { wd: 0.02 });
    const inRows = solve(wide);
    assert.match(inRows.method, /space of rows/);
    assert.ok(inRows.certificate.reached, JSON.stringify(inRows.certificate));
    // With a little l1, which changes next to nothing, the same goes the direct way.
    const direct = solve({ ...wide, l1: 1e-12 });
    assert.ok(Math.abs(inRows.objective - direct.objective) <= 1e-7 * direct.objective + 1e-10);
  });

  test(`${name}: many rows, of which parts are solved first, end where the direct way does`, () => {
    const problem = problemOf(12_000, 8, kind, { wd: 1e-3 });
    const all = solve(problem);
    assert.ok(all.certificate.reached, JSON.stringify(all.certificate));
    const again = solve(problem, { start: all.theta.map((value) => value + 0.1) });
    assert.ok(agree(again.objective, all.objective), `${again.objective}, not ${all.objective}`);
  });

  test(`${name}: noise of single precision in grams leaves the certificate whole when scores and gradients are fine`, () => {
    const problem = problemOf(500, 12, kind, { wd: 1e-3, l1: 1e-3 });
    const expected = solve(problem);
    const found = solve({ ...problem, design: noisy(problem.design), fine: problem.design });
    assert.ok(found.certificate.reached, JSON.stringify(found.certificate));
    assert.ok(agree(found.objective, expected.objective));
  });
}

test('Many classes are solved to a slope of nothing, whether their hessian is factored whole or class by class', () => {
  for (const [featureCount, outputs] of [
    [30, 20],
    [260, 4],
  ]) {
    const rowCount = 1500;
    const { x, numbers } = rowsOf(rowCount, featureCount);
    const labels = numbers.map((value) => Math.max(0, Math.min(outputs - 1, Math.floor((value + 3) * (outputs / 6)))));
    const design = new PlainDesign({ x, rowCount, featureCount });
    const loss: LossShape = { kind: 'softmax', outputs, classWeight: new Float64Array(outputs).fill(1) };
    for (const wd of [1e-4, 1e-1]) {
      const problem: ExactProblem = { design, labels, loss, positiveWeight: 1, l1: 0, wd, biasWd: 0, useBias: true };
      const found = solve(problem);
      assert.ok(found.certificate.reached && found.iterations < 80, JSON.stringify(found.certificate));
      assert.ok(descentOf(x, problem, found.theta) <= 1e-5 * Math.sqrt(1e-2 + wd));
    }
  }
});

test("Huber's loss of many features ends with its gap proven, whether few rows bend or all", () => {
  for (const delta of [1e-3, 0.3, 10]) {
    const problem = problemOf(900, 520, { loss: { kind: 'huber', delta }, binary: false }, { wd: 1e-2 });
    const found = solve(problem);
    assert.ok(found.certificate.reached, JSON.stringify(found.certificate));
  }
});

test('Features that hardly a row of a part has hinder no one: their curvature is then taken from all rows', () => {
  const rowCount = 20_000;
  const { x, classes } = rowsOf(rowCount, 12);
  for (let row = 0; row < rowCount; row += 1) {
    for (let j = 3; j < 12; j += 1) if ((row * 7919 + j * 1013) % (400 * j) > 0) x[row * 12 + j] = 0;
  }
  const design = new PlainDesign({ x, rowCount, featureCount: 12 });
  const common = { design, labels: classes, positiveWeight: 1, l1: 0, biasWd: 0, useBias: true };
  for (const wd of [0, 1e-6, 1e-2]) {
    const problem: ExactProblem = { ...common, loss: { kind: 'logistic' }, wd };
    const found = solve(problem);
    assert.ok(found.certificate.reached && found.iterations < 40, JSON.stringify(found));
    assert.ok(descentOf(x, problem, found.theta) <= 1e-5 * Math.sqrt(1e-2 + wd));
  }
});

/** Answers rounded to single precision, or to so many digits. */
function noisy(design: Design, digits?: number): Design {
  const rounded = (values: Float64Array): void => {
    for (let at = 0; at < values.length; at += 1) {
      values[at] = digits === undefined ? Math.fround(values[at]) : Number(values[at].toPrecision(digits));
    }
  };
  return {
    rowCount: design.rowCount,
    featureCount: design.featureCount,
    scores: (theta, K, f) => {
      design.scores(theta, K, f);
      rounded(f);
    },
    gradient: (delta, K, g) => {
      design.gradient(delta, K, g);
      rounded(g);
    },
    gram: (c, h) => {
      design.gram(c, h);
      rounded(h);
    },
    pick: (rows) => noisy(design.pick(rows), digits),
    close: () => design.close(),
  };
}

test('The last step that leads take is left unseen, and leaves far less than is certified', () => {
  for (const kind of losses.filter(({ loss }) => ['logistic', 'softmax'].includes(loss.kind))) {
    const problem = problemOf(40_000, 8, kind, { wd: 1e-3 });
    const { theta, objective, certificate } = solve(problem);
    assert.ok(certificate.reached, JSON.stringify(certificate));
    assert.ok(certificate.relative > 1e-10, 'else there was no step to be left unseen');
    // Newton's steps from there, seen to the end.
    const seen = newton(problem, theta, {
      ...{ tolerance: 1e-13, stepsMax: 10, steady: false, scale: (value) => value },
      ...{ stopped: () => false, diverges: () => false, onStep: () => undefined },
    });
    const left = pointAt(problem, theta, false).value - seen.point.value;
    assert.ok(left <= (certificate.relative * objective) / 10 + 1e-14, `${left}, certified ${certificate.relative}`);
    assert.ok(objective >= seen.point.value - 1e-14, 'what is told is an upper bound');
  }
});

test('Smooth losses end within 1e-8 on single precision alone, in few steps', () => {
  for (const kind of losses.filter(({ loss }) => ['squared', 'logistic', 'softmax'].includes(loss.kind))) {
    const problem = problemOf(800, 10, kind, { wd: 1e-3 });
    const found = solve({ ...problem, design: noisy(problem.design) });
    assert.ok(found.certificate.reached, JSON.stringify(found));
    assert.ok(found.iterations < 20);
    assert.ok(agree(found.objective, solve(problem).objective));
  }
});

test('Where the digits of a design end too early, the same rows in doubles lead to the optimum', () => {
  const { x, classes } = rowsOf(600, 40);
  const labels = classes.map((_, row) => Number(x[row * 40] > x[row * 40 + 2]));
  const design = new PlainDesign({ x, rowCount: 600, featureCount: 40 });
  const loss: LossShape = { kind: 'logistic' };
  const problem = { design, labels, loss, positiveWeight: 1, wd: 1e-6, l1: 0, biasWd: 0, useBias: true };
  const coarse = solve({ ...problem, design: noisy(design, 3) });
  assert.ok(!coarse.certificate.reached, 'three digits do not reach it');
  const found = solve({ ...problem, design: noisy(design, 3), fine: design });
  assert.ok(found.certificate.reached, JSON.stringify(found.certificate));
  assert.ok(agree(found.objective, solve(problem).objective));
});

test('L-BFGS, for many parameters, ends where the slope is nothing', () => {
  for (const kind of losses.filter(({ loss }) => ['logistic', 'softmax', 'squared'].includes(loss.kind))) {
    const problem = problemOf(900, 520, kind, { wd: 1e-3 });
    const found = byFactoredHessian(problem, {});
    assert.equal(found.method, 'L-BFGS');
    assert.ok(found.certificate.reached, JSON.stringify(found.certificate));
    const { x } = rowsOf(900, 520);
    const direct = descentOf(x, problem, found.theta);
    assert.ok(direct <= 1e-7, `slope ${direct}`);
  }
});

/** Largest slope of the objective, by definition. */
function descentOf(x: Float64Array, { labels, wd, loss, design }: ExactProblem, theta: Float64Array): number {
  const { rowCount: n, featureCount: d } = design;
  const K = loss.kind === 'softmax' ? loss.outputs : 1;
  const g = new Float64Array((d + 1) * K);
  for (let i = 0; i < n; i += 1) {
    const f = Array.from({ length: K }, (_, k) => {
      let sum = theta[d * K + k];
      for (let j = 0; j < d; j += 1) sum += x[i * d + j] * theta[j * K + k];
      return sum;
    });
    const sum = f.reduce((total, value) => total + Math.exp(value), 0);
    for (let k = 0; k < K; k += 1) {
      const share = loss.kind === 'squared' ? f[0] : 1 / (1 + Math.exp(-f[0]));
      const slope = K === 1 ? share - labels[i] : Math.exp(f[k]) / sum - Number(labels[i] === k);
      for (let j = 0; j < d; j += 1) g[j * K + k] += (slope * x[i * d + j]) / n;
      g[d * K + k] += slope / n;
    }
  }
  return g.reduce((most, value, at) => Math.max(most, Math.abs(value + (at < d * K ? wd * theta[at] : 0))), 0);
}

test('Kinks and l1 over more rows than doubles are quick for still come with their proof', () => {
  const [rowCount, featureCount] = [170_000, 100];
  const random = seededRandom(2);
  const x = Float32Array.from({ length: rowCount * featureCount }, () => 3 * random() - 1.5);
  const scores = Float64Array.from({ length: rowCount }, (_, row) => x[row * featureCount] - x[row * featureCount + 7]);
  const ones = new Float64Array(featureCount).fill(1);
  const loader = openKernels().loadDesign(
    { rowCount, featureCount },
    { shift: new Float64Array(featureCount), factor: ones },
  )!;
  loader.append(x, rowCount);
  const design = loader.finish();
  const of = (loss: LossShape, labels: Float64Array, l1: number): ExactProblem => ({
    design,
    fine: design.inDoubles!(),
    labels,
    loss,
    positiveWeight: 1,
    wd: 0,
    l1,
    biasWd: 0,
    useBias: true,
  });
  const numbers = scores.map((score) => score + random() - random());
  const classes = scores.map((score) => Number(score + 4 * random() - 2 > 0));
  for (const problem of [
    of({ kind: 'squared' }, numbers, 0.01),
    of({ kind: 'logistic' }, classes, 0.01),
    of({ kind: 'absolute' }, numbers, 0),
  ]) {
    const { certificate, nonZero } = solve(problem);
    assert.equal(certificate.kind, 'duality gap');
    assert.ok(certificate.reached, `${problem.loss.kind}: ${certificate.relative}`);
    if (problem.l1 > 0) assert.equal(nonZero, 2);
  }
});
