import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unavailable } from '../../base/index.ts';
import { memoryRecords, type Records } from '../../store/index.ts';
import { appendEvent, fold, type HistoryEvent, type HistoryState, type Lifecycle } from './history.ts';

/** Counts; `end` is its last event. */
const lifecycle: Lifecycle<HistoryState & { count: number }, HistoryEvent> = {
  kind: 'counter',
  next(state, { type, atMs }) {
    if (state === undefined) return type === 'begin' ? { status: 'Open', modifiedMs: atMs, count: 0 } : undefined;
    if (state.status === 'Ended' || type === 'begin') return undefined;
    return { status: type === 'end' ? 'Ended' : 'Open', modifiedMs: atMs, count: state.count + 1 };
  },
};

async function begun(): Promise<Records> {
  const records = memoryRecords();
  const body = { events: [{ type: 'begin', atMs: 1_000 }] };
  const put = { kind: 'counter', id: 'a', status: 'Open', createdAtMs: 1_000, updatedAtMs: 1_000, body };
  await records.write([{ put, expect: 'absent' }]);
  return records;
}

const append = (records: Records, type: string, atMs: number) =>
  appendEvent(records, lifecycle, 'a', () => ({ type, atMs }));

test('Times in a history never fall, whatever the clock of a writer says', async () => {
  const records = await begun();
  for (const atMs of [1_500, 1_200, 900, 1_600, 0]) await append(records, 'count', atMs);
  const { body, updatedAtMs } = (await records.get<{ events: HistoryEvent[] }>('counter', 'a'))!;
  assert.deepEqual(
    body.events.map((event) => event.atMs),
    [1_000, 1_500, 1_500, 1_500, 1_600, 1_600],
  );
  assert.equal(updatedAtMs, 1_600);
});

test('A terminal status never changes: what comes after it is refused and not written', async () => {
  const records = await begun();
  assert.equal((await append(records, 'end', 2_000))?.applied, true);
  const before = await records.get('counter', 'a');
  const after = await append(records, 'count', 3_000);
  assert.equal(after?.applied, false);
  assert.equal(after?.state.status, 'Ended');
  assert.deepEqual(await records.get('counter', 'a'), before);
});

test('Writers that race each other all have their event in the history, once', async () => {
  const records = await begun();
  await Promise.all(Array.from({ length: 20 }, (_, at) => append(records, 'count', 2_000 + at)));
  const { body, status } = (await records.get<{ events: HistoryEvent[] }>('counter', 'a'))!;
  assert.equal(fold(lifecycle, body.events).count, 20);
  assert.equal(status, 'Open');
});

test('A write that was done though its answer was lost is not done twice', async () => {
  const records = await begun();
  let lost = 0;
  const forgetful: Records = {
    ...records,
    get: records.get.bind(records),
    async write(writes) {
      const versions = await records.write(writes);
      lost += 1;
      if (lost === 1) throw new Unavailable('The connection was lost', { retry: true });
      return versions;
    },
  };
  const patience = {
    timers: {
      after(_delayMs: number, due: () => void) {
        setImmediate(due);
        return () => {};
      },
    },
    signal: new AbortController().signal,
  };
  const event = { type: 'count', atMs: 2_000 };
  const outcome = await appendEvent(forgetful, lifecycle, 'a', () => event, { patience });
  assert.equal(outcome?.applied, true);
  const { body } = (await records.get<{ events: HistoryEvent[] }>('counter', 'a'))!;
  assert.equal(fold(lifecycle, body.events).count, 1);
});
