import type { Step, Trigger } from '../pipeline/definition/definition.ts';
import { type EndStatus, type ExecutionState, isRunning, type StepState } from './lifecycle.ts';

/** A step as far as it decides when others start. */
export type PlannedStep = Pick<Step, 'name' | 'waitsFor' | 'branch'>;

/** What an execution does now. */
export interface Moves {
  /** Steps to start, in the order of the definition. */
  start: string[];
  /** How it ends; undefined while a step runs, or one starts. */
  end: EndStatus | undefined;
}

/**
 * What follows from a definition and the steps that ran so far. A step starts when every step it waits for ended as it
 * demands, and when the condition of its branch came out for it. A step whose demands cannot come true any more is
 * skipped, and so are those that wait for it; all others go on when a step fails. After a Fail step nothing starts.
 * `steps`: each after those before it. `reused`: steps whose results are those of another execution.
 */
export function movesOf(
  steps: readonly PlannedStep[],
  state: ExecutionState,
  reused: ReadonlySet<string> = new Set(),
): Moves {
  const fates = new Map<string, Fate>([...reused].map((name) => [name, 'Succeeded']));
  for (const step of steps) if (!fates.has(step.name)) fates.set(step.name, fateOf(step, state, fates));
  const states = [...state.steps.values()];
  const running = states.filter(isRunning).length;
  const mayStart = state.status === 'Executing' && !state.halted;
  const ready = mayStart ? steps.filter(({ name }) => fates.get(name) === 'ready') : [];
  const room = (state.parallel ?? Number.POSITIVE_INFINITY) - running;
  const start = ready.slice(0, Math.max(0, room)).map(({ name }) => name);
  return { start, end: running === 0 && ready.length === 0 ? endOf(steps, state, states) : undefined };
}

/** `pending`: it waits, or runs. */
type Fate = 'pending' | 'ready' | 'skipped' | 'Succeeded' | 'Failed' | 'Stopped';

function fateOf(step: PlannedStep, state: ExecutionState, fates: ReadonlyMap<string, Fate>): Fate {
  const own = state.steps.get(step.name);
  if (own !== undefined) return own.status === 'Executing' || own.status === 'Waiting' ? 'pending' : own.status;
  let pending = false;
  if (step.branch !== undefined) {
    const { condition, outcome } = step.branch;
    const fate = fates.get(condition);
    const made = state.steps.get(condition);
    if (fate === 'pending' || fate === 'ready') pending = true;
    // Without a state of its own it was not to be looked at again, and the step was asked for by name.
    else if (fate !== 'Succeeded' || (made !== undefined && made.outcome !== outcome)) return 'skipped';
  }
  for (const { step: before, trigger } of step.waitsFor) {
    const fate = fates.get(before) ?? 'skipped';
    if (fate === 'pending' || fate === 'ready') pending = true;
    else if (fate === 'skipped' || !fits(fate, trigger)) return 'skipped';
  }
  return pending ? 'pending' : 'ready';
}

const fits = (fate: 'Succeeded' | 'Failed' | 'Stopped', trigger: Trigger): boolean =>
  trigger === 'Any' || trigger === (fate === 'Succeeded' ? 'Completed' : fate);

function endOf(steps: readonly PlannedStep[], state: ExecutionState, states: readonly StepState[]): EndStatus {
  if (state.status === 'Stopping') return 'Stopped';
  const failed = states.filter(({ status }) => status === 'Failed');
  if (state.halted) return 'Failed';
  if (failed.length === 0) return states.some(({ status }) => status === 'Stopped') ? 'Stopped' : 'Succeeded';
  return failed.every(({ name }) => isAnswered(name, steps, state)) ? 'CompletedWithFailures' : 'Failed';
}

/** Whether a step ran because this one failed. */
const isAnswered = (failed: string, steps: readonly PlannedStep[], { steps: states }: ExecutionState): boolean =>
  steps.some(
    ({ name, waitsFor }) =>
      states.has(name) && waitsFor.some(({ step, trigger }) => step === failed && trigger !== 'Completed'),
  );
