import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashColumn, hashColumns } from './hash-columns.ts';
import { expandBlock, sparsifyBlock } from './sparse-rows.ts';
import type { RowSource, SparseBlock } from './table.ts';

function sourceOf(
  rows: [number, number][][],
  featureCount: number,
): RowSource & Required<Pick<RowSource, 'sparseBlocks'>> {
  const block: SparseBlock = {
    rowCount: rows.length,
    featureCount,
    rowStart: Uint32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)]),
    columns: Uint32Array.from(rows.flat(), ([column]) => column),
    values: Float32Array.from(rows.flat(), ([, value]) => value),
    labels: Float64Array.from(rows, (_, i) => i),
  };
  return {
    name: 'train',
    featureCount,
    async *blocks() {
      yield* expandBlock(block, 'train');
    },
    async *sparseBlocks() {
      yield block;
    },
  };
}

async function rowsOf(source: RowSource): Promise<[number, number][][]> {
  const rows: [number, number][][] = [];
  for await (const { rowCount, rowStart, columns, values } of source.sparseBlocks!()) {
    for (let row = 0; row < rowCount; row++) {
      const places = Array.from({ length: rowStart[row + 1]! - rowStart[row]! }, (_, i) => rowStart[row]! + i);
      rows.push(places.map((i) => [columns[i]!, values[i]!]));
    }
  }
  return rows;
}

test('A hashed row is the signed sum of its columns, in ascending features', async () => {
  const cell = fc.tuple(fc.nat(2 ** 32 - 1), fc.integer({ min: -99, max: 99 }));
  const row = fc.uniqueArray(cell, { selector: ([column]) => column, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 4 }), fc.integer({ min: 1, max: 31 }), async (rows, bits) => {
      for (const cells of rows) cells.sort(([a], [b]) => a - b);
      const due = rows.map((cells) => {
        const sums = new Map<number, number>();
        for (const [column, value] of cells) {
          const { feature, sign } = hashColumn(column, bits);
          sums.set(feature, (sums.get(feature) ?? 0) + sign * value);
        }
        return [...sums].filter(([, sum]) => sum !== 0).sort(([a], [b]) => a - b);
      });
      const hashed = hashColumns(sourceOf(rows, 2 ** 32), bits);
      assert.equal(hashed.featureCount, 2 ** bits);
      assert.deepEqual(await rowsOf(hashed), due);
    }),
  );
});

test('Features are used evenly and signs fall either way', () => {
  const counts = new Int32Array(256);
  let negative = 0;
  for (let column = 0; column < 65536; column++) {
    const { feature, sign } = hashColumn(column, 8);
    counts[feature]!++;
    if (sign < 0) negative++;
  }
  assert.ok(
    counts.every((count) => count > 180 && count < 340),
    'each feature holds about 256 columns',
  );
  assert.ok(Math.abs(negative - 32768) < 800, `${negative} of 65536 signs are negative`);
});

test('The hash of a column never changes: models depend on it', () => {
  assert.deepEqual(
    [0, 1, 2, 1000, 2 ** 32 - 1].map((column) => hashColumn(column, 18)),
    [
      { feature: 0, sign: 1 },
      { feature: 83256, sign: -1 },
      { feature: 50131, sign: 1 },
      { feature: 104868, sign: 1 },
      { feature: 133061, sign: -1 },
    ],
  );
});

test('Dense sources are hashed too, and hashed rows can be read with their zeros', async () => {
  const { blocks, name } = sourceOf(
    [
      [[1, 5]],
      [
        [0, 2],
        [2, 3],
      ],
    ],
    3,
  );
  const dense = hashColumns({ name, featureCount: 3, blocks }, 4);
  const sparse = hashColumns(
    sourceOf(
      [
        [[1, 5]],
        [
          [0, 2],
          [2, 3],
        ],
      ],
      3,
    ),
    4,
  );
  assert.deepEqual(await rowsOf(dense), await rowsOf(sparse));
  for await (const block of dense.blocks()) {
    assert.equal(block.featureCount, 16);
    assert.deepEqual(
      await rowsOf({
        ...dense,
        sparseBlocks: async function* () {
          yield sparsifyBlock(block);
        },
      }),
      await rowsOf(dense),
    );
  }
});

test('A row of very many values is hashed like any other', async () => {
  const cells = Array.from({ length: 2 ** 21 + 5 }, (_, column): [number, number] => [column, 1]);
  const [wide] = await rowsOf(hashColumns(sourceOf([cells], 2 ** 22), 3));
  const sums = new Float64Array(8);
  for (const [column] of cells) sums[hashColumn(column, 3).feature]! += hashColumn(column, 3).sign;
  assert.deepEqual(
    wide,
    [...sums.entries()].filter(([, sum]) => sum !== 0),
  );
});

test('Rows whose columns were chosen to fall close together are hashed like any other, in about the same time', async () => {
  const bits = 24;
  const close: [number, number][] = [];
  const spread: [number, number][] = [];
  for (let column = 0; close.length < 20_000; column++) {
    if (spread.length < 20_000) spread.push([column, 1]);
    // Descending features would take insertion the longest.
    if (hashColumn(column, 6).feature === 0) close.push([column, 1 + (column % 5)]);
  }
  close.sort(([a], [b]) => hashColumn(b, bits).feature - hashColumn(a, bits).feature);
  const timeOf = async (cells: [number, number][]): Promise<number> => {
    const startedAt = process.cpuUsage();
    await rowsOf(hashColumns(sourceOf([cells], 2 ** 32), bits));
    return process.cpuUsage(startedAt).user;
  };
  const [row] = await rowsOf(hashColumns(sourceOf([close], 2 ** 32), bits));
  const sums = new Map<number, number>();
  for (const [column, value] of close) {
    const { feature, sign } = hashColumn(column, bits);
    sums.set(feature, (sums.get(feature) ?? 0) + sign * value);
  }
  assert.deepEqual(
    row,
    [...sums].filter(([, sum]) => sum !== 0).sort(([a], [b]) => a - b),
  );
  const times = { spread: 0, close: 0 };
  for (let k = 0; k < 3; k++) {
    times.spread += await timeOf(spread);
    times.close += await timeOf(close);
  }
  assert.ok(times.close < 10 * times.spread + 30_000, JSON.stringify(times));
});

test('A source that is hashed already is not hashed again', async () => {
  const once = hashColumns(sourceOf([[[7, 1]]], 2 ** 32), 10);
  assert.equal(hashColumns(once, 10), once);
  assert.throws(() => hashColumns(once, 12), /^DataError: "train" is hashed to 10 bits; it must be hashed to 12$/);
});
