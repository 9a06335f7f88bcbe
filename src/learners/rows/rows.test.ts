import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RowSource } from '../../formats/index.ts';
import { holdRows, holdSparseRows } from './rows.ts';

const featureCount = 4;
const blockRows = 1000;

/** Blocks whose numbers count on from 0, and how many of them were asked for. */
function counting(blockCount: number, { tells }: { tells: boolean }): { source: RowSource; asked: () => number } {
  let asked = 0;
  const features = new Float32Array(blockRows * featureCount);
  const labels = new Float64Array(blockRows);
  const next = (block: number): void => {
    asked = block + 1;
    features.forEach((_, at) => {
      features[at] = block * features.length + at;
    });
    labels.forEach((_, row) => {
      labels[row] = block * blockRows + row;
    });
  };
  const source: RowSource = {
    name: 'train',
    featureCount,
    async *blocks() {
      for (let block = 0; block < blockCount; block += 1) {
        next(block);
        yield { rowCount: blockRows, featureCount, features, labels };
      }
    },
    async *sparseBlocks() {
      const rowStart = Uint32Array.from({ length: blockRows + 1 }, (_, row) => row * featureCount);
      const columns = Uint32Array.from(features, (_, at) => at % featureCount);
      for (let block = 0; block < blockCount; block += 1) {
        next(block);
        yield { rowCount: blockRows, featureCount, rowStart, columns, values: features, labels };
      }
    },
    ...(tells && { progress: () => ({ readBytes: asked, totalBytes: blockCount }) }),
  };
  return { source, asked: () => asked };
}

for (const tells of [true, false]) {
  const of = tells ? 'a source that tells its size' : 'a source of unknown size';

  test(`Rows of ${of} are held in order, also when they fill the limit`, async () => {
    const { source } = counting(40, { tells });
    const cells = 40 * blockRows * featureCount;
    const dense = await holdRows(source, 40 * blockRows);
    const sparse = await holdSparseRows(source, cells);
    for (const numbers of [dense?.features, sparse?.values]) {
      assert.equal(numbers?.length, cells);
      assert.ok(numbers.every((value, at) => value === at));
    }
    assert.ok(sparse?.columns.every((column, at) => column === at % featureCount));
    for (const labels of [dense?.labels, sparse?.labels]) assert.ok(labels?.every((label, row) => label === row));
  });

  test(`Of ${of} that does not fit, ${tells ? 'a few rows are read' : 'no more is read than fits'}`, async () => {
    const { source, asked } = counting(400, { tells });
    for (const hold of [
      () => holdRows(source, 100 * blockRows),
      () => holdSparseRows(source, 100 * blockRows * featureCount),
    ]) {
      assert.equal(await hold(), undefined);
      if (tells) assert.ok(asked() < 10, `${asked()} blocks of 400 were read`);
      else assert.equal(asked(), 101);
    }
  });
}
