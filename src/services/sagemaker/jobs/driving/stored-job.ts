import type { Task } from '../../../reconcile.ts';
import type { Context } from '../../context.ts';
import {
  appendEvent,
  type BodyWithHistory,
  fold,
  type HistoryEvent,
  type HistoryState,
  type Lifecycle,
} from '../../history.ts';

/** An event as its author gives it: the time is added when it is written. */
export type Untimed<Event> = Event extends { type: string; atMs: number } ? Omit<Event, 'atMs'> : never;

/** A job as its driver knows it: the state after the last read or write. */
export interface StoredJob<State, Event, Body> {
  body: Body;
  createdAtMs: number;
  state: State;
  /** Adds an event; false when the life cycle refused it. Either way `state` is what the store holds. */
  write(event: Untimed<Event>): Promise<boolean>;
}

/** Reads a job; undefined when it is gone. `written` hears of each write, with whether the life cycle took the event. */
export async function readJob<
  State extends HistoryState,
  Event extends HistoryEvent,
  Body extends BodyWithHistory<Event>,
>(
  { records, timers, nowMs }: Pick<Context, 'records' | 'timers' | 'nowMs'>,
  { id, stopping }: Pick<Task, 'id' | 'stopping'>,
  lifecycle: Lifecycle<State, Event>,
  written: (job: StoredJob<State, Event, Body>, event: Untimed<Event>, applied: boolean) => void = () => undefined,
): Promise<StoredJob<State, Event, Body> | undefined> {
  const record = await records.get<Body>(lifecycle.kind, id);
  if (record === undefined) return undefined;
  const job: StoredJob<State, Event, Body> = {
    body: record.body,
    createdAtMs: record.createdAtMs,
    state: fold(lifecycle, record.body.events),
    async write(event) {
      const outcome = await appendEvent<State, Event, Body>(
        records,
        lifecycle,
        id,
        () => ({ ...event, atMs: nowMs() }) as unknown as Event,
        { patience: { timers, signal: stopping } },
      );
      if (outcome !== undefined) job.state = outcome.state;
      const applied = outcome?.applied === true;
      written(job, event, applied);
      return applied;
    },
  };
  return job;
}
