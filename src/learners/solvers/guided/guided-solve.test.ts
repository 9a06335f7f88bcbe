import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlainDesign } from '../../../kernels/index.ts';
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

for (const kind of ['squared', 'logistic'] as const) {
  for (const useBias of [true, false]) {
    const labels = kind === 'squared' ? scores : scores.map((score) => Number(score > 0.5));
    const given = { loss: { kind }, positiveWeight: 1, biasWd: 0, useBias };
    const problem: ExactProblem = { ...given, design, labels, wd: 1, l1: 0 };

    test(`one hessian leads to the optima of all penalties, on all rows and without a part, ${kind}${useBias ? '' : ' without intercept'}`, () => {
      assert.ok(isGuided(problem));
      const guide = guideOf(problem, new Float64Array(featureCount + 1));
      const rows = Uint32Array.from({ length: rowCount }, (_, row) => row).filter((row) => row % 5 !== 0);
      const part = { ...problem, design: design.pick(rows), labels: Float64Array.from(rows, (row) => labels[row]) };
      for (const over of [problem, part]) {
        for (const [wd, l1] of penalties) {
          const own = guidedSolve({ ...over, wd, l1 }, guide, { tolerance: 1e-7 });
          const best = solve({ ...over, wd, l1 });
          assert.ok(own.reached);
          const left = (own.objective - best.objective) / best.objective;
          assert.ok(left < 1e-7 && left > -1e-9, `wd ${wd}, l1 ${l1}: ${left} of the objective is left`);
          assert.ok(own.iterations <= 15, `wd ${wd}, l1 ${l1}: ${own.iterations} steps`);
        }
      }
    });
  }
}

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
