// The report of a job of a running server, and of files, by the command.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { linnet } from './linnet-command.ts';
import { createStub, optionsOf, trainReported, trainStub } from './stub-endpoint.ts';

test('linnet report draws a job, its archive and its JSON, and says where there is none', async (t) => {
  const stub = await createStub(t);
  const server = await stub.start({ stopDelay: '0' });
  const here = ['--data-dir', stub.folder];
  await trainStub(server, 'other');
  const s3 = new S3Client({ ...optionsOf(server), forcePathStyle: true });
  t.after(() => s3.destroy());
  await trainReported(server, 'seven');

  const page = join(stub.folder, 'seven.html');
  const drawn = await linnet('report', 'seven', '-o', page, ...here);
  assert.equal(drawn.code, 0, drawn.err);
  assert.match(drawn.out, /^Of 200 rows of training, each predicted by a model fitted without it, the model called/);
  assert.match(readFileSync(page, 'utf8'), /<h1>seven<\/h1>/);
  const numbers = await linnet('report', 'seven', '--json', ...here);
  const { model } = JSON.parse(numbers.out);
  assert.match(model.sha256, /^[0-9a-f]{64}$/);

  const archive = join(stub.folder, 'output.tar.gz');
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'output', Key: 'jobs/seven/output/output.tar.gz' }));
  writeFileSync(archive, await Body!.transformToByteArray());
  assert.match((await linnet('report', archive, '-o', '-')).out, new RegExp(model.sha256));
  const json = join(stub.folder, 'numbers.json');
  writeFileSync(json, numbers.out);
  assert.equal((await linnet('report', json, '--json')).out, numbers.out);

  writeFileSync(json, numbers.out.replace('"version":1', '"version":2'));
  for (const [source, because] of [
    [json, /has version 2; this Linnet reads version 1/],
    ['other', /Training job "other" left no (output.tar.gz|report)/],
    ['nothing', /There is no training job "nothing", and no file of that name/],
    ['nothing.tar.gz', /There is no file "nothing.tar.gz"/],
  ] as const) {
    const refused = await linnet('report', source, ...here);
    assert.equal(refused.code, 1);
    assert.match(refused.err, because);
  }
});
