import { type JsonObject, Unavailable } from '../../base/index.ts';
import type { Records } from '../../store/index.ts';
import { everyRecord } from '../every-record.ts';
import type { Latencies } from '../latencies.ts';
import { answers, type InvocationCounts, type LiveTable, servingStatuses } from '../sagemaker-runtime/live-table.ts';
import type { Waiting } from '../sagemaker-runtime/wait-for-program.ts';
import type { Context } from './context.ts';
import { fold } from './history.ts';
import { type Ended, type JobKind, jobKinds } from './jobs/job-kinds.ts';
import { activeStatuses } from './jobs/job-status.ts';
import { trainingJobLifecycle } from './training-job/lifecycle.ts';
import type { TrainingJobBody } from './training-job/record.ts';

/** What an operator watches, as of one moment. */
export interface Observation {
  /**
   * Jobs that have not ended, in all regions: of training jobs by their secondary status, of others by their status.
   * Undefined while the records cannot be read.
   */
  activeJobs: ActiveJobs | undefined;
  /** Jobs that ended since the server started. */
  endedJobs: Readonly<Ended>;
  /** Jobs whose programs run, and jobs that wait for one of them to end. */
  slots: { taken: number; waiting: number };
  /** Invocations that wait for a program to come up. */
  waitingInvocations: number;
  endpoints: readonly ObservedEndpoint[];
}

type ActiveJobs = Readonly<Record<JobKind, ReadonlyMap<string, number>>>;

export interface ObservedEndpoint {
  region: string;
  name: string;
  status: string;
  programs: { up: number; down: number };
  inFlight: number;
  counts: Readonly<InvocationCounts>;
  latencies: Readonly<Latencies>;
}

/** Whether every endpoint that counts as in service answers. */
export function isReady(live: LiveTable): boolean {
  for (const endpoint of live.all()) if (servingStatuses.includes(endpoint.status) && !answers(endpoint)) return false;
  return true;
}

/** The context sees the records of all regions. */
export async function observe({ records, ended, slots, live }: Context, { count }: Waiting): Promise<Observation> {
  const endpoints = [...live.all()].map(
    ({ region, name, component, status, routes, shadows, counts, latencies }): ObservedEndpoint => {
      const instances = [...routes, ...shadows].flatMap((route) => route.instances);
      const programs = instances.filter(({ resting }) => !resting).flatMap((instance) => instance.containers);
      const up = programs.filter(({ address }) => address !== undefined).length;
      const inFlight = instances.reduce((sum, instance) => sum + instance.inFlight, 0);
      const states = { up, down: programs.length - up };
      return {
        region,
        name: component === undefined ? name : `${name}/${component}`,
        status,
        programs: states,
        inFlight,
        counts: { ...counts },
        latencies: structuredClone(latencies),
      };
    },
  );
  return {
    activeJobs: await countActive(records),
    endedJobs: ended,
    slots: { taken: slots.taken, waiting: slots.waiting },
    waitingInvocations: count,
    endpoints,
  };
}

async function countActive(records: Records): Promise<ActiveJobs | undefined> {
  try {
    const counted = jobKinds.map(async (kind) => [kind, await countOf(records, kind)]);
    return Object.fromEntries(await Promise.all(counted)) as ActiveJobs;
  } catch (thrown) {
    if (!(thrown instanceof Unavailable)) throw thrown;
    return undefined;
  }
}

async function countOf(records: Records, kind: JobKind): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const { status, body } of everyRecord<JsonObject>(records, kind, { statuses: activeStatuses })) {
    const shown =
      kind === 'training-job' ? fold(trainingJobLifecycle, (body as TrainingJobBody).events).secondary : status;
    counts.set(shown, (counts.get(shown) ?? 0) + 1);
  }
  return counts;
}
