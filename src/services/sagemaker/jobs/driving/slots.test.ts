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

test('Shares take turns, so that a long queue of one does not hold up another', async () => {
  const slots = createSlots(1);
  const began: string[] = [];
  const run = async (order: number, share: string): Promise<void> => {
    const release = await slots.take(order, never, share);
    began.push(`${share}${order}`);
    await Promise.resolve();
    release?.();
  };
  const first = await slots.take(0, never, 'a');
  const all = [1, 2, 3, 4].map((order) => run(order, 'a'));
  all.push(run(9, 'b'), run(8, 'b'), run(7, 'c'));
  first?.();
  await Promise.all(all);
  assert.deepEqual(began, ['c7', 'b8', 'a1', 'b9', 'a2', 'a3', 'a4']);
  assert.equal(slots.taken, 0);
  assert.equal(slots.waiting, 0);
});

test('A share that holds fewer places is served first', async () => {
  const slots = createSlots(2);
  await slots.take(0, never, 'a');
  const release = await slots.take(1, never, 'b');
  const began: string[] = [];
  for (const [order, share] of [
    [2, 'a'],
    [3, 'b'],
  ] as const)
    void slots.take(order, never, share).then(() => began.push(share));
  release?.();
  await new Promise(setImmediate);
  assert.deepEqual(began, ['b']);
});
