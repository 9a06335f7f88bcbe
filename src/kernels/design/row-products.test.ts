import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openKernels } from '../open.ts';
import { PlainDesign } from './plain-design.ts';
import { rowProducts } from './row-products.ts';

const cell = (row: number, j: number): number => Math.fround(Math.sin(row * 3 + j * 7) + (row === j ? 2 : 0));

test('Products of rows are those of a plain sum, for odd numbers of rows and columns and many columns', () => {
  for (const [rowCount, featureCount] of [
    [1, 1],
    [3, 5],
    [4, 512],
    [9, 513],
    [21, 1300],
  ] as const) {
    const x = Float32Array.from({ length: rowCount * featureCount }, (_, at) =>
      cell(Math.floor(at / featureCount), at % featureCount),
    );
    const shift = new Float64Array(featureCount);
    const loader = openKernels().loadDesign({ rowCount, featureCount }, { shift, factor: shift.map(() => 1) })!;
    loader.append(x, rowCount);
    for (const design of [
      new PlainDesign({ x, rowCount, featureCount }),
      new PlainDesign({ x: Float64Array.from(x), rowCount, featureCount }),
      loader.finish(),
    ]) {
      const products = design.products!();
      for (let row = 0; row < rowCount; row += 1) {
        for (let other = 0; other <= row; other += 1) {
          let sum = 0;
          for (let j = 0; j < featureCount; j += 1) sum += cell(row, j) * cell(other, j);
          const told = products[row * rowCount + other];
          assert.ok(Math.abs(told - sum) <= 1e-13 * featureCount, `${row} ${other}: ${told}, not ${sum}`);
        }
      }
    }
  }
});

test('A row that says nothing has products of 0', () => {
  const products = rowProducts({
    rowCount: 2,
    featureCount: 3,
    read: (row, _from, _to, into, at) => into.fill(row, at, at + 3),
  });
  assert.deepEqual([...products], [0, 0, 0, 3]);
});
