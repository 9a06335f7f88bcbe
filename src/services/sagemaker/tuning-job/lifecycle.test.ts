import assert from 'node:assert/strict';
import { test } from 'node:test';
import { next, type TuningJobEvent, type TuningJobState } from './lifecycle.ts';

type Given = TuningJobEvent extends infer Event
  ? Event extends { atMs: number }
    ? Omit<Event, 'atMs'>
    : never
  : never;

const started = (number: number): Given => ({
  type: 'trial-started',
  number,
  name: `t-${number}`,
  definition: 0,
  values: { x: '1' },
});
const ended = (number: number): Given => ({ type: 'trial-ended', number, status: 'Completed', objective: 1 });

/** The state after the events; every one must be possible. */
function after(...events: Given[]): TuningJobState {
  let state: TuningJobState | undefined;
  for (const [atMs, event] of [{ type: 'created' as const }, ...events].entries()) {
    state = next(state, { ...event, atMs } as TuningJobEvent);
    assert.ok(state, `${event.type} is possible`);
  }
  return state!;
}

const refuses = (state: TuningJobState, event: Given): void =>
  assert.equal(next(state, { ...event, atMs: 99 } as TuningJobEvent), undefined, event.type);

test('Trials begin in order, each once, and end once', () => {
  const state = after(started(1), started(2), ended(2));
  assert.deepEqual(
    state.trials.map(({ name, end }) => [name, end?.objective]),
    [
      ['t-1', undefined],
      ['t-2', 1],
    ],
  );
  assert.deepEqual(
    state.ended.map(({ number }) => number),
    [2],
  );
  for (const number of [1, 2, 4]) refuses(state, started(number));
  for (const number of [2, 3]) refuses(state, ended(number));
});

test('Once it is ending no trial begins, and it ends with its last one', () => {
  const state = after(started(1), { type: 'ending', why: 'target' });
  refuses(state, started(2));
  refuses(state, { type: 'ending', why: 'trials' });
  refuses(state, { type: 'completed' });
  const done = after(started(1), { type: 'ending', why: 'target' }, ended(1), { type: 'completed' });
  assert.deepEqual([done.status, done.endedMs], ['Completed', 4]);
});

test('It completes and fails only when it is ending, and stops only when that was requested', () => {
  const state = after(started(1), ended(1));
  refuses(state, { type: 'completed' });
  refuses(state, { type: 'failed', reason: 'x' });
  refuses(state, { type: 'stopped' });
  const stopping = after(started(1), { type: 'stop-requested' });
  refuses(stopping, { type: 'stopped' });
  refuses(stopping, { type: 'stop-requested' });
  refuses(stopping, started(2));
  assert.equal(after(started(1), { type: 'stop-requested' }, ended(1), { type: 'stopped' }).status, 'Stopped');
});

test('One that ended takes no further event', () => {
  const ends: Given[][] = [
    [{ type: 'ending', why: 'trials' }, { type: 'completed' }],
    [
      { type: 'ending', why: 'hopeless' },
      { type: 'failed', reason: 'x' },
    ],
    [{ type: 'stop-requested' }, { type: 'stopped' }],
  ];
  for (const end of ends) {
    const state = after(...end);
    const events: Given[] = [
      { type: 'created' },
      started(1),
      { type: 'ending', why: 'trials' },
      { type: 'completed' },
      { type: 'failed', reason: 'y' },
      { type: 'stop-requested' },
      { type: 'stopped' },
    ];
    for (const event of events) refuses(state, event);
  }
});
