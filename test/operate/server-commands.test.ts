// Jobs, endpoints, buckets and objects of a running server on the command line.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { linnet, startLinnet } from './linnet-command.ts';
import { createStub, deployStub, trainStub } from './stub-endpoint.ts';

async function running(t: TestContext) {
  const stub = await createStub(t);
  stub.open(true);
  const server = await stub.start({ stopDelay: '0' });
  const here = ['--data-dir', stub.folder];
  const run = async (...args: string[]) => linnet(...args, ...here);
  const done = async (...args: string[]): Promise<string> => {
    const { out, err, code } = await run(...args);
    assert.deepEqual([code, err], [0, ''], args.join(' '));
    return out;
  };
  return { server, run, done, here, at: (name: string) => join(stub.folder, name) };
}

test('jobs and endpoints are listed, shown, stopped and deleted', async (t) => {
  const { server, run, done } = await running(t);
  const longName = `fine-${'x'.repeat(58)}`;
  await trainStub(server, longName);
  await trainStub(server, 'fails');
  await deployStub(server, 'echo');
  assert.match(await done('jobs'), new RegExp(`^training +Completed +.* ${longName}$`, 'm'));
  const { jobs } = JSON.parse(await done('jobs', '--status', 'Failed', '--json'));
  assert.deepEqual(
    jobs.map(({ name, kind, status }: Record<string, string>) => [name, kind, status]),
    [['fails', 'Training', 'Failed']],
  );
  assert.equal(JSON.parse(await done('jobs', 'show', 'fails')).TrainingJobStatus, 'Failed');
  const absent = await run('jobs', 'stop', 'nothing');
  assert.deepEqual([absent.code, absent.err], [1, 'linnet: There is no job "nothing"; linnet jobs lists the newest\n']);
  assert.match(await done('endpoints'), /^InService +.* echo$/m);
  assert.equal(JSON.parse(await done('endpoints', 'show', 'echo', '--json')).EndpointName, 'echo');
  assert.match(await done('endpoints', 'delete', 'echo'), /^Deleted the endpoint echo\./);
  const gone = await run('endpoints', 'delete', 'never-was');
  assert.deepEqual(
    [gone.code, gone.err],
    [1, 'linnet: There is no endpoint "never-was"; linnet endpoints lists them\n'],
  );
});

test('s3 makes buckets, copies, lists, syncs and removes', async (t) => {
  const { run, done, here, at } = await running(t);
  assert.equal(await done('s3', 'mb', 's3://table-bucket'), 'Made the bucket s3://table-bucket/\n');
  assert.match(await done('s3', 'ls'), /s3:\/\/table-bucket\/$/m);
  const name = 'a b+c&é.csv';
  writeFileSync(at(name), 'x,y\n1,2\n');
  await done('s3', 'cp', at(name), 's3://table-bucket/in/');
  assert.match(await done('s3', 'ls', 's3://table-bucket/'), /folder +s3:\/\/table-bucket\/in\/$/m);
  const { objects } = JSON.parse(await done('s3', 'ls', 's3://table-bucket', '--recursive', '--json'));
  assert.deepEqual(
    objects.map(({ key, size }: Record<string, unknown>) => [key, size]),
    [[`in/${name}`, 8]],
  );
  assert.equal(await done('s3', 'cp', `s3://table-bucket/in/${name}`, '-'), 'x,y\n1,2\n');
  await done('s3', 'cp', `s3://table-bucket/in/${name}`, 's3://table-bucket/copy.csv');
  await done('s3', 'cp', 's3://table-bucket/copy.csv', at('back.csv'));
  assert.equal(readFileSync(at('back.csv'), 'utf8'), 'x,y\n1,2\n');
  const piped = startLinnet(t, 's3', 'cp', '-', 's3://table-bucket/piped.txt', ...here);
  piped.stdin!.end('from a pipe');
  await text(piped.stdout!);
  assert.equal(await done('s3', 'cp', 's3://table-bucket/piped.txt', '-'), 'from a pipe');

  mkdirSync(at('site/deep'), { recursive: true });
  writeFileSync(at('site/one.txt'), 'one');
  writeFileSync(at('site/deep/two.txt'), 'two');
  const synced = async (...more: string[]) =>
    JSON.parse(await done('s3', 'sync', at('site'), 's3://table-bucket/site', '--json', ...more));
  assert.deepEqual(await synced(), { copied: 2, same: 0, removed: 0 });
  assert.deepEqual(await synced(), { copied: 0, same: 2, removed: 0 });
  writeFileSync(at('site/one.txt'), 'ONE');
  const later = Date.now() / 1000 + 60;
  utimesSync(at('site/one.txt'), later, later);
  await done('s3', 'cp', at(name), 's3://table-bucket/site/odd.csv');
  assert.deepEqual(await synced('--delete'), { copied: 1, same: 1, removed: 1 });
  await done('s3', 'sync', 's3://table-bucket/site', at('mirror'));
  assert.equal(readFileSync(at('mirror/deep/two.txt'), 'utf8'), 'two');
  assert.equal(readFileSync(at('mirror/one.txt'), 'utf8'), 'ONE');

  const described = JSON.parse(await done('describe', `s3://table-bucket/in/${name}`, '--json'));
  assert.deepEqual([described.rowCount, described.columns.length], [1, 2]);

  const full = await run('s3', 'rm', 's3://table-bucket');
  assert.deepEqual([full.code, full.out], [1, '']);
  assert.match(full.err, /holds objects: linnet s3 rm s3:\/\/table-bucket --recursive removes them/);
  assert.match(await done('s3', 'rm', 's3://table-bucket', '--recursive'), /^Removed 5 objects/);
  await done('s3', 'rm', 's3://table-bucket');
  const absent = await run('s3', 'ls', 's3://table-bucket');
  assert.match(absent.err, /NoSuchBucket/);
  assert.equal((await run('s3', 'cp', at(name), at('x'))).code, 2);
  assert.equal((await run('s3', 'mb', 'table-bucket')).code, 2);
  const dots = await run('s3', 'cp', at(name), 's3://table-bucket/in/../up.csv');
  assert.match(dots.err, /has a part of dots alone, which an address cannot say/);
});
