// The commands for operators, as programs of their own beside a running server.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { linnet } from './linnet-command.ts';
import {
  createStub,
  deployStub,
  invokeStub,
  processStub,
  trainStub,
  transformStub,
  tuneStub,
} from './stub-endpoint.ts';

test('status and logs show what the running server does, within 80 columns', async (t) => {
  const stub = await createStub(t);
  stub.open(true);
  const server = await stub.start({ stopDelay: '0' });
  const longName = `fine-${'x'.repeat(58)}`;
  await trainStub(server, longName);
  await trainStub(server, 'fails');
  await deployStub(server, 'echo');
  const here = ['--data-dir', stub.folder];

  const status = await linnet('status', ...here);
  assert.equal(status.code, 0, status.err);
  assert.match(status.out, new RegExp(`^Linnet answers at ${server.address}: ready$`, 'm'));
  assert.match(status.out, /fails +│ Failed +│ \d+ s ago +│ \d+ s/);
  assert.match(status.out, /echo +│ InService/);
  for (const line of status.out.split('\n').slice(3)) assert.ok(line.length <= 80, line);
  const { jobs, endpoints, ready } = JSON.parse((await linnet('status', '--json', ...here)).out);
  assert.deepEqual([jobs[1].TrainingJobName, endpoints[0].EndpointName, ready], [longName, 'echo', 'ready']);

  const fine = await linnet('logs', longName, ...here);
  assert.deepEqual([fine.code, fine.out], [0, `line one of ${longName}\ndone\n`]);
  const failed = await linnet('logs', 'fails', '-f', ...here);
  assert.deepEqual(
    [failed.code, failed.out, failed.err],
    [1, 'line one of fails\n', 'AlgorithmError: no luck, exit code: 1\n'],
  );
  assert.doesNotMatch(status.out, /processing/);
  await processStub(server, 'tidies');
  assert.match((await linnet('status', ...here)).out, /newest processing jobs[\s\S]*tidies +│ (InProgress|Failed)/);
  const followed = await linnet('logs', 'tidies', '-f', ...here);
  assert.deepEqual([followed.code, followed.out], [1, 'tidied\n'], followed.err);
  assert.match(followed.err, /^AlgorithmError: .*tidied, exit code: 4$/m);
  await tuneStub(server, 'searches');
  assert.match((await linnet('status', ...here)).out, /newest tuning jobs[\s\S]*searches +│ (InProgress|Failed)/);
  await transformStub(server, 'rows', 'echo');
  assert.match((await linnet('status', ...here)).out, /newest transform jobs[\s\S]*rows +│ Completed/);
  assert.match((await linnet('logs', 'rows', ...here)).out, /\[sagemaker logs\]: rows\/in\/a\.csv: transformed$/m);
  await invokeStub(server, 'echo', 'bad').catch(() => undefined);
  assert.equal((await linnet('logs', 'echo', ...here)).out, 'refused a body\n');
  const nothing = await linnet('logs', 'nothing', ...here);
  assert.deepEqual([nothing.code, nothing.out], [1, '']);
  assert.match(nothing.err, /There is no job and no endpoint "nothing" in the region us-east-1/);
});

test('doctor says what is missing and how to get it, and leaves nothing behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'linnet-doctor-'));
  try {
    const here = ['--data-dir', join(folder, 'not-yet'), '--port', '0'];
    const { out, code } = await linnet('doctor', ...here);
    assert.equal(code, 0);
    assert.match(out, /^ok {5}versions +Linnet \S+, Node\.js /m);
    assert.match(out, /^ok {5}data +\S+\/not-yet will be made at the\s+first start$/m);
    assert.match(out, /^ok {5}containers +\S/m);
    assert.match(out, /^note {3}xgboost +[\s\S]*?Type: linnet image add xgboost\s+--data-dir/m);
    for (const line of out.split('\n')) assert.ok(line.length <= 80 || !line.trim().includes(' '), line);
    const findings = JSON.parse((await linnet('doctor', '--json', ...here)).out) as { what: string; state: string }[];
    assert.equal(findings.find(({ what }) => what === 'disk')?.state, 'ok');
    const wrong = await linnet('doctor', '--data-dir', '/proc/linnet', '--port', '0');
    assert.deepEqual([wrong.code, /^wrong {2}data /m.test(wrong.out)], [1, true]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('help explains all commands, or one, within 80 columns', async () => {
  const all = await linnet('help');
  assert.equal(all.code, 0);
  assert.match(all.out, /^ {2}doctor +Look at this machine/m);
  const one = await linnet('help', 'logs');
  assert.equal(one.out, (await linnet('logs', '--help')).out);
  for (const line of `${all.out}${one.out}`.split('\n')) assert.ok(line.length <= 80, line);
  assert.equal((await linnet('help', 'nothing')).code, 2);
});
