import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSessions, sessionMs } from './sessions.ts';

function open() {
  let nowMs = 0;
  let tokens = 0;
  const sessions = openSessions({ newToken: () => `token ${++tokens}`, nowMs: () => nowMs });
  const begin = () => sessions.begin({ accessKeyId: 'AKID', keyToken: undefined, region: 'us-east-1' }).token;
  return { ...sessions, begin, wait: (ms: number) => (nowMs += ms) };
}

test('A session lasts its time and no longer', () => {
  const { begin, find, wait } = open();
  const token = begin();
  wait(sessionMs - 1);
  assert.equal(find(token)?.accessKeyId, 'AKID');
  wait(1);
  assert.equal(find(token), undefined);
});

test('Only the session that is ended ends', () => {
  const { begin, find, end } = open();
  const [first, second] = [begin(), begin()];
  end(first);
  assert.equal(find(first), undefined);
  assert.ok(find(second));
  assert.equal(find('made up'), undefined);
});

test('Of too many sessions the oldest ends', () => {
  const { begin, find } = open();
  const tokens = Array.from({ length: 1001 }, begin);
  assert.equal(find(tokens[0]!), undefined);
  assert.ok(find(tokens[1]!));
  assert.ok(find(tokens.at(-1)!));
});
