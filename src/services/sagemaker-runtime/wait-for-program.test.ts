import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../base/index.ts';
import { manualTimers } from '../testing/world.ts';
import { createLiveTable } from './live-table.ts';
import { whenFound } from './wait-for-program.ts';

function waiting() {
  const clock = manualTimers();
  const stopping = new AbortController();
  const call = { signal: new AbortController().signal, stopping: stopping.signal };
  const room = { table: createLiveTable(), timers: clock.timers, nowMs: clock.nowMs, steadyMs: () => 0, count: 0 };
  let program: string | undefined;
  return {
    ...clock,
    room,
    stopping,
    up(name: string) {
      program = name;
      room.table.wake();
    },
    find: () => whenFound(room, call, 'No program', () => program),
  };
}

const refusal = async (work: Promise<unknown>): Promise<unknown[]> => {
  const thrown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof ServiceError, String(thrown));
  return [thrown.code, thrown.details.headers, thrown.message];
};
const comeBack = { 'Retry-After': '1' };

test('Who waits gets the program as soon as it is up', async () => {
  const { find, up, room } = waiting();
  const found = [find(), find()];
  up('the program');
  assert.deepEqual(await Promise.all(found), ['the program', 'the program']);
  assert.equal(room.count, 0);
});

test('After 20 s, and when the server stops, a client is told to come back', async () => {
  const { find, advance, stopping } = waiting();
  const late = find();
  advance(20_000);
  assert.deepEqual(await refusal(late), ['ServiceUnavailable', comeBack, 'No program.']);
  const cut = find();
  stopping.abort();
  assert.deepEqual(await refusal(cut), ['ServiceUnavailable', comeBack, 'No program.']);
});

test('Too many do not wait', async () => {
  const { find, up } = waiting();
  const some = Array.from({ length: 256 }, find);
  const [code, headers] = await refusal(find());
  assert.deepEqual([code, headers], ['ServiceUnavailable', comeBack]);
  up('the program');
  assert.equal((await Promise.all(some)).length, 256);
  assert.equal(await find(), 'the program');
});
