import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, seededRandom } from '../../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf } from '../fit.testing.ts';
import { fitLinearLearner } from '../fit.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { averaged } from './average.ts';

const random = seededRandom(4);
const rows = Array.from({ length: 6000 }, () => {
  const x = Array.from({ length: 8 }, () => normal(random));
  return [x.reduce((sum, value, j) => sum + value * (j - 3), 0) + 4 * normal(random), ...x];
});

const fit = (changes: Partial<LinearLearnerSettings>) =>
  fitLinearLearner(makeSettings({ wd: 0.001, l1: 0, ...changes }), { train: sourceOf(blockOf(rows)) }, quietObserver, {
    nowMs: () => 0,
  });

for (const loss of ['squared_loss', 'absolute_loss', 'huber_loss'] as const) {
  test(`Streaming comes within a hundredth of the optimum of ${loss}, also with steps that never settle`, async () => {
    const lossOf = async (changes: Partial<LinearLearnerSettings>): Promise<number> =>
      (await fit({ loss, ...changes })).trainMetrics[0]!.value;
    const exact = await lossOf({ numModels: 1 });
    for (const changes of [{}, { numModels: 1, learningRate: 0.1, useLrScheduler: false }] as const) {
      const streamed = await lossOf({ optimizer: 'adam', exact: false, ...changes });
      assert.ok(streamed < 1.01 * exact, `${streamed} against ${exact}`);
    }
    const original = await lossOf({
      optimizer: 'adam',
      exact: false,
      numModels: 1,
      learningRate: 0.1,
      useLrScheduler: false,
      compatibility: 'amazon',
      miniBatchSize: 60,
    });
    assert.ok(original > 1.01 * exact, `${original} against ${exact}: nothing to mend`);
  });
}

test('The average weighs look k by about its cube', () => {
  const looks = Array.from({ length: 200 }, (_, at) => at);
  let average: ReturnType<typeof averaged> | undefined;
  for (const look of looks) average = averaged(average, { w: Float32Array.of(look), b: Float32Array.of(-look) });
  const weights = looks.map((at) => (at + 1) * (at + 2) * (at + 3));
  const due =
    looks.reduce((sum, look, at) => sum + look * weights[at]!, 0) / weights.reduce((sum, weight) => sum + weight, 0);
  assert.ok(Math.abs(average!.w[0]! - due) < 1e-3 * due, `${average!.w[0]} instead of ${due}`);
  assert.equal(average!.b[0], -average!.w[0]!);
});
