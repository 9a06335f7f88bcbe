import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Dependency, triggers } from '../pipeline/definition/definition.ts';
import { type ExecutionEvent, type ExecutionState, isRunning, next, type StepEndStatus } from './lifecycle.ts';
import { movesOf, type PlannedStep } from './schedule.ts';

/** A number from 0 to below. */
type Random = (below: number) => number;

const conditionPrefix = 'if';

/** Steps that wait for earlier ones, some in branches of conditions. */
function randomSteps(random: Random): PlannedStep[] {
  const steps: PlannedStep[] = [];
  const count = 1 + random(12);
  for (let index = 0; index < count; index += 1) {
    const waitsFor: Dependency[] = [];
    for (const { name } of steps)
      if (random(4) === 0) waitsFor.push({ step: name, trigger: random(3) > 0 ? 'Completed' : triggers[random(4)]! });
    const conditions = steps.filter(({ name }) => name.startsWith(conditionPrefix));
    const inside = conditions.length > 0 && random(2) === 0 ? conditions[random(conditions.length)]! : undefined;
    steps.push({
      name: `${random(4) === 0 ? conditionPrefix : 'do'}${index}`,
      waitsFor,
      branch: inside && { condition: inside.name, outcome: random(2) === 0 },
    });
  }
  return steps;
}

interface Run {
  state: ExecutionState;
  /** How often each step began. */
  began: Map<string, number>;
}

/** Plays an execution to its end: each step ends in a random way, at a random time. */
function play(steps: readonly PlannedStep[], random: Random, state: ExecutionState): Run {
  const run: Run = { state, began: new Map() };
  const { parallel = 0 } = state;
  const stopAt = random(3) === 0 ? random(20) : -1;
  const append = (event: ExecutionEvent): void => {
    const after = next(run.state, event);
    assert.ok(after !== undefined, `${event.type} is refused in ${run.state.status}`);
    run.state = after;
  };
  for (let turn = 0; ; turn += 1) {
    assert.ok(turn < 1000, 'the execution does not end');
    if (turn === stopAt && run.state.status === 'Executing')
      append({ type: 'stop-requested', token: 'stop', atMs: turn });
    const { start, end } = movesOf(steps, run.state);
    if (end !== undefined) {
      assert.equal(start.length, 0);
      append({ type: 'ended', status: end, atMs: turn });
      return run;
    }
    for (const name of start) {
      checkMayStart(steps, run.state, name);
      const attempt = (run.state.earlier.get(name) ?? 0) + 1;
      append({ type: 'step-started', step: name, attempt, atMs: turn });
      run.began.set(name, (run.began.get(name) ?? 0) + 1);
    }
    const running = [...run.state.steps.values()].filter(isRunning);
    assert.ok(running.length <= parallel, `${running.length} steps run`);
    assert.ok(running.length > 0, 'nothing runs, nothing starts, and nothing ends');
    const { name, attempt } = running[random(running.length)]!;
    const status: StepEndStatus =
      run.state.status === 'Stopping'
        ? 'Stopped'
        : (['Succeeded', 'Succeeded', 'Succeeded', 'Failed', 'Stopped'] as const)[random(5)]!;
    const isCondition = name.startsWith(conditionPrefix);
    append({
      type: 'step-ended',
      step: name,
      attempt,
      status,
      ...(isCondition && status === 'Succeeded' && { outcome: random(2) === 0 }),
      ...(status === 'Failed' && random(8) === 0 && { halts: true }),
      atMs: turn,
    });
  }
}

function checkMayStart(steps: readonly PlannedStep[], state: ExecutionState, name: string): void {
  const { waitsFor, branch } = steps.find((step) => step.name === name)!;
  assert.equal(state.status, 'Executing');
  assert.equal(state.halted, false, 'nothing starts after a Fail step');
  if (branch !== undefined)
    assert.equal(state.steps.get(branch.condition)?.outcome, branch.outcome, `${name} is in the other branch`);
  for (const { step, trigger } of waitsFor) {
    const before = state.steps.get(step);
    assert.ok(before !== undefined && !isRunning(before), `${name} waits for ${step}`);
    const wanted = trigger === 'Completed' ? 'Succeeded' : trigger;
    assert.ok(trigger === 'Any' || before.status === wanted, `${name} waits for ${step} to be ${wanted}`);
  }
}

