import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../base/index.ts';
import { readConfig, type ServerOptions } from './config.ts';

const problemsOf = (options: ServerOptions, environment: Record<string, string> = {}): string => {
  try {
    readConfig(options, environment);
  } catch (thrown) {
    assert.ok(thrown instanceof DataError);
    return thrown.message;
  }
  throw new Error('The configuration was accepted');
};

test('An option wins over its environment variable, which wins over the default', () => {
  const environment = { LINNET_PORT: '1234', LINNET_REGION: 'eu-west-1' };
  const config = readConfig({ port: '0' }, environment);
  assert.deepEqual([config.port, config.region, config.host, config.auth], [0, 'eu-west-1', '127.0.0.1', 'strict']);
});

test('All wrong settings are named at once, each with its value', () => {
  const message = problemsOf({
    port: '70000',
    accountId: '12',
    auth: 'none',
    encryption: 'on',
    accessKey: 'AKIA',
    logLevel: 'loud',
    domain: 'a.example, http://b',
    stopGrace: 'long',
    programUser: 'no such name',
    programMemory: '8',
  });
  for (const part of [
    '--port is "70000"',
    '--account-id is "12"',
    '--auth is "none"',
    '--encryption is "on"',
    '--access-key and --secret-key',
    '--log-level is "loud"',
    '--domain has "http://b"',
    '--stop-grace is "long"',
    '--program-user is "no such name"',
    '--program-memory is "8"',
  ]) {
    assert.ok(message.includes(part), `${part} in ${message}`);
  }
});

test('A list of names without a name is refused', () => {
  assert.match(problemsOf({ domain: ' , ' }), /^--domain is " , ", which names no host; it must be names of hosts/);
  assert.match(problemsOf({}, { LINNET_DOMAIN: ',' }), /^LINNET_DOMAIN is ","/);
});

test('A wrong setting is named as it was given', () => {
  assert.match(
    problemsOf({}, { LINNET_PORT: 'x', LINNET_AUTH: 'Open' }),
    /^LINNET_PORT is "x";.*\nLINNET_AUTH is "Open";/,
  );
  assert.match(problemsOf({ port: 'x' }, { LINNET_PORT: '1' }), /^--port is "x";/);
});

test('An address of a database that its client cannot read is refused without telling the password', () => {
  for (const databaseUrl of ['db', 'mysql://a/b', 'postgresql://u:secret@h:99999/db', 'postgresql://u:secret%@h/db']) {
    const message = problemsOf({ databaseUrl });
    assert.match(message, /^--database-url must be the address of a PostgreSQL database/);
    assert.doesNotMatch(message, /secret/);
  }
  const socket = 'postgresql:///linnet?host=/var/run/postgresql';
  assert.equal(readConfig({ databaseUrl: socket }, {}).databaseUrl, socket);
});

test('Listening beyond loopback needs TLS and strict auth, or the flag that says otherwise', () => {
  const message = problemsOf({ host: '0.0.0.0', auth: 'open' });
  assert.match(message, /--auth open/);
  assert.match(message, /--tls-cert/);
  assert.match(problemsOf({ host: '0.0.0.0' }), /--tls-cert/);
  assert.match(problemsOf({ host: '0.0.0.0', tlsCert: 'c', tlsKey: 'k', auth: 'open' }), /--auth open/);
  assert.equal(readConfig({ host: '0.0.0.0', tlsCert: 'c', tlsKey: 'k' }, {}).host, '0.0.0.0');
  assert.equal(readConfig({ host: '0.0.0.0', allowInsecure: true }, {}).host, '0.0.0.0');
  assert.equal(readConfig({ host: '127.0.0.1', auth: 'open' }, {}).auth, 'open');
});

test('Names of the server come from the option or the environment, by commas', () => {
  assert.deepEqual(readConfig({}, {}).domains, []);
  assert.deepEqual(readConfig({}, { LINNET_DOMAIN: 'ml.example.com, data_1' }).domains, ['ml.example.com', 'data_1']);
});
