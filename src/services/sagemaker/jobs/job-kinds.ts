import { type EndedJobs, noneEnded, type TerminalStatus } from './job-status.ts';

/** The kinds of resources that are jobs: each takes one of the slots while its program runs, and ends once. */
export const jobKinds = ['training-job', 'processing-job', 'transform-job'] as const;
export type JobKind = (typeof jobKinds)[number];

/** The jobs that ended, by kind and status. */
export type Ended = Record<JobKind, EndedJobs>;
export const noJobEnded = (): Ended =>
  Object.fromEntries(jobKinds.map((kind) => [kind, noneEnded()])) as Record<JobKind, EndedJobs>;

/** A job that ended, for whoever watches the server. */
export interface JobEnd {
  kind: JobKind;
  name: string;
  status: TerminalStatus;
  createdAtMs: number;
  endedMs: number;
}