/** Whether a step that never began could not: its branch was not taken, or a step before it ended in another way or never began. */
function isExcused(steps: readonly PlannedStep[], { steps: states }: ExecutionState, name: string): boolean {
  const { waitsFor, branch } = steps.find((step) => step.name === name)!;
  if (branch !== undefined && states.get(branch.condition)?.outcome !== branch.outcome) return true;
  return waitsFor.some(({ step, trigger }) => {
    const before = states.get(step);
    return (
      before === undefined || (trigger !== 'Any' && before.status !== (trigger === 'Completed' ? 'Succeeded' : trigger))
    );
  });
}

test('Random executions with failures and stops: each step that may begin does so, once, and all end', () => {
  const ends = new Set<string>();
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
      const random: Random = (below) => numbers.next().value % below;
      const steps = randomSteps(random);
      const parallel = 1 + random(3);
      const { state, began } = play(steps, random, stateAfter({ type: 'updated', parallel, atMs: 0 }));
      for (const [name, count] of began) assert.equal(count, 1, `${name} began ${count} times`);
      const statuses = [...state.steps.values()].map(({ status }) => status);
      if (state.status === 'Succeeded') assert.ok(statuses.every((status) => status === 'Succeeded'));
      if (state.status.includes('Fail')) assert.ok(statuses.includes('Failed'));
      if (state.tokens.stop === undefined && !state.halted)
        for (const { name } of steps)
          assert.ok(began.has(name) || isExcused(steps, state, name), `${name} never began`);
      ends.add(state.status);
      if (state.status === 'Succeeded') return;

      // A retry goes on from the steps that did not succeed, and does no other again.
      const retried = next(state, { type: 'retried', token: 'again', atMs: 2000 })!;
      const after = play(steps, random, retried);
      for (const name of after.began.keys()) assert.ok(!retried.steps.has(name), `${name} ran again`);
      for (const [name, step] of after.state.steps)
        if (after.began.has(name) && state.steps.has(name)) assert.equal(step.attempt, 2, name);
    }),
    { numRuns: 2000, seed: 1 },
  );
  assert.deepEqual([...ends].sort(), ['CompletedWithFailures', 'Failed', 'Stopped', 'Succeeded']);
});

const step = (name: string, ...waitsFor: (string | Dependency)[]): PlannedStep => ({
  name,
  waitsFor: waitsFor.map((one) => (typeof one === 'string' ? { step: one, trigger: 'Completed' } : one)),
  branch: undefined,
});

function stateAfter(...events: ExecutionEvent[]): ExecutionState {
  const all: ExecutionEvent[] = [{ type: 'created', atMs: 0 }, ...events];
  return all.reduce<ExecutionState | undefined>((state, event) => next(state, event) ?? state, undefined)!;
}

const ran = (name: string, status: StepEndStatus, more: object = {}): ExecutionEvent[] => [
  { type: 'step-started', step: name, attempt: 1, atMs: 1 },
  { type: 'step-ended', step: name, attempt: 1, status, atMs: 2, ...more },
];

test('A step that failed holds up those that wait for it, and no others', () => {
  const steps = [step('a'), step('b'), step('after-a', 'a'), step('after-b', 'b'), step('after-both', 'a', 'b')];
  const state = stateAfter(...ran('a', 'Failed'), ...ran('b', 'Succeeded'));
  assert.deepEqual(movesOf(steps, state), { start: ['after-b'], end: undefined });
  assert.deepEqual(
    movesOf(steps, stateAfter(...ran('a', 'Failed'), ...ran('b', 'Succeeded'), ...ran('after-b', 'Succeeded'))),
    {
      start: [],
      end: 'Failed',
    },
  );
});

test('A step may run because another one failed; the execution then completes with failures', () => {
  const steps = [
    step('a'),
    step('clean-up', { step: 'a', trigger: 'Failed' }),
    step('always', { step: 'a', trigger: 'Any' }),
  ];
  const failed = stateAfter(...ran('a', 'Failed'));
  assert.deepEqual(movesOf(steps, failed).start, ['clean-up', 'always']);
  const ended = stateAfter(...ran('a', 'Failed'), ...ran('clean-up', 'Succeeded'), ...ran('always', 'Succeeded'));
  assert.equal(movesOf(steps, ended).end, 'CompletedWithFailures');
  assert.deepEqual(movesOf(steps, stateAfter(...ran('a', 'Succeeded'))).start, ['always']);
});

test('A step whose result is that of another execution counts as done', () => {
  const steps = [{ ...step('b', 'a'), branch: { condition: 'c', outcome: true } }];
  assert.deepEqual(movesOf(steps, stateAfter(), new Set(['a', 'c'])), { start: ['b'], end: undefined });
});
