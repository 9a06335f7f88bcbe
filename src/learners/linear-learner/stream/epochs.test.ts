import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openKernels } from '../../../kernels/index.ts';
import { blockOf, makeSettings, quietObserver, sourceOf } from '../fit.testing.ts';
import type { EpochReport } from '../model.ts';
import { makePlan } from '../plan.ts';
import { makeJob } from '../problem.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { trainEpochs } from './epochs.ts';
import { openEnsemble } from './open-ensemble.ts';
import type { Validation } from './validation.ts';

const kernels = openKernels();

const rows = Array.from({ length: 40 }, (_, row) => [row % 2, Math.sin(row), row % 2 === 0 ? -1 : 1]);

/** Runs epochs whose validation says what the script says: one score an epoch for the one model. */
async function run(
  script: readonly number[],
  changes: Partial<LinearLearnerSettings>,
): Promise<{ improved: number[]; epochs: EpochReport[]; weights: Float32Array; kept: Float32Array }> {
  const settings = makeSettings({ numModels: 1, epochs: script.length, miniBatchSize: 10, ...changes });
  const job = await makeJob(settings, makePlan(settings), sourceOf(blockOf(rows)), kernels, quietObserver);
  const epochs: EpochReport[] = [];
  const states: Float32Array[] = [];
  const validation: Validation = {
    async measure() {
      const value = script[states.length]!;
      states.push(ensemble.read().w);
      return { objectives: [value], selection: [value], errors: [0], criterionName: 'scripted', negated: false };
    },
  };
  const ensemble = openEnsemble(job, kernels);
  const streamed = await trainEpochs(
    job,
    ensemble,
    validation,
    { ...quietObserver, epoch: (report) => epochs.push(report) },
    { nowMs: () => 0 },
  );
  const improved = epochs.filter((report) => report.improved).map(({ epoch }) => epoch);
  return { improved, epochs, weights: states.at(-1)!, kept: streamed.parameters.w };
}

const flat = (...scores: number[]): number[] => [...scores, ...new Array<number>(12).fill(scores.at(-1)!)];

for (const compatibility of ['amazon', 'linnet'] as const) {
  test(`compatibility=${compatibility}: a job whose best epoch is 3 stops after epoch 7 with patience 3`, async () => {
    const { improved, epochs } = await run(flat(1, 0.9, 0.8, 0.7), { compatibility });
    assert.deepEqual(improved, [0, 1, 2, 3]);
    assert.equal(epochs.length, 8);
  });

  test(`compatibility=${compatibility}: a loss must fall by more than the tolerance to count as improved`, async () => {
    const { improved } = await run([1, 0.9995, 0.9991, 0.9989, 0.9985], { compatibility });
    assert.deepEqual(improved, [0, 3]);
  });
}

test('With scores below zero the original takes a slightly worse epoch for better, and the default mode does not', async () => {
  const accuracies = flat(-0.96, -0.9599, -0.9598);
  const amazon = await run(accuracies, { compatibility: 'amazon' });
  assert.equal(amazon.epochs.length, accuracies.length, 'early stopping never fires');
  assert.equal(amazon.improved.length, accuracies.length);
  const linnet = await run(accuracies, {});
  assert.deepEqual(linnet.improved, [0]);
  assert.equal(linnet.epochs.length, 5);
});

test('The default mode keeps the best epoch even when it was better by less than the tolerance', async () => {
  const slight = await run([1, 0.9995, 1, 1, 1], {});
  const same = await run([1, 0.9995], {});
  assert.deepEqual([...slight.kept], [...same.weights]);
});

test('An epoch whose score is not a number is never the best', async () => {
  const { improved, kept } = await run([Number.NaN, 1, Number.NaN, Number.POSITIVE_INFINITY], {});
  assert.deepEqual(improved, [1]);
  const two = await run([Number.NaN, 1], {});
  assert.deepEqual([...kept], [...two.weights]);
});

test('The default mode trains on every row, the original leaves a partial batch out', async () => {
  const changes = { miniBatchSize: 15 };
  assert.equal((await run([1], changes)).epochs[0]!.rowCount, 40);
  const amazon = await run([1], { ...changes, compatibility: 'amazon' });
  assert.deepEqual([amazon.epochs[0]!.rowCount, amazon.epochs[0]!.batchCount], [30, 2]);
});
