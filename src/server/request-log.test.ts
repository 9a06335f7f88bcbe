import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestLog } from './request-log.ts';

test('Failures of the server are seen at the default level, and an unknown name once', () => {
  const seen: string[] = [];
  const at = (level: string) => (entry: { status: number }) => void seen.push(`${level} ${entry.status}`);
  const log = requestLog({ info: at('info'), warn: at('warn'), error: at('error') });
  const entry = { requestId: 'r', method: 'HEAD', path: '/', durationMs: 1 };
  log({ ...entry, status: 200 });
  log({ ...entry, status: 403, code: 'AccessDenied', message: 'Access Denied' });
  log({ ...entry, status: 503, code: 'ServiceUnavailable', message: 'no database' });
  log({ ...entry, status: 500, message: 'a bug', error: 'Error: a bug at ...' });
  log({ ...entry, status: 421, message: '"a.example" is not a name' });
  log({ ...entry, status: 421, message: '"a.example" is not a name' });
  for (let i = 0; i < 100; i += 1) log({ ...entry, status: 421, message: `"${i}.example" is not a name` });
  assert.deepEqual(seen.slice(0, 6), ['info 200', 'info 403', 'warn 503', 'error 500', 'warn 421', 'info 421']);
  assert.equal(seen.filter((line) => line === 'warn 421').length, 20);
});
