// Every loss of the table, in the code of both precisions, against its own plain functions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DescentShape } from '../descent/descent.ts';
import { openKernels } from '../open.ts';
import { lossFacts, lossNames, lossOf, outputsOf, type ScalarShape, shapeNamed } from './index.ts';
import { makeDerivatives } from './loss.ts';

const parameters = { margin: 1.5, quantile: 0.3, lossInsensitivity: 0.4, huberDelta: 0.7 };
const rowCount = 40;
const featureCount = 3;
const x = Float32Array.from({ length: rowCount * featureCount }, (_, at) => ((at * 37) % 23) / 11 - 1);
const kernels = openKernels();
const plain = openKernels({ plain: true });

for (const name of lossNames.filter((one) => outputsOf(shapeNamed(one, parameters)) === 1)) {
  const loss = shapeNamed(name, parameters);
  const labels = Float32Array.from({ length: rowCount }, (_, row) =>
    lossFacts(name).predictor === 'binary_classifier' ? Number((row * 7) % 5 > 2) : ((row * 13) % 17) / 4 - 2,
  );

  test(`${name}: a descent in single precision takes the steps of its plain functions`, () => {
    for (const models of [1, 6]) {
      const [fast, slow] = [kernels, plain].map((set) => {
        const descent = set.descent(shapeOf(loss, models));
        descent.x.set(x);
        descent.y.set(labels);
        descent.train(rowCount);
        const sums = new Float64Array(models);
        descent.takeLosses(sums);
        return [...descent.read().w, ...descent.read().b, ...sums.map((sum) => sum / rowCount)];
      });
      near(fast!, slow!, 2e-6);
    }
  });

  test(`${name}: a sweep in double precision is the sum of its rounded derivatives`, () => {
    const loader = kernels.loadDesign(
      { rowCount, featureCount },
      { shift: new Float64Array(featureCount), factor: new Float64Array(featureCount).fill(1) },
    );
    loader!.append(x, rowCount);
    const design = loader!.finish();
    const theta = Float64Array.of(0.7, -0.4, 0.3, 0.2);
    for (const width of [0.3, 1e-2]) {
      const swept = design.sweep?.({ loss, theta, labels, positiveWeight: 2, width, gram: true });
      const sums = [0, 0, 0, 0, 0, 0];
      const out = makeDerivatives();
      for (let row = 0; row < rowCount; row += 1) {
        const cells = [...x.subarray(row * featureCount, (row + 1) * featureCount), 1];
        const score = cells.reduce((sum, cell, j) => sum + cell * theta[j], 0);
        lossOf(loss).rounded(score, labels[row], width, out);
        const weight = labels[row] === 1 ? 2 : 1;
        sums[0] += weight * out.value;
        for (const [j, cell] of cells.entries()) sums[1 + j] += weight * out.slope * cell;
        sums[5] += weight * out.curvature;
      }
      assert.ok(swept !== undefined);
      near([swept.value, ...swept.gradient, swept.gram!.at(-1)!], sums, 1e-4);
    }
    design.close();
  });
}

const shapeOf = (loss: ScalarShape, models: number): DescentShape => ({
  featureCount,
  models: Array.from({ length: models }, (_, at) => ({
    rate: 0.05 * (at + 1),
    factor: 1,
    every: Number.POSITIVE_INFINITY,
    floor: 0,
    decay: 0.01,
    biasDecay: 0,
    l1: 0,
    positiveWeight: 1 + at,
  })),
  loss,
  rule: 'sgd',
  beta1: 0,
  beta2: 0.999,
  l1Mode: 'proximal',
  useBias: true,
  biasRateMult: 1,
  batchRows: 10,
  chunkRows: rowCount,
});

function near(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  for (const [at, value] of expected.entries())
    assert.ok(Math.abs(actual[at] - value) <= tolerance * Math.max(1, Math.abs(value)), `${actual[at]}, not ${value}`);
}
