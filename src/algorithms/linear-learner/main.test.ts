import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeRoot, run } from './root.testing.ts';

test('check prints no problems and exits 0 for good hyperparameters', async (t) => {
  const root = makeRoot(t, { hyperparameters: { predictor_type: 'regressor' } });
  const { code, output } = await run(t, 'check', root);
  assert.deepEqual(JSON.parse(output), { problems: [] });
  assert.equal(code, 0);
});

test('check prints every problem as JSON and exits 1', async (t) => {
  const root = makeRoot(t, { hyperparameters: { predictor_type: 'regresor', epochs: 'many' } });
  const { code, output } = await run(t, 'check', root);
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(output), {
    problems: [
      {
        name: 'predictor_type',
        value: 'regresor',
        message:
          'predictor_type must be one of binary_classifier, multiclass_classifier, regressor, not "regresor", did you mean regressor',
      },
      { name: 'epochs', value: 'many', message: 'epochs must be an integer of at least 1, not "many"' },
    ],
    message:
      '2 hyperparameters are wrong: predictor_type must be one of binary_classifier, multiclass_classifier, regressor, not "regresor", did you mean regressor; epochs must be an integer of at least 1, not "many"',
  });
});

test('check names a file that is not JSON', async (t) => {
  const { code, output } = await run(t, 'check', makeRoot(t, { hyperparameters: '{"epochs":' }));
  assert.equal(code, 1);
  assert.match(JSON.parse(output).message, /hyperparameters\.json is not valid JSON/);
});

test('An unknown command prints the usage and exits 2', async (t) => {
  const { code, output } = await run(t, 'fit', makeRoot(t, {}));
  assert.equal(code, 2);
  assert.match(output, /^Usage: main\.js train\|serve\|check/);
});
