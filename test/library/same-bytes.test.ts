// The library, the training program and the archive of a job agree.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeRoot, run } from '../../src/algorithms/linear-learner/root.testing.ts';
import { containerPaths } from '../../src/contract/index.ts';
import { unpackTarGz } from '../../src/formats/index.ts';
import { LinearLearner } from '../../src/library/index.ts';
import { repositoryRoot } from '../architecture/sources.ts';

const csv = readFileSync(join(repositoryRoot, 'samples/datasets/tabular/breast_cancer/wdbc.csv'), 'utf8')
  .trimEnd()
  .replaceAll(/^[^,]*,(M|B)/gm, (_, kind) => (kind === 'M' ? '1' : '0'));

test('In the deterministic mode the library gives the bytes of the training program', async (t) => {
  const root = makeRoot(t, {
    hyperparameters: { predictor_type: 'binary_classifier', deterministic: 'true' },
    channels: { train: { contentType: 'text/csv', files: { 'wdbc.csv': csv } } },
  });
  const { code, output } = await run(t, 'train', root);
  assert.equal(code, 0, output);
  const expected = readFileSync(join(containerPaths(root).model, 'model_algo-1'));
  const model = await LinearLearner.fit(
    csv,
    { column: 0 },
    { predictor_type: 'binary_classifier', deterministic: true },
  );
  const files = await unpackTarGz('The archive', await model.save(), () => true);
  assert.deepEqual([...files.keys()], ['model_algo-1']);
  assert.ok(expected.equals(files.get('model_algo-1')!), 'the files differ');
});
