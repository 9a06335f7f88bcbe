import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestLog } from './request-log.ts';

/** A log on a clock of its own, and the lines it shows. */
function watched() {
  const clock = { ms: 0 };
  const seen: string[] = [];
  const at = (level: string) => (entry: object) => {
    const { status, reason, notShown } = entry as { status?: number; reason?: string; notShown?: number };
    seen.push([level, status, reason, notShown].filter((word) => word !== undefined).join(' '));
  };
  const log = { debug: at('debug'), warn: at('warn'), error: at('error') };
  return { clock, seen, log: requestLog({ log, steadyMs: () => clock.ms }) };
}

const entry = { requestId: 'r', method: 'HEAD', path: '/', durationMs: 1 };

test('Failures of the server are seen at the default level, and an unknown name once', () => {
  const { seen, log } = watched();
  log({ ...entry, status: 200 });
  log({ ...entry, status: 403, code: 'AccessDenied', message: 'Access Denied' });
  log({ ...entry, status: 503, code: 'ServiceUnavailable', message: 'no database' });
  log({ ...entry, status: 503, page: 'ready' });
  log({ ...entry, status: 500, message: 'a bug', error: 'Error: a bug at ...' });
  log({ ...entry, status: 421, message: '"a.example" is not a name' });
  log({ ...entry, status: 421, message: '"a.example" is not a name' });
  for (let i = 0; i < 100; i += 1) log({ ...entry, status: 421, message: `"${i}.example" is not a name` });
  const first = ['debug 200', 'debug 403', 'warn 503', 'debug 503', 'error 500', 'warn 421', 'debug 421'];
  assert.deepEqual(seen.slice(0, 7), first);
  assert.equal(seen.filter((line) => line === 'warn 421').length, 20);
});

test('Refused sign-ins are seen, ten in a minute; the next line counts the others', () => {
  const { clock, seen, log } = watched();
  for (let i = 0; i < 15; i += 1) log({ ...entry, status: 403, refusal: 'mismatch' });
  assert.equal(seen.filter((line) => line === 'warn mismatch').length, 10);
  clock.ms = 61_000;
  log({ ...entry, status: 403, refusal: 'unknown-key' });
  assert.equal(seen.at(-1), 'warn unknown-key 5');
});
