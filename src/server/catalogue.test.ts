import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { addXgboostLibrary, removeImage } from '../images/index.ts';
import type { BuiltIn } from './algorithms.ts';
import { openCatalogue } from './catalogue.ts';
import { typedImage } from './typed-image.ts';

const builtIn = (needs: BuiltIn['needs']): BuiltIn => ({
  algorithm: {
    repositories: [{ repository: 'sagemaker-xgboost', tags: ['3.0-5'] }],
    commands: { train: ['node'], serve: ['node'] },
  },
  needs,
});
const library = { name: 'xgboost', variable: 'XGBOOST_LIBRARY', neededBy: ['train'] } as const;

test('A library that is added while the server runs is found at the next look, and missed after its removal', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-catalogue-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const catalogue = openCatalogue([builtIn({ library })], folder, {});
  const missing = {
    train: `The image sagemaker-xgboost needs the library xgboost, which has not been added; type: linnet image add xgboost --data-dir ${folder}`,
  };
  assert.deepEqual(catalogue()[0]?.missing, missing);
  assert.equal(catalogue(), catalogue(), 'it is read once for each change');

  const file = join(folder, 'libxgboost.so');
  writeFileSync(file, Buffer.from('7f454c46', 'hex'));
  const image = await addXgboostLibrary(
    { dataFolder: folder, nowMs: () => 0, progress: () => undefined },
    { library: file },
  );
  const [found] = catalogue();
  assert.equal(found?.missing, undefined);
  assert.deepEqual(found?.settings, { XGBOOST_LIBRARY: join(image.folder, 'libxgboost.so') });

  removeImage(folder, 'xgboost');
  assert.deepEqual(catalogue()[0]?.missing, missing);
  assert.deepEqual(openCatalogue([builtIn({ library })], folder, { XGBOOST_LIBRARY: '/mine.so' })()[0]?.settings, {
    XGBOOST_LIBRARY: '/mine.so',
  });
});

test('An npm package that is not installed is named with the command that installs it', () => {
  const [found] = openCatalogue([builtIn({ library, packages: ['no-such-package'] })], '/nowhere', {})();
  assert.deepEqual(found?.missing, {
    train:
      'The image sagemaker-xgboost needs the npm package no-such-package, which is not installed; type: npm install no-such-package',
  });
  const [installed] = openCatalogue([builtIn({ packages: ['pino'] })], '/nowhere', {})();
  assert.equal(installed?.missing, undefined);
});

test('A command names the data folder unless it is the default one', () => {
  assert.equal(typedImage('list', join(homedir(), '.linnet'), {}), 'linnet image list');
  assert.equal(typedImage('list', '/d', {}), 'linnet image list --data-dir /d');
});
