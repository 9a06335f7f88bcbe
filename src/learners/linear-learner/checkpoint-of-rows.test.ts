import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf, sparseSourceOf } from './fit.testing.ts';
import { fitLinearLearner } from './fit.ts';
import type { CheckpointStore } from './stream/checkpoint.ts';

const draw = seededRandom(6);
/** Whole numbers: their sums, and so means and deviations, are the same in any order. */
const rows = Array.from({ length: 600 }, () => [
  Math.floor(draw() * 2),
  1 + Math.floor(draw() * 9),
  Math.floor(draw() * 9),
]);
rows[3]![0] = 0;
rows[4]![0] = 1;
const relabelled = (label: (row: number) => number) => rows.map(([, ...x], row) => [label(row), ...x]);
const turned = relabelled((row) => rows[rows.length - 1 - row]![0]!);
const swapped = relabelled((row) => rows[row === 3 ? 4 : row === 4 ? 3 : row]![0]!);

const sources = {
  'held rows': sourceOf,
  'a stream': sourceOf,
  'sparse rows': sparseSourceOf,
};

for (const [name, source] of Object.entries(sources)) {
  test(`Training goes on from a checkpoint of the same rows, however they come, and of no others: ${name}`, async () => {
    let bytes: Uint8Array | undefined;
    const store: CheckpointStore = {
      load: async () => bytes,
      save: async (saved) => {
        bytes = saved;
      },
    };
    const fit = async (train: number[][], validation: number[][], blockRows: number, looksMax = Infinity) => {
      const notices: string[] = [];
      let looks = 0;
      const signal = {
        get aborted() {
          looks += 1;
          return looks > looksMax;
        },
      } as AbortSignal;
      const compatibility = name === 'a stream' ? 'amazon' : 'linnet';
      const { model } = await fitLinearLearner(
        makeSettings({
          predictorType: 'binary_classifier',
          miniBatchSize: 50,
          epochs: 3,
          optimizer: 'adam',
          compatibility,
        }),
        { train: source(blockOf(train), blockRows), validation: source(blockOf(validation), blockRows) },
        { ...quietObserver, notice: (text) => notices.push(text) },
        { nowMs: () => 0, signal, checkpoints: store },
      );
      return { weights: model.weights, said: notices.filter((text) => /checkpoint/.test(text)).join() };
    };
    await fit(rows, rows, 600, 2);
    const saved = bytes;
    assert.match((await fit(rows, rows, 47)).said, /^Training goes on/);
    for (const [train, validation] of [
      [turned, rows],
      [swapped, rows],
      [rows, swapped],
      [rows.slice(1), rows],
    ] as const) {
      bytes = saved;
      const other = await fit(train, validation, 600);
      assert.match(other.said, /^The checkpoint is of other rows: training starts anew$/);
      bytes = undefined;
      assert.deepEqual(other.weights, (await fit(train, validation, 600)).weights);
    }
  });
}
