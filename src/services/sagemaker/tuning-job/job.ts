import type { Task } from '../../reconcile.ts';
import type { Context } from '../context.ts';
import { appendEvent, fold } from '../history.ts';
import type { Origin } from '../resource.ts';
import { type TuningJobEvent, type TuningJobState, tuningJobLifecycle } from './lifecycle.ts';
import type { TuningJobBody } from './record.ts';

/** An event as its author gives it: the time is added when it is written. */
export type Untimed<Event> = Event extends { type: string; atMs: number } ? Omit<Event, 'atMs'> : never;

/** A tuning job as its driver knows it: the state after the last read or write. */
export interface TuningJob {
  body: TuningJobBody;
  createdMs: number;
  state: TuningJobState;
  /** Where its trials are made. */
  origin: Origin;
  /** Adds an event; false when the life cycle refused it. Either way `state` is what the store holds. */
  write(event: Untimed<TuningJobEvent>): Promise<boolean>;
}

/** Reads a job; undefined when it is gone. */
export async function readJob(context: Context, { id, stopping }: Task): Promise<TuningJob | undefined> {
  const { records, timers, nowMs } = context;
  const record = await records.get<TuningJobBody>('hyper-parameter-tuning-job', id);
  if (record === undefined) return undefined;
  const { body } = record;
  const job: TuningJob = {
    body,
    createdMs: record.createdAtMs,
    state: fold(tuningJobLifecycle, body.events),
    origin: { region: body.region, accountId: body.arn.split(':')[4] ?? '', nowMs: nowMs() },
    async write(event) {
      const outcome = await appendEvent<TuningJobState, TuningJobEvent, TuningJobBody>(
        records,
        tuningJobLifecycle,
        id,
        () => ({ ...event, atMs: nowMs() }) as TuningJobEvent,
        { patience: { timers, signal: stopping } },
      );
      if (outcome !== undefined) job.state = outcome.state;
      return outcome?.applied === true;
    },
  };
  return job;
}
