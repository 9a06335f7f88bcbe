import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlots } from './slots.ts';

const never = new AbortController().signal;

test('Places go to the lowest order among those that wait, and no more are given than there are', async () => {
  const slots = createSlots(2);
  const began: number[] = [];
  const taken = [5, 3, 4, 1, 2].map((order) =>
    slots.take(order, never).then((release) => {
      began.push(order);
      return release;
    }),
  );
  const [one, two] = await Promise.all([taken[3], taken[4]]);
  assert.deepEqual(began, [1, 2]);
  one?.();
  one?.();
  await taken[1];
  assert.deepEqual(began, [1, 2, 3], 'a place given back twice counts once');
  two?.();
  await taken[2];
  assert.deepEqual(began, [1, 2, 3, 4]);
});

test('Who stops waiting leaves the queue', async () => {
  const slots = createSlots(1);
  const release = await slots.take(0, never);
  const impatient = new AbortController();
  const gone = slots.take(1, impatient.signal);
  const next = slots.take(2, never);
  impatient.abort();
  assert.equal(await gone, undefined);
  release?.();
  assert.ok(await next);
  assert.equal(await slots.take(3, impatient.signal), undefined);
});
