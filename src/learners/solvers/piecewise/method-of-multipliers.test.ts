import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LossShape, lossOf, PlainDesign } from '../../../kernels/index.ts';
import { seededRandom } from '../../rows/random.ts';
import { type ExactProblem, penaltyOf, scaleOf } from '../problem.ts';
import { solve } from '../solve.ts';
import { methodOfMultipliers } from './method-of-multipliers.ts';
import { lossAt, overAllRows, weightsOf } from './quantile-preprocessing.ts';

const losses: LossShape[] = [
  { kind: 'hinge', margin: 1 },
  { kind: 'absolute' },
  { kind: 'quantile', q: 0.9 },
  { kind: 'epsilon-absolute', epsilon: 0.3 },
  { kind: 'huber', delta: 0.1 },
  { kind: 'epsilon-squared', epsilon: 0.3 },
];

for (const loss of losses) {
  for (const { wd, l1, useBias } of [
    { wd: 1e-4, l1: 0, useBias: true },
    { wd: 1e-6, l1: 1e-2, useBias: true },
    { wd: 1, l1: 0, useBias: false },
    { wd: 0, l1: 1e-3, useBias: true },
  ]) {
    test(`Multipliers prove ${loss.kind} of outliers with wd ${wd}, l1 ${l1}${useBias ? '' : ', no bias'}`, () => {
      const problem = outliers(loss, wd, l1, useBias);
      const pieces = lossOf(loss).pieces!;
      const weight = weightsOf(problem);
      const atZero = lossAt(pieces, problem.labels, weight, new Float64Array(weight.length));
      const scale = (objective: number): number => scaleOf(objective, atZero);
      const ended = overAllRows(problem, pieces, weight, (whole) =>
        methodOfMultipliers(whole, {
          start: new Float64Array(problem.design.featureCount + 1),
          doubt: 1,
          tolerance: 1e-10,
          scale,
          stopped: () => false,
          onStep: () => {},
        }),
      );
      const f = new Float64Array(weight.length);
      problem.design.scores(ended.theta, 1, f);
      const objective = lossAt(pieces, problem.labels, weight, f) + penaltyOf(problem, ended.theta);
      assert.ok(objective - ended.bound <= 1e-8 * scale(objective), `gap ${objective - ended.bound} of ${objective}`);
      // Two methods, each with a proof of its own.
      const interior = solve(problem, {});
      assert.ok(Math.abs(objective - interior.objective) <= 1e-7 * scale(objective), `${interior.objective}`);
    });
  }
}

function outliers(loss: LossShape, wd: number, l1: number, useBias: boolean): ExactProblem {
  const random = seededRandom(7);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const rowCount = 700;
  const featureCount = 6;
  const x = Float64Array.from({ length: rowCount * featureCount }, () => normal() ** 3);
  const labels = Float64Array.from({ length: rowCount }, (_, row) => {
    let f = normal();
    for (let j = 0; j < featureCount; j += 1) f += (j - 2) * x[row * featureCount + j];
    return loss.kind === 'hinge' ? Number(f > 0) : f;
  });
  const design = new PlainDesign({ x, rowCount, featureCount });
  return { design, labels, loss, positiveWeight: 3, wd, l1, biasWd: 0, useBias };
}
