import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asText } from './log.ts';

const line = (entry: object): string => asText(JSON.stringify({ level: 'warn', time: 'T', ...entry }));

test('An event is one line for people: what happened, then its members', () => {
  assert.equal(line({ msg: 'Started', pid: 7, folder: '/a b' }), 'T warn  Started pid=7 folder="/a b"\n');
  assert.equal(line({ method: 'GET', path: '/b/k', status: 503, message: 'Slow' }), 'T warn  GET /b/k 503 Slow\n');
  assert.equal(
    line({ msg: 'Failed', error: { stack: 'Error: x\n    at y' } }),
    'T warn  Failed\n  Error: x\n      at y\n',
  );
});

test('A message cannot write lines of its own, nor steer the terminal', () => {
  assert.equal(line({ msg: 'no\nT info  Linnet stopped\u001b[2J\r' }), 'T warn  no\n  T info  Linnet stopped[2J\n');
  assert.equal(line({ msg: 'x', path2: 'a\nb' }), 'T warn  x path2="a\\nb"\n');
});
