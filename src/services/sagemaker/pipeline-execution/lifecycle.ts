import type { Lifecycle } from '../history.ts';

/*
 *   Executing ── step-started, step-waiting, step-ended ──▶ Executing
 *        ├── stop-requested ──▶ Stopping ── step-ended ──▶ Stopping
 *        └── ended (no step runs) ──▶ Succeeded, Failed, CompletedWithFailures; from Stopping: Stopped
 *   Failed, Stopped, CompletedWithFailures ── retried ──▶ Executing, without the steps that did not succeed
 *
 *   A step:  started ─▶ Executing ─▶ Succeeded, Failed, Stopped
 *                        └ waiting ─▶ Waiting (for its next try) ─ started ─▶ Executing
 *
 * A step is written down here before its job is made, under a name that follows from the execution, the step and the
 * attempt. So a crash in between leaves a step whose job is missing and is made by the next driver, and never two jobs of
 * one attempt. Which step may start when is not said here, but in schedule.ts.
 */

export type ExecutionEvent = { atMs: number } & (
  | { type: 'created' }
  | { type: 'updated'; displayName?: string; description?: string; parallel?: number }
  /** `attempt` counts from 1 and on over retries. `job`: the name of its job or model. */
  | { type: 'step-started'; step: string; attempt: number; job?: string }
  | { type: 'step-waiting'; step: string; attempt: number; untilMs: number; reason: string }
  | ({ type: 'step-ended'; step: string; attempt: number } & StepEnd)
  | { type: 'stop-requested'; token: string }
  /** `reason`: where it is not that a step failed. */
  | { type: 'ended'; status: EndStatus; reason?: string }
  | { type: 'retried'; token: string; parallel?: number }
);

export type StepEnd = {
  status: StepEndStatus;
  /** Of a step that failed. */
  reason?: string;
  /** Of what the step made. */
  arn?: string;
  /** The job whose result it is, where that is an earlier one. */
  job?: string;
  /** The execution in which that job ran. */
  sourceArn?: string;
  /** Of a condition. */
  outcome?: boolean;
  /** No further step may start. */
  halts?: boolean;
};

export type StepEndStatus = 'Succeeded' | 'Failed' | 'Stopped';
export type EndStatus = 'Succeeded' | 'Failed' | 'CompletedWithFailures' | 'Stopped';
export type ExecutionStatus = 'Executing' | 'Stopping' | EndStatus;

export const activeExecutions: readonly string[] = ['Executing', 'Stopping'] satisfies ExecutionStatus[];

export interface StepState extends Omit<StepEnd, 'status'> {
  name: string;
  status: 'Executing' | 'Waiting' | StepEndStatus;
  attempt: number;
  /** Tries after the first, since it began or was retried by request. */
  retries: number;
  startedMs: number;
  /** When a try failed first. */
  failedMs: number | undefined;
  /** When the next try begins. */
  untilMs: number | undefined;
  endedMs: number | undefined;
}

export interface ExecutionState {
  status: ExecutionStatus;
  modifiedMs: number;
  endedMs: number | undefined;
  /** Why it ended, where that is not what its steps say. */
  reason: string | undefined;
  displayName: string | undefined;
  description: string | undefined;
  parallel: number | undefined;
  /** In the order in which they began. */
  steps: ReadonlyMap<string, StepState>;
  /** The attempts that steps had before a retry by request. */
  earlier: ReadonlyMap<string, number>;
  halted: boolean;
  /** Those of the last stop and the last retry: a repeated request is answered, not refused. */
  tokens: { stop?: string; retry?: string };
}

export const isRunning = ({ status }: StepState): boolean => status === 'Executing' || status === 'Waiting';

