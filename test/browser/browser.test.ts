// The learner in a real browser: the same files, and in the deterministic mode the same bytes as in Node.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseHyperparameters } from '../../src/algorithms/index.ts';
import { findChromium, runInChromium } from './chromium.ts';
import { fitTask, type Outcome, type Task } from './fit-in-page.ts';
import { imports } from './imports.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const browser = findChromium();
const skip = browser === undefined ? 'the package chromium is not installed' : false;

function taskOf(given: Record<string, string>): Task {
  const { settings } = parseHyperparameters(given);
  assert.ok(settings !== undefined);
  const file = new URL('samples/datasets/tabular/breast_cancer/wdbc.csv', `file://${root}`);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const csv = lines
    .map((line) => line.split(',').slice(1).join(','))
    .map((line) => line.replace(/^M/, '1').replace(/^B/, '0'))
    .join('\n');
  return { csv, settings };
}

const inPage = (task: Task): Promise<Outcome> =>
  runInChromium(browser!, {
    root,
    imports,
    // Imported from within, so that a module that does not load is told of.
    script: `const { fitTask } = await import('/dist/test/browser/fit-in-page.js');
      globalThis.answer(await fitTask(globalThis.input));`,
    input: task,
  }) as Promise<Outcome>;

const streamed = { deterministic: 'true', optimizer: 'adam', exact: 'false', epochs: '3' };
for (const given of [
  { predictor_type: 'binary_classifier', ...streamed },
  { predictor_type: 'regressor', loss: 'huber_loss', num_models: '5', ...streamed },
]) {
  test(`A page streams a ${given.predictor_type} to the bytes that Node gives, in the deterministic mode`, {
    skip,
  }, async () => {
    const task = taskOf(given);
    const [there, here] = [await inPage(task), await fitTask(task)];
    assert.ok(there.file === here.file, `${there.weights} in the page, ${here.weights} here`);
    assert.ok(here.weights.some((weight) => weight !== 0));
  });
}

for (const given of [
  { predictor_type: 'regressor', loss: 'absolute_loss', num_models: '5' },
  { predictor_type: 'binary_classifier' },
  { predictor_type: 'binary_classifier', loss: 'hinge_loss', num_models: '4' },
  { predictor_type: 'multiclass_classifier', num_classes: '3', num_models: '4' },
  { predictor_type: 'regressor', polynomial_degree: '2', l1: '0.01', use_bias: 'false', init_method: 'normal' },
]) {
  test(`A page solves a ${Object.values(given).join(', ')} to the bytes that Node gives, in the deterministic mode`, {
    skip,
  }, async () => {
    const task = taskOf({ ...given, deterministic: 'true' });
    const [there, here] = [await inPage(task), await fitTask(task)];
    assert.ok(there.file === here.file, `${there.weights} in the page, ${here.weights} here`);
    assert.deepEqual(there.trainMetrics, here.trainMetrics);
  });
}

test('With all that the engine has a page reaches what Node reaches', { skip }, async () => {
  const task = taskOf({ predictor_type: 'binary_classifier' });
  const [there, here] = [await inPage(task), await fitTask(task)];
  for (const [name, value] of Object.entries(here.trainMetrics)) {
    assert.ok(Math.abs((there.trainMetrics[name] ?? Number.NaN) - value) < 0.01, name);
  }
});
