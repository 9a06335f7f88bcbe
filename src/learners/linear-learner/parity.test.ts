import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { blockOf, makeSettings, quietObserver, sourceOf } from './fit.testing.ts';
import { fitLinearLearner } from './fit.ts';
import type { EpochReport } from './model.ts';

// A published job of the original: UCI bike sharing, regressor, mini_batch_size 4, no validation, 511 of 731 rows.
// Training objective by model and epoch, in standardised units.
const published: Record<number, Record<number, number>> = {
  0: { 9: 0.21022, 14: 0.20749 },
  1: { 9: 0.22288, 14: 0.22178 },
  4: { 9: 0.26787, 14: 0.24445 },
  5: { 9: 0.58552, 14: 0.54525 },
  8: { 9: 0.21039, 14: 0.20761 },
  16: { 9: 0.27994, 14: 0.2773 },
  24: { 9: 0.95979, 14: 0.95835 },
  28: { 9: 1.01534, 14: 0.98063 },
};

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../test/fixtures/bike-sharing/${name}`, import.meta.url), 'utf8');

function bikeSharing(): number[][] {
  const rows = fixture('day.csv').trimEnd().split('\n').slice(1);
  const numbers = rows.map((row) => row.split(',').map((cell) => Number(cell.replaceAll('-', ''))));
  const order = JSON.parse(fixture('permutation.json')) as number[];
  // The label comes first.
  return order.slice(0, 511).map((row) => [numbers[row]![13]!, ...numbers[row]!.slice(0, 13)]);
}

test('With compatibility=amazon the losses of a published job come out within 0.2 % from epoch 8 on', async () => {
  const epochs: EpochReport[] = [];
  const settings = makeSettings({ predictorType: 'regressor', miniBatchSize: 4, compatibility: 'amazon' });
  const result = await fitLinearLearner(
    settings,
    { train: sourceOf(blockOf(bikeSharing())) },
    { ...quietObserver, epoch: (report) => epochs.push(report) },
    { nowMs: () => 0 },
  );
  assert.equal(epochs[0]?.rowCount, 508, 'the last three rows never fill a batch');
  for (const [model, losses] of Object.entries(published)) {
    for (const [epoch, loss] of Object.entries(losses)) {
      const ours = epochs[Number(epoch)]!.trainObjectives[Number(model)]!;
      assert.ok(
        Math.abs(ours / loss - 1) <= 0.002,
        `model ${model}, epoch ${epoch}: ${ours} against the published ${loss}`,
      );
    }
  }
  assert.deepEqual([result.best.learningRate, result.best.lrSchedulerStep], [0.005, 10]);
  const metrics = new Map(result.trainMetrics.map(({ name, value }) => [name, value]));
  assert.ok(Math.abs(metrics.get('mse')! / 803_523.45 - 1) < 0.002, `mse ${metrics.get('mse')}`);
  assert.ok(
    Math.abs(metrics.get('absolute_loss')! / 667.06 - 1) < 0.002,
    `absolute_loss ${metrics.get('absolute_loss')}`,
  );
});
