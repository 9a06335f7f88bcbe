import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf, sparseSourceOf } from '../fit.testing.ts';
import { fitLinearLearner } from '../fit.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import type { CheckpointStore } from './checkpoint.ts';

const random = seededRandom(4);
const rows = Array.from({ length: 9500 }, () => {
  const x = [random() - 0.5, random() - 0.5, random() * 3];
  return [x[0] + 2 * x[1] - x[2] + random() > 0 ? 1 : 0, ...x];
});

interface Run {
  weights: Float64Array;
  notices: string[];
  saves: number;
  epochs: number;
}

/** Trains with a clock of 20 s a look, so that a checkpoint is due at every third, until `looksMax` looks at the stop. */
async function run(
  changes: Partial<LinearLearnerSettings>,
  store?: CheckpointStore,
  looksMax = Infinity,
  sparse = false,
): Promise<Run> {
  const settings = makeSettings({ predictorType: 'binary_classifier', miniBatchSize: 7, epochs: 4, ...changes });
  const source = sparse ? sparseSourceOf(blockOf(rows), 113) : sourceOf(blockOf(rows), 113);
  const notices: string[] = [];
  let saves = 0;
  let epochs = 0;
  let clock = 0;
  let looks = 0;
  const signal = {
    get aborted() {
      looks += 1;
      return looks > looksMax;
    },
  } as AbortSignal;
  const checkpoints = store && {
    load: () => store.load(),
    save: (bytes: Uint8Array) => {
      saves += 1;
      return store.save(bytes);
    },
  };
  const { model } = await fitLinearLearner(
    settings,
    { train: source, validation: sourceOf(blockOf(rows.slice(0, 500))) },
    {
      ...quietObserver,
      notice: (text) => notices.push(text),
      epoch: () => {
        epochs += 1;
      },
    },
    {
      nowMs: () => {
        clock += 20_000;
        return clock;
      },
      signal,
      ...(checkpoints && { checkpoints }),
    },
  );
  return { weights: model.weights, notices, saves, epochs };
}

function memoryStore(): CheckpointStore & { bytes: Uint8Array | undefined } {
  const store = {
    bytes: undefined as Uint8Array | undefined,
    // As a file is read: anywhere in memory.
    load: async () => store.bytes && Buffer.concat([Buffer.alloc(3), store.bytes]).subarray(3),
    save: async (bytes: Uint8Array) => {
      store.bytes = bytes.slice();
    },
  };
  return store;
}

for (const [name, changes, sparse] of [
  ['rows in memory, shuffled', { optimizer: 'adam' }],
  ['a stream in stored order', { compatibility: 'amazon' }],
  ['rows that only stream', { exact: false, wd: 0.01 }],
  ['sparse rows, averaged', { exact: false, wd: 0.001, l1: 0.01 }, true],
  [
    'several classes of one model',
    { predictorType: 'multiclass_classifier', numClasses: 3, numModels: 2, optimizer: 'sgd' },
  ],
] as [string, Partial<LinearLearnerSettings>, boolean?][]) {
  test(`A job stopped anywhere and taken up again ends in the same bytes: ${name}`, async () => {
    const whole = await run(changes, undefined, Infinity, sparse);
    const stops = seededRandom(11);
    for (let trial = 0; trial < 6; trial += 1) {
      const store = memoryStore();
      let resumed = 0;
      for (let stop = 0; stop < 3; stop += 1) {
        const part = await run(changes, store, Math.floor(stops() * 14), sparse);
        if (part.notices.some((text) => text.startsWith('Training goes on from a checkpoint'))) resumed += 1;
      }
      const ended = await run(changes, store, Infinity, sparse);
      assert.ok(ended.notices.some((text) => text.startsWith('Training goes on from a checkpoint')));
      assert.ok(resumed > 0);
      assert.deepEqual(ended.weights, whole.weights);
    }
  });
}

test('What follows the last epoch is taken up again without one', async () => {
  const store = memoryStore();
  const changes: Partial<LinearLearnerSettings> = { optimizer: 'adam' };
  const whole = await run(changes, store);
  assert.equal(whole.epochs, 4);
  const again = await run(changes, store);
  assert.equal(again.epochs, 0);
  assert.ok(again.notices.includes('Training goes on from a checkpoint: all epochs are done'));
  assert.deepEqual(again.weights, whole.weights);
});

test('A checkpoint of other settings or rows, and a damaged one, is passed over', async () => {
  const store = memoryStore();
  const changes: Partial<LinearLearnerSettings> = { optimizer: 'adam' };
  await run(changes, store, 9);
  const saved = store.bytes!;
  const other = await run({ optimizer: 'adam', learningRate: 0.02 }, store);
  assert.ok(other.notices.some((text) => text.includes('is of another job')));
  store.bytes = saved.slice();
  store.bytes[saved.length >> 1] ^= 1;
  const damaged = await run(changes, store);
  assert.ok(damaged.notices.some((text) => text.includes('is damaged')));
  store.bytes = saved.subarray(0, saved.length - 100);
  assert.deepEqual((await run(changes, store)).weights, damaged.weights);
  store.bytes = saved;
  assert.ok((await run({ ...changes, threads: 2 }, store)).notices.some((text) => text.includes('goes on')));
});
