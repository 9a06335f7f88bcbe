import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlainDesign } from '../../../kernels/index.ts';
import { solve } from '../solve.ts';

test('Rows that others make up are no directions of their own: a wide fit without penalty finds its optimum', () => {
  const [rowCount, featureCount] = [400, 1024];
  const x = new Float64Array(rowCount * featureCount);
  const labels = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const [a, b] = [row % 20, (7 * row + Math.floor(row / 20)) % 20];
    for (const column of [a, b]) x[row * featureCount + 50 * column] = 1;
    labels[row] = a === b ? a : a + b;
  }
  for (const wd of [0, 1e-9]) {
    const { certificate, objective, method } = solve({
      design: new PlainDesign({ x, rowCount, featureCount }),
      labels,
      loss: { kind: 'squared' },
      positiveWeight: 1,
      wd,
      l1: 0,
      biasWd: 0,
      useBias: true,
    });
    assert.match(method, /space of rows/);
    assert.ok(certificate.reached && objective < 1e-5, `${objective}, gap ${certificate.relative}`);
  }
});
