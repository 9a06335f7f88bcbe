import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputsOf, PlainDesign } from '../../../kernels/index.ts';
import { normal, seededRandom } from '../../rows/random.ts';
import type { ExactProblem } from '../problem.ts';
import { solve } from '../solve.ts';
import { guideOf, isGuided } from './guide.ts';
import { guidedSolve } from './guided-solve.ts';

const rowCount = 400;
const featureCount = 60;
const random = seededRandom(3);
const x = Float64Array.from({ length: rowCount * featureCount }, () => normal(random));
const scores = Float64Array.from(
  { length: rowCount },
  (_, row) => x[row * featureCount] - x[row * featureCount + 1] + normal(random),
);
const design = new PlainDesign({ x, rowCount, featureCount });

const penalties = [
  [1, 0],
  [1e-2, 0],
  [1e-6, 0.1],
  [1e-6, 1e-2],
  [1e-2, 1e-2],
] as const;

/** Three classes by two of the features. */
const classes = scores.map((score, row) => (score < -0.7 ? 0 : score < 0.7 + x[row * featureCount + 2] ? 1 : 2));

const losses = [
  { loss: { kind: 'squared' }, labels: scores, steps: 15 },
  { loss: { kind: 'logistic' }, labels: scores.map((score) => Number(score > 0.5)), steps: 15 },
  { loss: { kind: 'softmax', outputs: 3, classWeight: Float64Array.of(1, 2, 1) }, labels: classes, steps: 40 },
] as const;

for (const { loss, labels, steps } of losses) {
  for (const useBias of [true, false]) {
    const given: ExactProblem = { loss, positiveWeight: 1, biasWd: 0, useBias, design, labels, wd: 1, l1: 0 };

    test(`one hessian leads to the optima of all penalties, on all rows and without a part, ${loss.kind}${useBias ? '' : ' without intercept'}`, () => {
      assert.ok(isGuided(given));
      const zeros = new Float64Array((featureCount + 1) * outputsOf(loss));
      // Of several classes lassos are led by more than ridges.
      const guides = [0, 1].map((l1) => guideOf({ ...given, l1 }, zeros));
      const rows = Uint32Array.from({ length: rowCount }, (_, row) => row).filter((row) => row % 5 !== 0);
      const part = { ...given, design: design.pick(rows), labels: Float64Array.from(rows, (row) => labels[row]) };
      for (const over of [given, part]) {
        for (const [wd, l1] of penalties) {
          const own = guidedSolve({ ...over, wd, l1 }, guides[Number(l1 > 0)], { tolerance: 1e-7 });
          const best = solve({ ...over, wd, l1 });
          assert.ok(own.reached);
          const left = (own.objective - best.objective) / best.objective;
          assert.ok(left < 1e-7 && left > -1e-9, `wd ${wd}, l1 ${l1}: ${left} of the objective is left`);
          assert.ok(own.iterations <= steps, `wd ${wd}, l1 ${l1}: ${own.iterations} steps`);
        }
      }
    });
  }
}

test('a part without rows of a class is solved without a guide, and so is l1 of many classes', () => {
  const softmax = { kind: 'softmax', classWeight: new Float64Array(30).fill(1) } as const;
  const given = { positiveWeight: 1, biasWd: 0, useBias: true, design, wd: 1e-2, l1: 0 };
  const all: ExactProblem = { ...given, loss: { ...softmax, outputs: 3 }, labels: classes };
  const few = { ...all, labels: classes.map((label) => Math.min(label, 1)) };
  const many: ExactProblem = { ...all, loss: { ...softmax, outputs: 30 }, l1: 0.02 };
  for (const [problem, over] of [
    [few, all],
    [many, many],
  ] as const) {
    const guide = guideOf(over, new Float64Array((featureCount + 1) * outputsOf(problem.loss)));
    assert.deepEqual(guidedSolve(problem, guide, { tolerance: 1e-5 }).theta, solve(problem, { tolerance: 1e-5 }).theta);
  }
});

test('a class that no row has does not hold a guide up', () => {
  const loss = { kind: 'softmax', outputs: 4, classWeight: new Float64Array(4).fill(1) } as const;
  const problem: ExactProblem = {
    loss,
    positiveWeight: 1,
    biasWd: 0,
    useBias: true,
    design,
    labels: classes,
    wd: 1e-2,
    l1: 0,
  };
  const guide = guideOf(problem, new Float64Array(4 * (featureCount + 1)));
  const own = guidedSolve(problem, guide, { tolerance: 1e-5 });
  const best = solve(problem);
  assert.ok(own.reached && own.iterations <= 40);
  assert.ok(own.objective < best.objective * (1 + 1e-4));
});

test('a solve that is stopped returns where it is', () => {
  const problem: ExactProblem = {
    loss: { kind: 'logistic' },
    positiveWeight: 1,
    biasWd: 0,
    useBias: true,
    design,
    labels: scores.map((score) => Number(score > 0)),
    wd: 1e-6,
    l1: 1e-2,
  };
  const guide = guideOf(problem, new Float64Array(featureCount + 1));
  assert.equal(guidedSolve(problem, guide, { tolerance: 1e-9, stopped: () => true }).iterations, 0);
});
