import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlainDesign } from '../../../kernels/index.ts';
import { normal, seededRandom } from '../../rows/random.ts';
import type { ExactProblem } from '../problem.ts';
import { solve } from '../solve.ts';

const random = seededRandom(5);
const [rowCount, featureCount] = [300, 3];
const x = Float64Array.from({ length: rowCount * featureCount }, () => normal(random));
const design = new PlainDesign({ x, rowCount, featureCount });
const three = Float64Array.from({ length: rowCount }, (_, row) =>
  x[row * featureCount]! + normal(random) > 0 ? (x[row * featureCount + 1]! > 0 ? 2 : 1) : 0,
);

const problemOf = (outputs: number, labels: Float64Array, changes: Partial<ExactProblem> = {}): ExactProblem => ({
  design,
  labels,
  loss: { kind: 'softmax', outputs, classWeight: new Float64Array(outputs).fill(1) },
  positiveWeight: 1,
  wd: 1e-3,
  l1: 0,
  biasWd: 0,
  useBias: true,
  ...changes,
});

for (const l1 of [0, 0.01]) {
  test(`Classes that no row has leave the others' optimum alone, with l1 ${l1}`, () => {
    const own = solve(problemOf(3, three, { l1 }));
    // The same rows as classes 1, 3 and 4 of 6.
    const placed = three.map((label) => [1, 3, 4][label]!);
    const { theta, objective, certificate } = solve(problemOf(6, placed, { l1 }));
    assert.ok(certificate.reached && own.certificate.reached);
    assert.ok(Math.abs(objective - own.objective) <= 1e-12);
    for (let j = 0; j < featureCount; j += 1) {
      for (const absent of [0, 2, 5]) assert.equal(theta[j * 6 + absent], 0);
    }
    const f = new Float64Array(rowCount * 6);
    design.scores(theta, 6, f);
    for (let row = 0; row < rowCount; row += 1) {
      const highest = Math.max(...f.subarray(row * 6, (row + 1) * 6));
      for (const absent of [0, 2, 5]) assert.ok(f[row * 6 + absent]! < highest - 35);
    }
  });
}

test('Rows of one class only are certain of it', () => {
  const { theta, objective } = solve(problemOf(3, new Float64Array(rowCount).fill(1)));
  assert.ok(objective < 1e-9, `${objective}`);
  assert.ok(theta[featureCount * 3 + 1]! > theta[featureCount * 3]! + 35);
});

test('A start at which a class has no chance is left for a better one', () => {
  const random = seededRandom(4);
  const [rowCount, featureCount, outputs] = [300, 3, 40];
  const x = Float64Array.from({ length: rowCount * featureCount }, () => 2 * random() - 1);
  const problem: ExactProblem = {
    design: new PlainDesign({ x, rowCount, featureCount }),
    labels: Float64Array.from({ length: rowCount }, (_, row) => row % outputs),
    loss: { kind: 'softmax', outputs, classWeight: new Float64Array(outputs).fill(1) },
    positiveWeight: 1,
    wd: 1e-3,
    l1: 0,
    biasWd: 0,
    useBias: true,
  };
  const start = new Float64Array((featureCount + 1) * outputs);
  start.fill(-60, featureCount * outputs, featureCount * outputs + 7);
  const [found, plain] = [solve(problem, { start }), solve(problem)];
  assert.ok(found.certificate.reached, JSON.stringify(found.certificate));
  assert.ok(Math.abs(found.objective / plain.objective - 1) < 1e-8);
});
