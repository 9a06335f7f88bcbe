import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { writeZip } from '../../formats/index.ts';
import { readModelFile } from '../../learners/index.ts';
import { readEarlierModel } from './earlier-model.ts';
import { makeRoot, run } from './root.testing.ts';

async function archiveOf(files: Record<string, Uint8Array | string>): Promise<Uint8Array> {
  const archive = pack();
  for (const [name, bytes] of Object.entries(files)) archive.entry({ name }, Buffer.from(bytes));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

/** A published artifact of Amazon's (census income, 14 features): the members that carry the model. */
const amazonModelFile = writeZip({
  'additional-params.json': Buffer.from(
    '{"predictor_type": "binary_classifier", "loss_type": "logistic", "threshold": 0.46301859617233276, "metrics_params": {}}',
  ),
  'mx-mod-symbol.json': Buffer.from('{}'),
  'mx-mod-0000.params': Buffer.from(
    `120100000000000000000000000000000200000000000000c9fa93f900000000020000000e0000000000000001000000000000000100000000000000
     000000009a53213dd61503be026f58b281170f3d79f1b43e161c85be3f2378bb31dae7bda759cc3d73cb643f239ea639dcc12d3ae75b0a3dcfdb653c
     c9fa93f9000000000200000001000000000000000100000000000000010000000000000000000000ac5d11c102000000000000000e00000000000000
     6172673a6663305f7765696768740c000000000000006172673a6663305f62696173`.replace(/\s/g, ''),
    'hex',
  ),
  'manifest.json': Buffer.from('{}'),
});

/** Rows of 14 columns; the label follows the weights of the published model, now and then not. */
function censusRows(count: number): string {
  const { weights, bias } = readModelFile(amazonModelFile).model;
  let state = 5;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
  const spans = [70, 7, 400_000, 16, 16, 7, 15, 6, 5, 2, 9000, 500, 80, 42];
  const lines = Array.from({ length: count }, () => {
    const x = spans.map((span) => Math.floor(random() * span));
    const score = x.reduce((sum, value, j) => sum + value * weights[j]!, bias[0]!);
    return [1 / (1 + Math.exp(-score)) > random() ? 1 : 0, ...x].join(',');
  });
  return `${lines.join('\n')}\n`;
}

const rows = censusRows(1500);
const train = { contentType: 'text/csv', files: { 'part-0': rows } };
const classifier = {
  predictor_type: 'binary_classifier',
  optimizer: 'adam',
  exact: 'false',
  num_models: '1',
  epochs: '2',
  wd: '0',
};
const content = (bytes: Uint8Array, name = 'model.tar.gz') => ({
  contentType: 'application/x-sagemaker-model',
  files: { [name]: bytes },
});
const lossOf = (root: string): number =>
  readModelFile(readFileSync(join(root, 'model/model_algo-1'))).facts!.trainMetrics.find(
    ({ name }) => name === 'binary_log_loss',
  )!.value;

async function trained(t: TestContext, model: ReturnType<typeof content> | undefined, more = {}) {
  const channels = { train, ...(model && { model }) };
  const root = makeRoot(t, { hyperparameters: { ...classifier, ...more }, channels });
  return { root, ...(await run(t, 'train', root)) };
}

test('A job goes on from the archive of the job before, or of Amazon, and ends below it', async (t) => {
  const anew = await trained(t, undefined);
  const archive = await archiveOf({ 'model_algo-1': readFileSync(join(anew.root, 'model/model_algo-1')) });
  const more = await trained(t, content(archive), { epochs: '3' });
  assert.equal(more.code, 0, more.output);
  assert.match(more.output, /Training starts from the binary_classifier in "model\/model.tar.gz"/);
  assert.ok(lossOf(more.root) < lossOf(anew.root));
  // Labels were drawn by Amazon's model: little is left to learn, and far less than from a start of chance.
  const amazon = await trained(t, content(amazonModelFile, 'model_algo-1'));
  assert.equal(amazon.code, 0, amazon.output);
  assert.ok(lossOf(amazon.root) < lossOf(anew.root) - 0.001);
});

test('An earlier model that does not fit the job, or is none, is the failure that the user reads', async (t) => {
  const regressor = await trained(t, content(amazonModelFile, 'model_algo-1'), { predictor_type: 'regressor' });
  assert.equal(regressor.code, 1);
  assert.equal(
    regressor.failure,
    'ClientError: Training cannot start from the earlier model: it is a binary_classifier, but predictor_type is regressor',
  );
});

test('The channel holds one model, packed or not; all else is named', async (t) => {
  const model = { 'model_algo-1': amazonModelFile };
  const read = async (files: Record<string, Uint8Array | string>, config = {}) => {
    const root = makeRoot(t, { channels: { model: { files } } });
    return readEarlierModel({ TrainingInputMode: 'File', ...config }, join(root, 'input/data/model'));
  };
  for (const files of [
    model,
    { 'below/model_algo-1': amazonModelFile },
    { 'm.tgz': await archiveOf({ ...model, 'notes.txt': 'x' }) },
    { 'model.tar.gz': await archiveOf(model), 'output.tar.gz': 'x' },
    { 'model.tar.gz': await archiveOf({ './out/model_algo-2': amazonModelFile }) },
  ] as Record<string, Uint8Array>[]) {
    assert.equal((await read(files)).model.featureCount, 14);
  }
  for (const [files, message] of [
    [{ 'notes.txt': 'x' }, /Channel "model" has no model among 1 files; it needs one model.tar.gz/],
    [{ 'model.tar.gz': 'x' }, /"model\/model.tar.gz" is not a readable .tar.gz archive/],
    [{ 'model.tar.gz': (await archiveOf(model)).subarray(0, 400) }, /not a readable .tar.gz archive/],
    [{ 'model.tar.gz': await archiveOf({ 'xgboost-model': 'x' }) }, /holds no model_algo-1: it is no model/],
    [{ 'model.tar.gz': await archiveOf({ 'model_algo-1': 'x' }) }, /"model\/model.tar.gz": Not a readable zip/],
    [{ 'a.tar.gz': 'x', 'b.tar.gz': 'x' }, /has 2 archives/],
    [{ 'model_algo-2': 'x', 'model_algo-3': 'x' }, /There are several models: model_algo-2, model_algo-3/],
  ] as [Record<string, Uint8Array | string>, RegExp][]) {
    await assert.rejects(read(files), message);
  }
  const whole = await archiveOf({ ...model, 'notes.txt': 'x' });
  for (let end = 0; end < whole.length; end += 101) {
    await assert.rejects(read({ 'model.tar.gz': whole.subarray(0, end) }), /model.tar.gz" /, `cut off after ${end}`);
  }
  await assert.rejects(read(model, { ContentType: 'text/csv' }), {
    message: 'Channel "model" has ContentType "text/csv"; it must be application/x-sagemaker-model',
  });
  await assert.rejects(read(model, { TrainingInputMode: 'Pipe' }), /TrainingInputMode Pipe; use File/);
});
