import assert from 'node:assert/strict';
import { test } from 'node:test';
import { innerText, leadingText, trustedMetrics, userMetrics } from './metrics.ts';

const definitions = [
  { name: 'train:progress', regex: String.raw`#progress_metric: host=\S+, completed (\S+) %` },
  {
    name: 'train:objective_loss',
    regex: String.raw`#quality_metric: host=\S+, epoch=\S+, train \S+_objective <loss>=(\S+)`,
  },
  {
    name: 'train:objective_loss:final',
    regex: String.raw`#quality_metric: host=\S+, train \S+_objective <loss>=(\S+)`,
  },
  { name: 'validation:mse', regex: String.raw`#quality_metric: host=\S+, validation mse <loss>=(\S+)` },
];

test('Definitions find the last value of each metric in its own lines, and no value that is no number', async () => {
  const reader = trustedMetrics(definitions);
  const lines = [
    '[11/02/2021 10:00:00 INFO 1] #quality_metric: host=algo-1, epoch=0, train absolute_loss_objective <loss>=0.9',
    '[11/02/2021 10:00:01 INFO 1] #quality_metric: host=algo-1, epoch=1, train absolute_loss_objective <loss>=0.5',
    '[11/02/2021 10:00:01 INFO 1] #progress_metric: host=algo-1, completed 20.0 % of epochs',
    '[11/02/2021 10:00:02 INFO 1] #quality_metric: host=algo-1, train absolute_loss_objective <loss>=0.25',
    '[11/02/2021 10:00:02 INFO 1] #quality_metric: host=algo-1, validation mse <loss>=nan',
  ];
  lines.forEach((line, index) => {
    reader.line(line, index);
  });
  assert.deepEqual(await reader.values(), [
    { name: 'train:objective_loss', value: 0.5, timeMs: 1 },
    { name: 'train:progress', value: 20, timeMs: 2 },
    { name: 'train:objective_loss:final', value: 0.25, timeMs: 3 },
  ]);
});

test('The text a match must begin with is never longer than it is sure', () => {
  assert.equal(leadingText('#quality_metric: host=\\S+, train mse'), '#quality_metric:');
  assert.equal(leadingText('loss: ?(\\d+)'), 'loss:');
  assert.equal(leadingText('loss*=(\\d+)'), '');
  assert.equal(leadingText('a b|c d'), '');
  assert.equal(leadingText('^x y'), '');
});

test('The text a match must hold is never longer than it is sure', () => {
  assert.equal(innerText('.*\\[[0-9]+\\].*#011train-rmse:(\\S+)'), '#011train-rmse:');
  assert.equal(innerText('.*\\[[0-9]+\\].*#011train-map(?:@[^:]*)?-?:(\\S+)'), '#011train-map');
  assert.equal(innerText('.*losses?=(\\d+)'), 'losse');
  assert.equal(innerText('x.*a{0,2}(\\d+)'), 'x');
  assert.equal(innerText('.*(abcd)?e[fghij](\\d+)'), 'e');
  assert.equal(innerText('.*abc|(\\d+)'), '');
  assert.equal(innerText('.*((abc)?def)?(\\d+)'), '');
});

test('An expression that would hang is given up after its time, once', async () => {
  const reasons: string[] = [];
  const reader = userMetrics([{ name: 'x', regex: '(a+)+$' }], {
    batchTimeoutMs: 200,
    onGivenUp: (reason) => reasons.push(reason),
  });
  for (let index = 0; index < 3; index += 1) reader.line(`${'a'.repeat(60)}!`, index);
  assert.deepEqual(await reader.values(), []);
  assert.deepEqual(reasons, ['a regular expression took longer than 200 ms']);
  reader.close();
});