/** The state after an event, or undefined when the event cannot happen in this state. */
export function next(state: ExecutionState | undefined, event: ExecutionEvent): ExecutionState | undefined {
  if (state === undefined) return event.type === 'created' ? initial(event.atMs) : undefined;
  const moved = { ...state, modifiedMs: event.atMs };
  const isActive = activeExecutions.includes(state.status);
  switch (event.type) {
    case 'created':
      return undefined;
    case 'updated': {
      const { displayName = state.displayName, description = state.description, parallel = state.parallel } = event;
      return { ...moved, displayName, description, parallel };
    }
    case 'step-started':
    case 'step-waiting':
    case 'step-ended': {
      const step = isActive ? nextStep(state, event) : undefined;
      if (step === undefined) return undefined;
      const halted = state.halted || step.halts === true;
      return { ...moved, halted, steps: new Map(state.steps).set(step.name, step) };
    }
    case 'stop-requested':
      return state.status === 'Executing'
        ? { ...moved, status: 'Stopping', tokens: { ...state.tokens, stop: event.token } }
        : undefined;
    case 'ended':
      if (!isActive || (state.status === 'Stopping' && event.status !== 'Stopped')) return undefined;
      return [...state.steps.values()].some(isRunning)
        ? undefined
        : { ...moved, status: event.status, endedMs: event.atMs, reason: event.reason };
    case 'retried':
      return isActive || state.status === 'Succeeded' ? undefined : retried(moved, event);
  }
}

type StepEvent = Extract<ExecutionEvent, { step: string }>;

function nextStep(state: ExecutionState, event: StepEvent): StepState | undefined {
  const step = state.steps.get(event.step);
  const { atMs } = event;
  if (event.type === 'step-started') {
    if (state.status !== 'Executing' || state.halted) return undefined;
    if (event.attempt !== (step?.attempt ?? state.earlier.get(event.step) ?? 0) + 1) return undefined;
    const job = event.job === undefined ? {} : { job: event.job };
    if (step === undefined) return { ...firstTry(event), ...job };
    return step.status === 'Waiting'
      ? { ...step, status: 'Executing', attempt: event.attempt, retries: step.retries + 1, untilMs: undefined, ...job }
      : undefined;
  }
  if (step === undefined || step.attempt !== event.attempt || !isRunning(step)) return undefined;
  if (event.type === 'step-waiting') {
    if (step.status !== 'Executing' || state.status !== 'Executing') return undefined;
    const { untilMs, reason } = event;
    return { ...step, status: 'Waiting', untilMs, reason, failedMs: step.failedMs ?? atMs };
  }
  const { type, step: _, attempt, atMs: endedMs, ...end } = event;
  const { reason: _earlier, ...before } = step;
  return { ...before, ...end, untilMs: undefined, endedMs };
}

const firstTry = ({ step: name, attempt, atMs }: StepEvent): StepState => ({
  name,
  status: 'Executing',
  attempt,
  retries: 0,
  startedMs: atMs,
  failedMs: undefined,
  untilMs: undefined,
  endedMs: undefined,
});

/** Steps that did not succeed begin again, and so does a step that ended the execution. */
function retried(state: ExecutionState, { token, parallel }: { token: string; parallel?: number }): ExecutionState {
  const steps = [...state.steps.values()];
  return {
    ...state,
    status: 'Executing',
    endedMs: undefined,
    reason: undefined,
    steps: new Map(steps.filter(({ status }) => status === 'Succeeded').map((step) => [step.name, step])),
    earlier: new Map([...state.earlier, ...steps.map(({ name, attempt }) => [name, attempt] as const)]),
    halted: false,
    tokens: { ...state.tokens, retry: token },
    parallel: parallel ?? state.parallel,
  };
}

export const executionLifecycle: Lifecycle<ExecutionState, ExecutionEvent> = { kind: 'pipeline-execution', next };

const initial = (atMs: number): ExecutionState => ({
  status: 'Executing',
  modifiedMs: atMs,
  endedMs: undefined,
  reason: undefined,
  displayName: undefined,
  description: undefined,
  parallel: undefined,
  steps: new Map(),
  earlier: new Map(),
  halted: false,
  tokens: {},
});
