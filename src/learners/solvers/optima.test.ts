import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type LossShape, outputsOf, PlainDesign } from '../../kernels/index.ts';
import type { ExactProblem } from './problem.ts';
import { solve } from './solve.ts';

// Optima that other people's solvers found; see test/fixtures/exact/README.md.

interface Known extends Omit<ExactProblem, 'design' | 'labels' | 'loss'> {
  table: 'wine' | 'cancer' | 'iris';
  loss: LossShape;
  optimum: number;
  by: string;
}

const root = new URL('../../../../', import.meta.url);
const read = (path: string): string[][] =>
  readFileSync(new URL(path, root), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(','));
const { problems } = JSON.parse(readFileSync(new URL('test/fixtures/exact/optima.json', root), 'utf8')) as {
  problems: Known[];
};

const columnsOf = (rows: string[][], from: number, to: number): number[][] =>
  rows.map((row) => row.slice(from, to).map(Number));

function standardised(rows: number[][]): { x: Float64Array; rowCount: number; featureCount: number } {
  const rowCount = rows.length;
  const featureCount = rows[0].length;
  const x = new Float64Array(rowCount * featureCount);
  for (let j = 0; j < featureCount; j += 1) {
    const mean = rows.reduce((sum, row) => sum + row[j], 0) / rowCount;
    const std = Math.sqrt(rows.reduce((sum, row) => sum + (row[j] - mean) ** 2, 0) / rowCount);
    for (let i = 0; i < rowCount; i += 1) x[i * featureCount + j] = (rows[i][j] - mean) / std;
  }
  return { x, rowCount, featureCount };
}

const wine = read('test/fixtures/exact/wine-red-500.csv');
const cancer = read('samples/datasets/tabular/breast_cancer/wdbc.csv');
const iris = read('test/fixtures/exact/iris.csv');
const names = [...new Set(iris.map((row) => row[4]))].sort();
const tables = {
  wine: { rows: standardised(columnsOf(wine, 0, 11)), labels: standardised(columnsOf(wine, 11, 12)).x },
  cancer: {
    rows: standardised(columnsOf(cancer, 2, 32)),
    labels: Float64Array.from(cancer, (row) => Number(row[1] === 'M')),
  },
  iris: { rows: standardised(columnsOf(iris, 0, 4)), labels: Float64Array.from(iris, (row) => names.indexOf(row[4])) },
};

for (const known of problems) {
  const { table, loss, optimum, by, ...rest } = known;
  const shape = loss.kind === 'softmax' ? { ...loss, classWeight: Float64Array.from(loss.classWeight) } : loss;
  const { rows, labels } = tables[table];
  const { wd, l1, positiveWeight, useBias } = rest;
  const name = `${loss.kind} loss of ${table}, wd ${wd}, l1 ${l1}, weight ${positiveWeight}${useBias ? '' : ', no intercept'}`;
  test(`The optimum by ${by} is met: ${name}`, () => {
    const problem: ExactProblem = { ...rest, design: new PlainDesign(rows), labels, loss: shape };
    const solution = solve(problem);
    assert.ok(solution.certificate.reached, JSON.stringify(solution.certificate));
    const share = (solution.objective - optimum) / optimum;
    assert.ok(Math.abs(share) <= 2e-8, `${solution.objective}, not ${optimum}: off by ${share}`);
    if (l1 > 0)
      assert.ok(solution.nonZero < rows.featureCount * outputsOf(shape), `${solution.nonZero} weights are not 0`);
    const singles = solve({ ...problem, design: new PlainDesign({ ...rows, x: Float32Array.from(rows.x) }) });
    assert.ok(Math.abs(singles.objective - optimum) <= 1e-6 * optimum, 'single precision rows end there too');
  });
}
