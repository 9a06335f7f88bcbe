import type { HistoryState, Lifecycle } from '../../history.ts';
import { isTerminal, type JobStatus } from '../job-status.ts';

/*
 * The life of a job without stages that a client sees: a processing job, a transform job.
 *
 *   status    InProgress ────────────────────────────────────────▶ Completed
 *   running   no ── started ─▶ yes
 *             no ◀─ restarting (the server ended), next attempt
 *             any of them ── failed ──────────────────────────────▶ Failed
 *             any of them ── runtime-exceeded ────────────────────▶ Stopped
 *             any of them ── stop-requested ─▶ Stopping ─ stopped ─▶ Stopped
 *
 * Completed, Failed and Stopped take no further event. An event of an earlier attempt is refused, so a driver that was given
 * up cannot write into the attempt of another.
 */

export type JobEvent = { atMs: number } & (
  | { type: 'created' }
  | { type: 'started'; attempt: number }
  | { type: 'completed'; attempt: number; exitMessage?: string }
  /** `quotes`: the reason is what the program said, which may show its data. */
  | { type: 'failed'; attempt: number; reason: string; quotes?: true; exitMessage?: string }
  | { type: 'stop-requested' }
  | { type: 'stopped'; attempt: number; exitMessage?: string }
  | { type: 'runtime-exceeded'; attempt: number; exitMessage?: string }
  /** The attempt is given up and the job begins again. `counted`: it used up one of the attempts a job has. */
  | { type: 'restarting'; attempt: number; counted: boolean; reason: string }
);

export interface JobState extends HistoryState {
  status: JobStatus;
  /** Whether the newest attempt has begun. */
  running: boolean;
  /** From 1; grows whenever the job begins again. */
  attempt: number;
  /** Attempts that were used up. */
  lost: number;
  /** When the newest attempt began. */
  startedMs: number | undefined;
  endedMs: number | undefined;
  failureReason: string | undefined;
  /** What its program left to be said at its end. */
  exitMessage: string | undefined;
}

/** The state after an event, or undefined when the event cannot happen in this state. */
export function next(state: JobState | undefined, event: JobEvent): JobState | undefined {
  if (state === undefined) return event.type === 'created' ? initial(event.atMs) : undefined;
  if (event.type === 'created' || isTerminal(state.status)) return undefined;
  if ('attempt' in event && event.attempt !== state.attempt) return undefined;
  if ((state.status === 'Stopping') !== (event.type === 'stopped')) return undefined;
  const moved = { ...state, modifiedMs: event.atMs };
  switch (event.type) {
    case 'started':
      return state.running ? undefined : { ...moved, running: true, startedMs: event.atMs };
    case 'completed':
      return state.running ? ended(moved, 'Completed', event) : undefined;
    case 'failed':
      return { ...ended(moved, 'Failed', event), failureReason: event.reason };
    case 'stop-requested':
      return { ...moved, status: 'Stopping' };
    case 'stopped':
    case 'runtime-exceeded':
      return ended(moved, 'Stopped', event);
    case 'restarting':
      return { ...moved, running: false, attempt: state.attempt + 1, lost: state.lost + (event.counted ? 1 : 0) };
  }
}

export const jobLifecycle = <Kind extends string>(kind: Kind): Lifecycle<JobState, JobEvent> & { kind: Kind } => ({
  kind,
  next,
});

const initial = (atMs: number): JobState => ({
  status: 'InProgress',
  running: false,
  attempt: 1,
  lost: 0,
  startedMs: undefined,
  endedMs: undefined,
  modifiedMs: atMs,
  failureReason: undefined,
  exitMessage: undefined,
});

const ended = (state: JobState, status: JobStatus, event: { atMs: number; exitMessage?: string }): JobState => ({
  ...state,
  status,
  endedMs: event.atMs,
  exitMessage: event.exitMessage,
});
