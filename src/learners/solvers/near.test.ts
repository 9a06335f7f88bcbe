import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LossShape, outputsOf, PlainDesign } from '../../kernels/index.ts';
import { normal, seededRandom } from '../rows/random.ts';
import { nearOf, solveNear } from './near.ts';
import type { ExactProblem } from './problem.ts';
import { solve } from './solve.ts';

const rowCount = 300;
const featureCount = 6;
const random = seededRandom(3);
const x = Float64Array.from({ length: rowCount * featureCount }, () => normal(random));
const scoreOf = (row: number): number => x[row * featureCount] - x[row * featureCount + 1] + normal(random) / 2;

const shapes: readonly LossShape[] = [
  { kind: 'squared' },
  { kind: 'logistic' },
  { kind: 'softmax', outputs: 3, classWeight: Float64Array.of(1, 1, 1) },
  { kind: 'huber', delta: 0.5 },
  { kind: 'absolute' },
  { kind: 'hinge', margin: 1 },
];

for (const loss of shapes) {
  for (const [wd, l1] of [
    [1e-2, 0],
    [1e-4, 0],
    [1e-6, 2e-2],
  ]) {
    test(`rows without a fold are solved from the optimum over all, ${loss.kind} with wd ${wd} and l1 ${l1}`, () => {
      const labels = Float64Array.from({ length: rowCount }, (_, row) => {
        const score = scoreOf(row);
        if (loss.kind === 'softmax') return score < -0.5 ? 0 : score < 0.5 ? 1 : 2;
        return loss.kind === 'logistic' || loss.kind === 'hinge' ? Number(score > 0) : score;
      });
      const given = { loss, positiveWeight: 1, wd, l1, biasWd: 0, useBias: true };
      const design = new PlainDesign({ x, rowCount, featureCount });
      const whole: ExactProblem = { ...given, design, labels };
      const near = nearOf(whole, solve(whole).theta);
      const rows = Uint32Array.from({ length: rowCount }, (_, row) => row).filter((row) => row % 5 !== 0);
      const part = { ...given, design: design.pick(rows), labels: Float64Array.from(rows, (row) => labels[row]) };
      const theta = solveNear(part, near, { tolerance: 1e-7 });
      const best = solve(part);
      // Fewer steps, the same place: scores of all rows agree.
      const K = outputsOf(loss);
      const [own, exact] = [theta, best.theta].map((each) => {
        const f = new Float64Array(rowCount * K);
        design.scores(each, K, f);
        return f;
      });
      own.forEach((score, at) => {
        assert.ok(Math.abs(score - exact[at]) < 0.02, `row ${at}: ${score} instead of ${exact[at]}`);
      });
    });
  }
}
