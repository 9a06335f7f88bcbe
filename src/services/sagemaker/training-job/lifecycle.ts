import type { Lifecycle } from '../history.ts';
import { type JobStatus, terminalStatuses } from '../jobs/job-status.ts';

/*
 *   status       InProgress ────────────────────────────────────────────▶ Completed
 *   secondary    Starting ─▶ Downloading ─▶ Training ─▶ Uploading ──────▶ Completed
 *                   ▲             │             │           │
 *                   │             └─────────────┴───────────┴─ restarting (the server ended, or a retry): Restarting, next attempt
 *                any of them ── failed ───────────────────────────────────▶ Failed
 *                any of them ── runtime-exceeded ─────────────────────────▶ Stopped / MaxRuntimeExceeded
 *                any of them ── stop-requested ─▶ Stopping ── stopped ────▶ Stopped
 *
 * Completed, Failed and Stopped take no further event. An event of an earlier attempt is refused, so a driver that
 * was given up cannot write into the attempt of another.
 */

export type TrainingJobEvent = { atMs: number } & (
  | { type: 'created' }
  | { type: 'downloading'; attempt: number }
  /** `note`: what a reader should know of the program that runs. */
  | { type: 'training'; attempt: number; note?: string }
  | { type: 'uploading'; attempt: number }
  | { type: 'completed'; attempt: number; artifact: string; metrics: Metric[] }
  /** `quotes`: the reason is what the program said, which may show its data. */
  | { type: 'failed'; attempt: number; reason: string; quotes?: true; metrics: Metric[] }
  | { type: 'stop-requested' }
  | { type: 'stopped'; attempt: number; artifact?: string; metrics: Metric[] }
  | { type: 'runtime-exceeded'; attempt: number; artifact?: string; metrics: Metric[] }
  /**
   * The attempt is given up and the job begins again. `counted`: it used up one of the attempts a job has. `retry`: one of
   * those that its RetryStrategy allows.
   */
  | { type: 'restarting'; attempt: number; counted: boolean; retry?: true; reason: string }
);

export type Metric = { name: string; value: number; timeMs: number };

export type SecondaryStatus =
  | 'Starting'
  | 'Restarting'
  | 'Downloading'
  | 'Training'
  | 'Uploading'
  | 'Completed'
  | 'Failed'
  | 'Stopping'
  | 'Stopped'
  | 'MaxRuntimeExceeded';

export interface Transition {
  status: SecondaryStatus;
  startMs: number;
  endMs: number | undefined;
  message: string;
}

export interface TrainingJobState {
  status: JobStatus;
  secondary: SecondaryStatus;
  transitions: readonly Transition[];
  /** From 1; grows whenever the job begins again. */
  attempt: number;
  /** Attempts that were used up. */
  lost: number;
  /** Attempts that were made again by the request's RetryStrategy. */
  retried: number;
  /** The time that earlier attempts have worked. */
  workedMs: number;
  /** When the newest attempt began to work: Amazon's TrainingStartTime. */
  startedMs: number | undefined;
  endedMs: number | undefined;
  modifiedMs: number;
  failureReason: string | undefined;
  artifact: string | undefined;
  metrics: readonly Metric[];
}

/** AWS's own texts, as its logs show them; the SDKs print them. */
const messages = {
  created: 'Starting the training job',
  downloading: 'Downloading input data',
  training: 'Training image download completed. Training in progress.',
  uploading: 'Uploading generated training model',
  completed: 'Training job completed',
  failed: 'Training job failed',
  'stop-requested': 'Stopping the training job',
  stopped: 'Training job stopped',
  'runtime-exceeded': 'Training job runtime exceeded MaxRuntimeInSeconds provided',
} as const;

/** Which secondary statuses an event may follow; the others are `any` while the job is in progress. */
const follows: Partial<Record<TrainingJobEvent['type'], readonly SecondaryStatus[]>> = {
  downloading: ['Starting', 'Restarting'],
  training: ['Downloading'],
  uploading: ['Training'],
  completed: ['Uploading'],
};

/** The state after an event, or undefined when the event cannot happen in this state. */
export function next(state: TrainingJobState | undefined, event: TrainingJobEvent): TrainingJobState | undefined {
  if (state === undefined) return event.type === 'created' ? initial(event.atMs) : undefined;
  if (event.type === 'created' || terminalStatuses.includes(state.status)) return undefined;
  if ('attempt' in event && event.attempt !== state.attempt) return undefined;
  if ((state.status === 'Stopping') !== (event.type === 'stopped')) return undefined;
  if (follows[event.type]?.includes(state.secondary) === false) return undefined;
  const { atMs } = event;
  switch (event.type) {
    case 'downloading':
      return { ...move(state, 'Downloading', atMs, messages.downloading), startedMs: atMs };
    case 'training':
      return move(
        state,
        'Training',
        atMs,
        [messages.training, ...(event.note === undefined ? [] : [event.note])].join(' '),
      );
    case 'uploading':
      return move(state, 'Uploading', atMs, messages.uploading);
    case 'completed':
      return end(move(state, 'Completed', atMs, messages.completed), 'Completed', event);
    case 'failed':
      return { ...end(move(state, 'Failed', atMs, messages.failed), 'Failed', event), failureReason: event.reason };
    case 'stop-requested':
      return { ...move(state, 'Stopping', atMs, messages['stop-requested']), status: 'Stopping' };
    case 'stopped':
      return end(move(state, 'Stopped', atMs, messages.stopped), 'Stopped', event);
    case 'runtime-exceeded':
      return end(move(state, 'MaxRuntimeExceeded', atMs, messages['runtime-exceeded']), 'Stopped', event);
    case 'restarting': {
      const restarted = move(state, 'Restarting', atMs, event.reason);
      const worked =
        state.secondary === 'Starting' || state.secondary === 'Restarting' ? 0 : atMs - (state.startedMs ?? atMs);
      return {
        ...restarted,
        attempt: state.attempt + 1,
        lost: state.lost + (event.counted ? 1 : 0),
        retried: state.retried + (event.retry ? 1 : 0),
        workedMs: state.workedMs + worked,
      };
    }
  }
}

export const trainingJobLifecycle: Lifecycle<TrainingJobState, TrainingJobEvent> = { kind: 'training-job', next };

const initial = (atMs: number): TrainingJobState => ({
  status: 'InProgress',
  secondary: 'Starting',
  transitions: [{ status: 'Starting', startMs: atMs, endMs: undefined, message: messages.created }],
  attempt: 1,
  lost: 0,
  retried: 0,
  workedMs: 0,
  startedMs: undefined,
  endedMs: undefined,
  modifiedMs: atMs,
  failureReason: undefined,
  artifact: undefined,
  metrics: [],
});

/** Closes the open transition and opens the next one. */
function move(state: TrainingJobState, secondary: SecondaryStatus, atMs: number, message: string): TrainingJobState {
  const closed = state.transitions.map((each, index) =>
    index === state.transitions.length - 1 ? { ...each, endMs: atMs } : each,
  );
  const opened = { status: secondary, startMs: atMs, endMs: undefined, message };
  return { ...state, secondary, modifiedMs: atMs, transitions: [...closed, opened] };
}

/** A terminal state: its transition is closed with it. */
function end(
  state: TrainingJobState,
  status: JobStatus,
  event: { atMs: number; artifact?: string; metrics: Metric[] },
): TrainingJobState {
  const transitions = state.transitions.map((each) => ({ ...each, endMs: each.endMs ?? event.atMs }));
  return { ...state, status, transitions, endedMs: event.atMs, artifact: event.artifact, metrics: event.metrics };
}
