import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { terminalStatuses } from '../job-status.ts';
import { type JobEvent, type JobState, next } from './lifecycle.ts';

type Type = JobEvent['type'];
const types: readonly Type[] = [
  'created',
  'started',
  'completed',
  'failed',
  'stop-requested',
  'stopped',
  'runtime-exceeded',
  'restarting',
];
const event = (type: Type, atMs: number, attempt = 1): JobEvent =>
  ({ type, atMs, attempt, reason: 'because', counted: true, exitMessage: 'bye' }) as JobEvent;
const run = (course: readonly Type[]): JobState | undefined => {
  let state: JobState | undefined;
  course.forEach((type, index) => {
    state = next(state, event(type, index, state?.attempt ?? 1)) ?? state;
  });
  return state;
};

test('Each course of events leads to the status that AWS documents', () => {
  const courses: [Type[], string, boolean][] = [
    [['created'], 'InProgress', false],
    [['created', 'started'], 'InProgress', true],
    [['created', 'started', 'completed'], 'Completed', true],
    [['created', 'failed'], 'Failed', false],
    [['created', 'started', 'failed'], 'Failed', true],
    [['created', 'stop-requested'], 'Stopping', false],
    [['created', 'stop-requested', 'stopped'], 'Stopped', false],
    [['created', 'started', 'stop-requested', 'stopped'], 'Stopped', true],
    [['created', 'started', 'runtime-exceeded'], 'Stopped', true],
    [['created', 'started', 'restarting'], 'InProgress', false],
    [['created', 'started', 'restarting', 'started', 'completed'], 'Completed', true],
    // What cannot happen is refused and changes nothing.
    [['started'], 'none', false],
    [['created', 'completed'], 'InProgress', false],
    [['created', 'stopped'], 'InProgress', false],
    [['created', 'stop-requested', 'started'], 'Stopping', false],
    [['created', 'started', 'stop-requested', 'completed'], 'Stopping', true],
    [['created', 'started', 'completed', 'stop-requested'], 'Completed', true],
  ];
  for (const [course, status, running] of courses) {
    const state = run(course);
    assert.deepEqual([state?.status ?? 'none', state?.running ?? false], [status, running], course.join(' '));
  }
});

test('An event of an attempt that was given up is refused', () => {
  const again = run(['created', 'started', 'restarting', 'started'])!;
  assert.deepEqual([again.attempt, again.lost, again.startedMs], [2, 1, 3]);
  assert.equal(next(again, event('completed', 9, 1)), undefined);
  assert.equal(next(again, event('completed', 9, 2))?.exitMessage, 'bye');
});

test('Whatever happens in whatever order, a job ends once', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...types), { maxLength: 12 }), (course) => {
      let state: JobState | undefined;
      let ends = 0;
      course.forEach((type, atMs) => {
        const after = next(state, event(type, atMs, state?.attempt ?? 1));
        if (after === undefined) return;
        assert.ok(!terminalStatuses.includes(state?.status ?? ''), 'a job that ended takes no event');
        if (terminalStatuses.includes(after.status)) ends += 1;
        assert.equal(terminalStatuses.includes(after.status), after.endedMs !== undefined);
        assert.equal(after.status === 'Failed', after.failureReason !== undefined);
        state = after;
      });
      assert.ok(ends <= 1);
    }),
  );
});
