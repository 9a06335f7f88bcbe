import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryRecords, type RecordOf } from '../../store/index.ts';
import { manualTimers } from '../testing/world.ts';
import type { Context } from './context.ts';
import { createLooks, type HeldCall, holdWhileBusy } from './hold.ts';

const agent = 'aws-sdk-js/3.1142.0 ua/2.1 os/linux lang/js md/nodejs#20.20.2 api/sagemaker#3.1142.0';

/** One job that is busy since the start of the clock, and callers who ask for it. */
async function world() {
  const records = memoryRecords();
  const clock = manualTimers();
  const stopping = new AbortController();
  const holds = { waiterMs: 55_000, sdkMs: 20_000, looks: createLooks() };
  const { timers, nowMs } = clock;
  const context = { records, timers, nowMs, holds } as unknown as Context;
  const write = (status: string) =>
    records.write([
      { put: { kind: 'training-job', id: 'job', status, createdAtMs: nowMs(), updatedAtMs: nowMs(), body: {} } },
    ]);
  await write('InProgress');
  const startedMs = nowMs();
  const ask = (more: Partial<HeldCall> = {}) => {
    const call: HeldCall = {
      fromWaiter: false,
      mayBeWaiter: true,
      signal: new AbortController().signal,
      stopping: stopping.signal,
      caller: { accessKeyId: 'AKIA', anonymous: false },
      headers: { 'user-agent': `${agent} m/N,E` },
      ...more,
    };
    const asked = {
      status: undefined as string | undefined,
      answer: holdWhileBusy(context, call, {
        kind: 'training-job',
        name: 'Job',
        read: async () => (await records.get('training-job', 'job')) as RecordOf,
        busySinceMs: ({ status }) => (status === 'InProgress' ? startedMs : undefined),
      }),
    };
    void asked.answer.then(({ status }) => {
      asked.status = status;
    });
    return asked;
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, stopping, write, ask, settle };
}

test('The first look of an SDK whose waiters carry no mark is answered when the job ends', async () => {
  const { clock, write, ask, settle } = await world();
  const first = ask();
  clock.advance(15_000);
  await settle();
  assert.equal(first.status, undefined);
  await write('Completed');
  assert.equal((await first.answer).status, 'Completed');
});

test('It is held no longer than the job is young, and an older job is answered at once', async () => {
  const { clock, ask, settle } = await world();
  clock.advance(6_000);
  const first = ask();
  clock.advance(13_999);
  await settle();
  assert.equal(first.status, undefined);
  clock.advance(1);
  assert.equal((await first.answer).status, 'InProgress');
  assert.equal((await ask({ caller: { accessKeyId: 'OTHER', anonymous: false } }).answer).status, 'InProgress');
});

test('A client that polls is held once: from its second look on it is answered at once, another client is not', async () => {
  const { clock, ask, settle } = await world();
  const gone = new AbortController();
  const first = ask({ signal: gone.signal });
  const beside = ask();
  await settle();
  // It gives up and asks again, as a client with a short time-out does.
  gone.abort();
  await first.answer;
  assert.equal((await ask({ headers: { 'user-agent': `${agent} m/N,E,e` } }).answer).status, 'InProgress');
  const other = ask({ headers: { 'user-agent': 'aws-sdk-go-v2/1.30.0 lang/go#1.22.0' } });
  await settle();
  assert.deepEqual([beside.status, other.status], [undefined, undefined]);
  clock.advance(20_000);
  assert.equal((await other.answer).status, 'InProgress');
});

test('A marked waiter is held at every look, other clients never', async () => {
  const { clock, ask, settle } = await world();
  for (let look = 0; look < 3; look += 1) {
    const waiter = ask({ fromWaiter: true, mayBeWaiter: look === 0 });
    await settle();
    clock.advance(54_999);
    await settle();
    assert.equal(waiter.status, undefined);
    clock.advance(1);
    assert.equal((await waiter.answer).status, 'InProgress');
  }
  assert.equal((await ask({ mayBeWaiter: false }).answer).status, 'InProgress');
});

test('A stopping server answers held calls with what is, and holds no more', async () => {
  const { stopping, ask, settle } = await world();
  const [sdk, waiter] = [ask(), ask({ fromWaiter: true })];
  await settle();
  assert.deepEqual([sdk.status, waiter.status], [undefined, undefined]);
  stopping.abort();
  assert.equal((await sdk.answer).status, 'InProgress');
  assert.equal((await waiter.answer).status, 'InProgress');
  assert.equal((await ask({ fromWaiter: true }).answer).status, 'InProgress');
});

test('Looks are forgotten when they are over, and when there are too many', () => {
  const looks = createLooks();
  looks.add('first', 10, 0);
  assert.deepEqual([looks.has('first', 9), looks.has('first', 10), looks.has('second', 0)], [true, false, false]);
  for (let index = 0; index < 10_000; index += 1) looks.add(`look ${index}`, 10, 0);
  assert.deepEqual([looks.has('first', 0), looks.has('look 0', 0), looks.has('look 9999', 0)], [false, true, true]);
});
