import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unavailable } from '../../../../base/index.ts';
import { memoryRecords } from '../../../../store/index.ts';
import { createReconciler, type Reconciler } from '../../../reconcile.ts';
import { manualTimers } from '../../../testing/world.ts';
import type { Context } from '../../context.ts';
import { fold } from '../../history.ts';
import { noJobEnded } from '../job-kinds.ts';
import { isTerminal } from '../job-status.ts';
import { driveJob, type JobAttempt, type JobBody, type JobResult, type JobWork } from './drive-job.ts';
import { haltOf } from './halting.ts';
import { type JobState, jobLifecycle } from './lifecycle.ts';
import { requestJobStop } from './request-stop.ts';
import { createSlots } from './slots.ts';

// Of any kind: the driver asks for nothing but its name.
const kind = 'training-job';
const origin = { region: 'us-east-1', accountId: '123456789012', nowMs: 5 };
const turn = () => new Promise((resolve) => setImmediate(resolve));

type Run = (attempt: JobAttempt) => Promise<JobResult>;

/** A server's loop over one job, whose work is `run`. */
async function begin(run: Run, { records = memoryRecords(), slots = createSlots(1), maxRuntimeSeconds = 60 } = {}) {
  const clock = manualTimers(10);
  let reconciler: Reconciler;
  const context = {
    records,
    slots,
    timers: clock.timers,
    nowMs: clock.nowMs,
    ended: noJobEnded(),
    objectsAs: async () => undefined,
    log: () => undefined,
    report: () => undefined,
    warn: () => undefined,
    changed: (_: string, id: string) => reconciler.changed(id),
  } as unknown as Context;
  const work: JobWork = {
    kind,
    maxRuntimeSeconds: () => maxRuntimeSeconds,
    roleOf: async () => undefined,
    run: (_, attempt) => run(attempt),
  };
  reconciler = createReconciler({
    records,
    kind,
    statuses: ['InProgress', 'Stopping'],
    drive: (task) => driveJob(context, task, work),
    timers: clock.timers,
    log: () => undefined,
  });
  if ((await records.get(kind, 'one')) === undefined) {
    const body: JobBody = { name: 'One', arn: 'arn', region: 'us-east-1', request: {}, events: [] };
    const created = { ...body, events: [{ type: 'created' as const, atMs: 1 }] };
    await records.write([
      { put: { kind, id: 'one', status: 'InProgress', createdAtMs: 1, updatedAtMs: 1, body: created } },
    ]);
  }
  await reconciler.start();
  const state = async (): Promise<JobState> =>
    fold(jobLifecycle(kind), (await records.get<JobBody>(kind, 'one'))!.body.events);
  return {
    context,
    clock,
    records,
    state,
    stop: () => reconciler.stop(),
    async ended(): Promise<JobState> {
      for (;;) {
        const now = await state();
        if (isTerminal(now.status)) return now;
        clock.advance(1_000);
        await turn();
      }
    },
  };
}

const untilHalted: Run = ({ halted }) =>
  new Promise((resolve) => {
    const end = (): void => {
      const halt = haltOf(halted);
      if (halt === 'stop') resolve({ type: 'stopped', exitMessage: 'saved' });
      else resolve({ type: halt === 'runtime' ? 'runtime-exceeded' : 'interrupted' });
    };
    if (halted.aborted) end();
    else halted.addEventListener('abort', end, { once: true });
  });

test('A job that is done is Completed with its exit message, and is counted', async () => {
  const { ended, context } = await begin(async () => ({ type: 'completed', exitMessage: 'all fine' }));
  const { status, exitMessage, attempt } = await ended();
  assert.deepEqual([status, exitMessage, attempt], ['Completed', 'all fine', 1]);
  assert.deepEqual(context.ended[kind], { Completed: 1, Failed: 0, Stopped: 0 });
});

test('A job that fails says why', async () => {
  const { ended } = await begin(async () => ({ type: 'failed', reason: 'ClientError: no such object' }));
  const { status, failureReason } = await ended();
  assert.deepEqual([status, failureReason], ['Failed', 'ClientError: no such object']);
});

test('A stop ends the work, whatever it answers, and a second one is refused', async () => {
  const { ended, context, state } = await begin(untilHalted);
  while (!(await state()).running) await turn();
  await requestJobStop(context, origin, kind, 'ONE');
  const { status, exitMessage } = await ended();
  assert.deepEqual([status, exitMessage], ['Stopped', 'saved']);
  await assert.rejects(requestJobStop(context, origin, kind, 'one'), {
    message: 'The request was rejected because the training job is in status Stopped.',
  });
  await assert.rejects(requestJobStop(context, origin, kind, 'two'), { code: 'ValidationException' });
});

test('A job that waits for a slot is stopped without having run', async () => {
  const slots = createSlots(0);
  const { ended, context } = await begin(untilHalted, { slots });
  await turn();
  assert.equal(slots.waiting, 1);
  await requestJobStop(context, origin, kind, 'one');
  const { status, startedMs } = await ended();
  assert.deepEqual([status, startedMs, slots.waiting], ['Stopped', undefined, 0]);
});

test('The maximum runtime stops it', async () => {
  const { ended, state, clock } = await begin(untilHalted);
  while (!(await state()).running) await turn();
  clock.advance(59_000);
  await turn();
  assert.equal((await state()).status, 'InProgress');
  clock.advance(1_000);
  assert.equal((await ended()).status, 'Stopped');
});

test('A server that stops leaves the job to the next one, at no cost; a crash costs an attempt', async () => {
  const first = await begin(untilHalted);
  while (!(await first.state()).running) await turn();
  await first.stop();
  assert.deepEqual(await first.state().then(({ attempt, lost, running }) => [attempt, lost, running]), [2, 0, false]);
  const second = await begin(untilHalted, { records: first.records });
  while (!(await second.state()).running) await turn();
  // A third server finds it running, as after a crash.
  const third = await begin(async () => ({ type: 'completed' }), { records: first.records });
  const { status, attempt, lost } = await third.ended();
  assert.deepEqual([status, attempt, lost], ['Completed', 3, 1]);
  await second.stop();
});

test('A world that fails again and again fails the job in the end', async () => {
  const { ended } = await begin(async () => {
    throw new Unavailable('The disk does not answer');
  });
  const { status, failureReason, lost } = await ended();
  assert.deepEqual([status, lost], ['Failed', 2]);
  assert.match(failureReason ?? '', /^InternalServerError: The disk does not answer, for the 3rd time/);
});
