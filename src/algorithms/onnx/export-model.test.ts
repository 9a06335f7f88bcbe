import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { DataError } from '../../base/index.ts';
import { writeModelFile } from '../../learners/index.ts';
import { exportModel } from './export-model.ts';

const boosted = readFileSync(new URL('../../../../test/fixtures/xgboost/models/dart.ubj', import.meta.url));
const linear = writeModelFile({
  predictorType: 'regressor',
  loss: 'squared_loss',
  featureCount: 2,
  outputCount: 1,
  weights: Float64Array.of(0.5, -1),
  bias: Float64Array.of(0.25),
  threshold: 0.5,
  metricsParams: {},
});

test('An archive or a model file becomes ONNX', async (t) => {
  const folder = temporary(t);
  const out = join(folder, 'model.onnx');
  const models = { 'xgboost-model': boosted, 'model_algo-1': linear };
  for (const [name, bytes] of Object.entries(models)) {
    writeFileSync(join(folder, name), bytes);
    writeFileSync(join(folder, 'model.tar.gz'), await packed({ [name]: bytes }));
    assert.match(await exportModel(join(folder, name), out), /in ONNX \(\d+ bytes\)$/);
    const unpacked = readFileSync(out);
    await exportModel(join(folder, 'model.tar.gz'), out);
    assert.deepEqual(readFileSync(out), unpacked);
    // The first field, the version of the format, and who wrote it.
    assert.deepEqual([...unpacked.subarray(0, 4)], [8, 8, 18, 6]);
    assert.equal(unpacked.subarray(4, 10).toString(), 'linnet');
  }
});

test('What cannot be exported is refused by its name', async (t) => {
  const folder = temporary(t);
  const refused = async (name: string, bytes: Uint8Array | undefined, message: RegExp): Promise<void> => {
    if (bytes !== undefined) writeFileSync(join(folder, name), bytes);
    await assert.rejects(
      exportModel(join(folder, name), join(folder, 'out.onnx')),
      (error) => error instanceof DataError && message.test(error.message),
    );
  };
  await refused('notes.txt', Buffer.from('hello'), /notes.txt": The file is no model of XGBoost/);
  await refused('absent', undefined, /Cannot read ".*absent": ENOENT/);
  await refused('a.tar.gz', await packed({ other: linear }), /"a.tar.gz" holds no model_algo-1 or xgboost-model/);
  await refused('b.tar.gz', await packed({ 'xgboost-model-0': boosted, 'xgboost-model-1': boosted }), /several models/);
  await assert.rejects(exportModel(join(folder, 'notes.txt'), folder), DataError);
});

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-export-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function packed(files: Record<string, Uint8Array>): Promise<Buffer> {
  const archive = pack();
  for (const [name, bytes] of Object.entries(files)) archive.entry({ name }, Buffer.from(bytes));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}
