import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { clientEnvironment, mergedEnvironment, shellExports } from './environment.ts';

const note = {
  address: 'http://127.0.0.1:8470',
  region: 'eu-west-1',
  account: '000000000000',
  accessKeyId: 'AKIA',
  secretAccessKey: "it's secret",
  pid: 1,
};

test('The exports mean the same to a shell as the variables do to a program', () => {
  const inherited = {
    PATH: process.env.PATH,
    AWS_PROFILE: 'work',
    AWS_ENDPOINT_URL_S3: 'http://elsewhere',
    PYTHONPATH: '/mine',
    no_proxy: 'intranet',
    AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z',
  };
  const variables = clientEnvironment(note, '/data folder', inherited);
  const script = `${shellExports(variables)}\nenv -0`;
  const shell = spawnSync('sh', ['-c', script], { env: mergedEnvironment(inherited, {}), encoding: 'utf8' });
  const seen = Object.fromEntries(
    shell.stdout.split('\0').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
  for (const [name, value] of Object.entries(mergedEnvironment(inherited, variables)))
    assert.equal(seen[name], value, name);
  assert.equal(seen.AWS_PROFILE, undefined);
  assert.equal(seen.AWS_ENDPOINT_URL_S3, undefined);
  assert.equal(seen.AWS_CREDENTIAL_EXPIRATION, undefined);
  assert.equal(seen.no_proxy, '127.0.0.1,intranet');
  assert.equal(seen.AWS_SECRET_ACCESS_KEY, "it's secret");
});

test('Clients are handed a certificate that only the server itself vouches for', () => {
  assert.equal(clientEnvironment(note, '/data', {}).AWS_CA_BUNDLE, undefined);
  const variables = clientEnvironment({ ...note, certificateFile: '/c.pem' }, '/data', {
    AWS_CA_BUNDLE: '/system.pem',
  });
  assert.deepEqual([variables.AWS_CA_BUNDLE, variables.NODE_EXTRA_CA_CERTS], ['/c.pem', '/c.pem']);
});

test('A Python path that is already there stays, after ours, and is not doubled', () => {
  const once = clientEnvironment(note, '/data', { PYTHONPATH: '/mine' });
  const twice = clientEnvironment(note, '/data', { ...once, PYTHONPATH: once.PYTHONPATH });
  assert.match(once.PYTHONPATH ?? '', /python:\/mine$/);
  assert.equal(twice.PYTHONPATH, once.PYTHONPATH);
});
