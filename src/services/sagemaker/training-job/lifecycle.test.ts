import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { terminalStatuses } from '../jobs/job-status.ts';
import { next, type TrainingJobEvent, type TrainingJobState } from './lifecycle.ts';

type Type = TrainingJobEvent['type'];
const event = (type: Type, atMs: number, attempt = 1): TrainingJobEvent => {
  const all = { atMs, attempt, artifact: 's3://b/model.tar.gz', metrics: [], reason: 'because', counted: true };
  return { ...all, type } as TrainingJobEvent;
};
const run = (types: readonly Type[]): TrainingJobState | undefined => {
  let state: TrainingJobState | undefined;
  types.forEach((type, index) => {
    state = next(state, event(type, index, state?.attempt ?? 1)) ?? state;
  });
  return state;
};

test('Each course of events leads to the status and secondary status that AWS documents', () => {
  const courses: [Type[], string, string][] = [
    [['created'], 'InProgress', 'Starting'],
    [['created', 'downloading'], 'InProgress', 'Downloading'],
    [['created', 'downloading', 'training'], 'InProgress', 'Training'],
    [['created', 'downloading', 'training', 'uploading'], 'InProgress', 'Uploading'],
    [['created', 'downloading', 'training', 'uploading', 'completed'], 'Completed', 'Completed'],
    [['created', 'failed'], 'Failed', 'Failed'],
    [['created', 'downloading', 'training', 'failed'], 'Failed', 'Failed'],
    [['created', 'stop-requested'], 'Stopping', 'Stopping'],
    [['created', 'downloading', 'stop-requested', 'stopped'], 'Stopped', 'Stopped'],
    [['created', 'downloading', 'training', 'uploading', 'runtime-exceeded'], 'Stopped', 'MaxRuntimeExceeded'],
    [['created', 'downloading', 'restarting'], 'InProgress', 'Restarting'],
    [['created', 'downloading', 'restarting', 'downloading'], 'InProgress', 'Downloading'],
    // What cannot happen is refused and changes nothing.
    [['created', 'training'], 'InProgress', 'Starting'],
    [['created', 'completed'], 'InProgress', 'Starting'],
    [['created', 'stopped'], 'InProgress', 'Starting'],
    [['created', 'stop-requested', 'failed'], 'Stopping', 'Stopping'],
    [['created', 'stop-requested', 'restarting'], 'Stopping', 'Stopping'],
    [['created', 'failed', 'stop-requested'], 'Failed', 'Failed'],
  ];
  for (const [types, status, secondary] of courses) {
    const state = run(types);
    assert.deepEqual([state?.status, state?.secondary], [status, secondary], types.join(' '));
  }
});

test('An event of an attempt that was given up is refused', () => {
  const restarted = run(['created', 'downloading', 'restarting', 'downloading', 'training']);
  assert.ok(restarted);
  assert.equal(restarted.attempt, 2);
  assert.equal(next(restarted, event('uploading', 9, 1)), undefined);
  assert.equal(next(restarted, event('failed', 9, 1)), undefined);
  assert.equal(next(restarted, event('uploading', 9, 2))?.secondary, 'Uploading');
});

test('Whatever happens in whatever order, a job ends once and its transitions follow each other without a gap', () => {
  const types: Type[] = [
    'created',
    'downloading',
    'training',
    'uploading',
    'completed',
    'failed',
    'stop-requested',
    'stopped',
    'runtime-exceeded',
    'restarting',
  ];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...types), fc.integer({ min: 1, max: 3 })), { maxLength: 40 }),
      (events) => {
        let state: TrainingJobState | undefined = next(undefined, event('created', 0));
        let ends = 0;
        events.forEach(([type, attempt], index) => {
          const after = next(state, event(type, index + 1, attempt));
          if (after === undefined) return;
          assert.ok(!terminalStatuses.includes(state?.status ?? ''), 'a job that ended takes no event');
          if (terminalStatuses.includes(after.status)) ends += 1;
          state = after;
        });
        assert.ok(state);
        assert.ok(ends <= 1);
        const isOver = terminalStatuses.includes(state.status);
        state.transitions.forEach(({ endMs }, index, all) => {
          const following = all[index + 1];
          if (following !== undefined) assert.equal(endMs, following.startMs);
          else assert.equal(endMs !== undefined, isOver);
        });
        assert.equal(state.transitions.at(-1)?.status, state.secondary);
        assert.equal(state.endedMs !== undefined, isOver);
      },
    ),
  );
});

test('What a reader should know of the program stands behind the message of Training', () => {
  const note = 'sklearn 1.4.2 runs in place of 1.0.2';
  const events: TrainingJobEvent[] = [
    { type: 'created', atMs: 1 },
    { type: 'downloading', attempt: 1, atMs: 2 },
    { type: 'training', attempt: 1, atMs: 3, note },
  ];
  const state = events.reduce<TrainingJobState | undefined>(next, undefined);
  assert.equal(
    state?.transitions.at(-1)?.message,
    'Training image download completed. Training in progress. sklearn 1.4.2 runs in place of 1.0.2',
  );
});
