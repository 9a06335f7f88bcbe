import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { addXgboostLibrary, imagesFolder, removeImage } from '../../images/index.ts';
import type { Algorithm } from '../../services/index.ts';
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
    async () => '3.0.5',
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

test('What only several hosts need is missed by them alone', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-catalogue-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const of = (packages: string[], environment: Record<string, string>): Algorithm | undefined =>
    openCatalogue([builtIn({ onHosts: { library, packages } })], folder, environment)()[0];
  const without = of([], {});
  assert.equal(without?.missing, undefined);
  assert.match(
    without?.missingOnHosts ?? '',
    /^Several instances of the image sagemaker-xgboost need the library xgboost/,
  );
  assert.match(of(['no-such-package'], {})?.missingOnHosts ?? '', /need the npm package no-such-package/);
  const found = of([], { XGBOOST_LIBRARY: '/mine.so' });
  assert.equal(found?.missingOnHosts, undefined);
  assert.deepEqual(found?.settings, { XGBOOST_LIBRARY: '/mine.so' });

  const file = join(folder, 'libxgboost.so');
  writeFileSync(file, Buffer.from('7f454c46', 'hex'));
  let nowMs = 0;
  const addVersion = (version: string) =>
    addXgboostLibrary(
      { dataFolder: folder, nowMs: () => (nowMs += 1), progress: () => undefined },
      { library: file },
      async () => version,
    );
  const needs = { library, onHosts: { library: { ...library, majorMin: 3 }, packages: [] } };
  await addVersion('1.7.4');
  const [older] = openCatalogue([builtIn(needs)], folder, {})();
  assert.equal(older?.missing, undefined, 'it does for one host');
  assert.match(
    older?.missingOnHosts ?? '',
    /of version 3.0 or later, but 1.7.4 was added last; type: .*image add xgboost/,
  );
  await addVersion('3.0.5');
  assert.equal(openCatalogue([builtIn(needs)], folder, {})()[0]?.missingOnHosts, undefined);
});

test('A library that is installed beside Linnet is found, and one that was added comes before it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-catalogue-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const onnx = {
    name: 'onnx',
    title: 'ONNX Runtime',
    variable: 'ONNX_RUNTIME',
    neededBy: ['serve'],
    installed: { package: 'onnxruntime-web', file: 'ort.wasm.bundle.min.mjs' },
  } as const;
  const settingsIn = (installed: { package: string; file: string }) =>
    openCatalogue([builtIn({ library: { ...onnx, installed } })], folder, {})()[0];
  const [found] = openCatalogue([builtIn({ library: onnx })], folder, {})();
  assert.ok(existsSync(found?.settings?.ONNX_RUNTIME ?? ''), found?.settings?.ONNX_RUNTIME);
  const message = `The image sagemaker-xgboost needs ONNX Runtime, which has not been added; type: linnet image add onnx --data-dir ${folder}`;
  assert.deepEqual(settingsIn({ package: 'no-such-package', file: 'x' })?.missing, { serve: message });
  assert.deepEqual(settingsIn({ ...onnx.installed, file: 'no-such-file' })?.missing, { serve: message });
  const image = join(imagesFolder(folder), 'onnx/1.30.0');
  mkdirSync(image, { recursive: true });
  const note = { name: 'onnx', version: '1.30.0', kind: 'library', files: { library: 'a.mjs' }, addedAt: '2026-01-01' };
  writeFileSync(join(image, 'image.json'), JSON.stringify(note));
  assert.equal(settingsIn(onnx.installed)?.settings?.ONNX_RUNTIME, join(image, 'a.mjs'));
});

test('An npm package that is not installed is named with the command that installs it', () => {
  const [found] = openCatalogue([builtIn({ library, packages: ['no-such-package'] })], '/nowhere', {})();
  assert.deepEqual(found?.missing, {
    train:
      'The image sagemaker-xgboost needs the npm package no-such-package, which is not installed; type: npm install no-such-package, and start Linnet again',
  });
  const [installed] = openCatalogue([builtIn({ packages: ['pino'] })], '/nowhere', {})();
  assert.equal(installed?.missing, undefined);
});

test('A command names the data folder unless it is the default one', () => {
  assert.equal(typedImage('list', join(homedir(), '.linnet'), {}), 'linnet image list');
  assert.equal(typedImage('list', '/d', {}), 'linnet image list --data-dir /d');
});

const sklearnTag = { uri: '1.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3' };
const named = (algorithms: readonly Algorithm[], { uri }: { uri: string }): Algorithm | undefined => {
  const [repository = '', tag = ''] = uri.slice(uri.indexOf('/') + 1).split(':');
  return algorithms.find(({ repositories }) =>
    repositories.some(
      (each) => each.repository === repository && each.tagPrefixes?.some((prefix) => tag.startsWith(prefix)),
    ),
  );
};

test('The image of a framework that was not added says what to type, and one that stands in for another says so in the log', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-catalogue-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const environment = { PIP_INDEX_URL: 'https://index', OPENBLAS_CORETYPE: 'Haswell', AWS_SECRET_ACCESS_KEY: 'secret' };
  const catalogue = openCatalogue([], folder, environment);
  const text = `The image of scikit-learn 1.2.1 has not been added; type: linnet image add sklearn --version 1.2.1 --data-dir ${folder}`;
  assert.deepEqual(named(catalogue(), sklearnTag)?.missing, { train: text, serve: text });
  const old = named(catalogue(), { uri: 'r.io/sagemaker-scikit-learn:0.23-1-cpu-py3' });
  assert.match(old?.missing?.train ?? '', /type: linnet image add sklearn --version 0\.23\.2 --use 1\.4\.2 /);

  const image = join(imagesFolder(folder), 'sklearn/1.2.1');
  mkdirSync(image, { recursive: true });
  const note = {
    name: 'sklearn',
    version: '1.2.1',
    kind: 'environment',
    repositories: [{ repository: 'sagemaker-scikit-learn', tags: ['1.2-1'], tagPrefixes: ['1.2-1-'] }],
    files: { python: 'environment/bin/python', programs: 'environment/bin' },
    runs: '1.4.2',
    madeFrom: 'a test',
    sizeBytes: 1,
    addedAt: '2026-01-01T00:00:00.000Z',
  };
  writeFileSync(join(image, 'image.json'), JSON.stringify(note));
  const found = named(catalogue(), sklearnTag);
  assert.equal(found?.missing, undefined);
  assert.equal(found?.commands.train?.[0], join(image, 'environment/bin/python'));
  for (const command of Object.values(found?.commands ?? {})) assert.ok(existsSync(command[1]!), command[1]);
  assert.match(found?.note ?? '', /this image means sklearn 1\.2\.1; sklearn 1\.4\.2 runs in its place/);
  assert.deepEqual(found?.environment, { PIP_INDEX_URL: 'https://index', OPENBLAS_CORETYPE: 'Haswell' });
  assert.deepEqual(found?.settings, { LINNET_FRAMEWORK: 'sklearn' });
});
