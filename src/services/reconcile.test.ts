import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryRecords } from '../store/index.ts';
import { createReconciler, type Task } from './reconcile.ts';
import { manualTimers } from './testing/world.ts';

const put = (id: string, status = 'Active') => ({
  put: { kind: 'thing', id, status, createdAtMs: 0, updatedAtMs: 0, body: {} },
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('Whatever is active when it starts is driven, and so is what changes later', async () => {
  const records = memoryRecords();
  await records.write([put('old'), put('done', 'Done')]);
  const driven: string[] = [];
  const drive = async ({ id }: Task): Promise<void> => void driven.push(id);
  const loop = createReconciler({
    records,
    kind: 'thing',
    statuses: ['Active'],
    drive,
    timers: manualTimers().timers,
    log: () => {},
  });
  await loop.start();
  await turn();
  assert.deepEqual(driven, ['old']);
  await records.write([put('new')]);
  await turn();
  assert.deepEqual(driven, ['old', 'new']);
  await loop.stop();
  await records.write([put('late')]);
  await turn();
  assert.deepEqual(driven, ['old', 'new']);
});

test('Many resources that wait for the end of the server raise no warning of a leak', async (t) => {
  const warnings: string[] = [];
  const listener = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', listener);
  t.after(() => process.off('warning', listener));
  const records = memoryRecords();
  await records.write(Array.from({ length: 20 }, (_, at) => put(`thing-${at}`)));
  const drive = ({ stopping }: Task): Promise<void> =>
    new Promise((resolve) => stopping.addEventListener('abort', () => resolve(), { once: true }));
  const loop = createReconciler({
    records,
    kind: 'thing',
    statuses: ['Active'],
    drive,
    timers: manualTimers().timers,
    log: () => {},
  });
  await loop.start();
  await turn();
  await loop.stop();
  assert.deepEqual(warnings, []);
});

test('One resource has one driver at a time, and a change meanwhile is not lost', async () => {
  const records = memoryRecords();
  let running = 0;
  let drives = 0;
  let finish = (): void => undefined;
  let told = 0;
  const drive = async ({ onChange }: Task): Promise<void> => {
    running += 1;
    drives += 1;
    assert.equal(running, 1);
    const off = onChange(() => {
      told += 1;
    });
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    off();
    running -= 1;
  };
  const loop = createReconciler({
    records,
    kind: 'thing',
    statuses: [],
    drive,
    timers: manualTimers().timers,
    log: () => {},
  });
  for (let count = 0; count < 3; count += 1) loop.changed('a');
  await turn();
  assert.deepEqual([drives, told], [1, 2]);
  finish();
  await turn();
  assert.equal(drives, 2);
  const stopped = loop.stop();
  finish();
  await stopped;
  assert.equal(drives, 2);
});

test('A driver that throws is called again after a growing pause', async () => {
  const clock = manualTimers();
  const drives: number[] = [];
  const log: string[] = [];
  const drive = async (): Promise<void> => {
    drives.push(clock.nowMs());
    if (drives.length < 3) throw new Error('not yet');
  };
  const loop = createReconciler({
    records: memoryRecords(),
    kind: 'thing',
    statuses: [],
    drive,
    timers: clock.timers,
    log: (text) => log.push(text),
  });
  loop.changed('a');
  for (let step = 0; step < 10; step += 1) {
    await turn();
    clock.advance(100);
  }
  const first = drives[0]!;
  assert.deepEqual(
    drives.map((atMs) => atMs - first),
    [0, 100, 300],
  );
  assert.match(log[0]!, /Driving thing "a" failed; it is tried again in 100 ms: not yet/);
  await loop.stop();
});
