import type { Lifecycle } from '../history.ts';
import type { JobStatus, TerminalStatus } from '../jobs/job-status.ts';

/*
 *   InProgress ── trial-started, trial-ended ──▶ InProgress
 *        │ ending (a limit or a criterion was reached: no further trial begins, those that run are stopped or awaited)
 *        ├───────── completed, failed (no trial runs) ────▶ Completed, Failed
 *        └── stop-requested ──▶ Stopping ── stopped (no trial runs) ──▶ Stopped
 *
 * A trial is written here before its training job is made, under a name that is fixed then. So a crash in between leaves a
 * trial whose job is missing and is made by the next driver, and never two jobs of one trial.
 */

export type TuningJobEvent = { atMs: number } & (
  | { type: 'created' }
  /** `number` counts from 1. */
  | { type: 'trial-started'; number: number; name: string; definition: number; values: Record<string, string> }
  | ({ type: 'trial-ended'; number: number } & TrialEnd)
  | { type: 'ending'; why: EndingCause }
  | { type: 'completed' }
  | { type: 'failed'; reason: string }
  | { type: 'stop-requested' }
  | { type: 'stopped' }
);

/** `trials`: all that may be have been made. `hopeless`: the first ones failed. */
export type EndingCause = 'trials' | 'runtime' | 'target' | 'not-improving' | 'converged' | 'hopeless';

/** What is kept of a trial's training job, which may be deleted. */
export type TrialEnd = {
  status: TerminalStatus;
  /** The last value of the objective metric. */
  objective?: number;
  startedMs?: number;
  endedMs?: number;
  reason?: string;
  /** What later trials are held against when they are stopped early: averages of the first epochs, or losses at rungs. */
  course?: number[];
};

export interface Trial {
  number: number;
  name: string;
  definition: number;
  values: Readonly<Record<string, string>>;
  createdMs: number;
  /** Undefined while it runs. */
  end: TrialEnd | undefined;
}

export interface TuningJobState {
  status: JobStatus;
  trials: readonly Trial[];
  /** The trials that ended, in that order. */
  ended: readonly Trial[];
  ending: { why: EndingCause; atMs: number } | undefined;
  endedMs: number | undefined;
  modifiedMs: number;
  failureReason: string | undefined;
}

/** The state after an event, or undefined when the event cannot happen in this state. */
export function next(state: TuningJobState | undefined, event: TuningJobEvent): TuningJobState | undefined {
  if (state === undefined) return event.type === 'created' ? initial(event.atMs) : undefined;
  const moved = { ...state, modifiedMs: event.atMs };
  const running = state.trials.length - state.ended.length;
  const isActive = state.status === 'InProgress' || state.status === 'Stopping';
  switch (event.type) {
    case 'created':
      return undefined;
    case 'trial-started': {
      if (state.status !== 'InProgress' || state.ending !== undefined) return undefined;
      if (event.number !== state.trials.length + 1) return undefined;
      const { number, name, definition, values, atMs } = event;
      const trial = { number, name, definition, values, createdMs: atMs, end: undefined };
      return { ...moved, trials: [...state.trials, trial] };
    }
    case 'trial-ended': {
      const trial = state.trials[event.number - 1];
      if (!isActive || trial === undefined || trial.end !== undefined) return undefined;
      const { atMs, type, number, ...end } = event;
      const after = { ...trial, end };
      return { ...moved, trials: state.trials.with(number - 1, after), ended: [...state.ended, after] };
    }
    case 'ending':
      if (state.status !== 'InProgress' || state.ending !== undefined) return undefined;
      return { ...moved, ending: { why: event.why, atMs: event.atMs } };
    case 'stop-requested':
      return state.status === 'InProgress' ? { ...moved, status: 'Stopping' } : undefined;
    case 'completed':
    case 'failed':
      if (state.status !== 'InProgress' || state.ending === undefined || running > 0) return undefined;
      return {
        ...moved,
        status: event.type === 'completed' ? 'Completed' : 'Failed',
        endedMs: event.atMs,
        failureReason: event.type === 'failed' ? event.reason : undefined,
      };
    case 'stopped':
      return state.status === 'Stopping' && running === 0
        ? { ...moved, status: 'Stopped', endedMs: event.atMs }
        : undefined;
  }
}

export const tuningJobLifecycle: Lifecycle<TuningJobState, TuningJobEvent> = {
  kind: 'hyper-parameter-tuning-job',
  next,
};

const initial = (atMs: number): TuningJobState => ({
  status: 'InProgress',
  trials: [],
  ended: [],
  ending: undefined,
  endedMs: undefined,
  modifiedMs: atMs,
  failureReason: undefined,
});
