import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openKernels, PlainDesign } from '../../../kernels/index.ts';
import { seededRandom } from '../../rows/random.ts';
import { fitScaler } from '../../rows/scaler.ts';
import { makeSettings, sourceOf } from '../fit.testing.ts';
import { makePlan } from '../plan.ts';
import { type ShuffledRows, shuffleDesign, shuffleOnce } from './shuffled-rows.ts';

for (const rowCount of [1, 7, 500, 20_000, 20_031, 20_100]) {
  test(`Each pass gives every one of ${rowCount} rows once, with its label, in another order`, async () => {
    const features = Float32Array.from({ length: 2 * rowCount }, (_, at) => (at % 2 === 0 ? at / 2 : 1));
    const labels = Float64Array.from({ length: rowCount }, (_, row) => 3 * row);
    const block = { rowCount, featureCount: 2, features, labels };
    const plan = makePlan(
      makeSettings({ normalizeData: false, unbiasData: false, normalizeLabel: false, unbiasLabel: false }),
    );
    const scaler = await fitScaler(sourceOf(block), plan, { pointCount: 10, batchSize: 1, wholeBatches: false });
    dealsAll(shuffleOnce(block, scaler, 3), rowCount);
    const loader = openKernels().loadDesign(block, { shift: new Float64Array(2), factor: new Float64Array(2).fill(1) });
    loader?.append(features, rowCount);
    const designs = [loader?.finish(), new PlainDesign({ x: features, rowCount, featureCount: 2 })];
    for (const design of designs) {
      const shuffled = design && shuffleDesign({ design, labels });
      assert.equal(shuffled === undefined, rowCount < 20_000, 'few rows are dealt one by one, from a copy');
      if (shuffled !== undefined) dealsAll(shuffled, rowCount);
    }
  });
}

function dealsAll(shuffled: ShuffledRows, rowCount: number): void {
  const pass = (seed: number, chunkRows: number): number[] => {
    const order = shuffled.order(seededRandom(seed));
    const rows: number[] = [];
    const to = { x: new Float32Array(2 * chunkRows), y: new Float32Array(chunkRows) };
    for (let from = 0; from < rowCount; from += chunkRows) {
      const count = Math.min(chunkRows, rowCount - from);
      shuffled.copy(order, from, count, to);
      for (let row = 0; row < count; row += 1) {
        assert.equal(to.y[row], 3 * to.x[2 * row]!);
        assert.equal(to.x[2 * row + 1], 1);
        rows.push(to.x[2 * row]!);
      }
    }
    return rows;
  };
  const first = pass(1, 1000);
  assert.deepEqual(
    [...first].sort((a, b) => a - b),
    Array.from({ length: rowCount }, (_, row) => row),
  );
  assert.deepEqual(pass(1, 37), first, 'the chunks do not matter');
  if (rowCount > 10) assert.notDeepEqual(pass(2, 1000), first);
}
