import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../../../base/index.ts';
import type { GatheredRows } from './gather-rows.ts';
import { Growing } from './growing.ts';
import { joinRows } from './join-rows.ts';

const none = { weights: undefined, queries: undefined };
const sparse = (columnCount: number, cells: [number, number][][], more: Partial<GatheredRows> = {}): GatheredRows => ({
  rowCount: cells.length,
  columnCount,
  values: {
    columnCount,
    rowStart: Uint32Array.from([0, ...cells.map((_, row) => cells.slice(0, row + 1).flat().length)]),
    columns: Uint32Array.from(cells.flat(), ([column]) => column),
    values: Float32Array.from(cells.flat(), ([, value]) => value),
  },
  labels: Float32Array.from(cells.keys()),
  ...none,
  ...more,
});
const dense = (values: number[], columnCount: number): GatheredRows => {
  const rowCount = values.length / columnCount;
  return {
    rowCount,
    columnCount,
    values: { rowCount, columnCount, values: Float32Array.from(values) },
    labels: new Float32Array(rowCount),
    ...none,
  };
};

test('Rows of two channels are joined, sparse or dense, with a weight of 1 where there was none', () => {
  const one = sparse(2, [[[0, 1]], [], [[1, 2]]]);
  const other = sparse(
    4,
    [
      [
        [1, 3],
        [3, 4],
      ],
    ],
    { weights: Float32Array.of(0.5) },
  );
  const joined = joinRows(one, other);
  assert.deepEqual(
    joined.values,
    sparse(4, [
      [[0, 1]],
      [],
      [[1, 2]],
      [
        [1, 3],
        [3, 4],
      ],
    ]).values,
  );
  assert.deepEqual([...joined.labels], [0, 1, 2, 0]);
  assert.deepEqual([...joined.weights!], [1, 1, 1, 0.5]);
  assert.deepEqual(joinRows(dense([1, 2, 3, 4], 2), dense([5, 6], 2)).values, dense([1, 2, 3, 4, 5, 6], 2).values);
  assert.throws(() => joinRows(one, dense([1, 2], 2)), DataError);
});

test('Numbers that arrive in blocks lie in one piece, whatever share of them was expected', () => {
  for (const share of [Number.NaN, 0.001, 0.3, 1]) {
    const growing = new Growing(Float32Array);
    for (let block = 0; block < 100; block++) growing.add(Float64Array.of(block, block + 0.5), share);
    assert.equal(growing.length, 200);
    assert.deepEqual([...growing.values.subarray(196)], [98, 98.5, 99, 99.5]);
  }
});

test('Rows beyond what memory can hold are refused with their size', () => {
  const growing = new Growing(Float32Array);
  assert.throws(() => growing.add({ length: 2 ** 40 }), /1099511627776 values.*do not fit/);
});
