import { call } from './call.ts';

/** A kind of jobs as its operations name things. */
export interface JobKind {
  id: string;
  title: string;
  noun: string;
  list: string;
  summaries: string;
  name: string;
  status: string;
  ended: string;
  describe: string;
  stop: string;
  remove?: string;
  /** Undefined where the programs of others write the log. */
  logGroup?: string;
}

const kindOf = (id: string, noun: string, prefix: string, rest: Partial<JobKind>): JobKind => ({
  id,
  title: noun.charAt(0).toUpperCase() + noun.slice(1),
  noun,
  list: `List${prefix}s`,
  summaries: `${prefix}Summaries`,
  name: `${prefix}Name`,
  status: `${prefix}Status`,
  ended: `${prefix.replace('Job', '')}EndTime`,
  describe: `Describe${prefix}`,
  stop: `Stop${prefix}`,
  ...rest,
});

export const jobKinds: readonly JobKind[] = [
  kindOf('training', 'training', 'TrainingJob', {
    remove: 'DeleteTrainingJob',
    logGroup: '/aws/sagemaker/TrainingJobs',
  }),
  kindOf('tuning', 'tuning', 'HyperParameterTuningJob', { remove: 'DeleteHyperParameterTuningJob' }),
  kindOf('processing', 'processing', 'ProcessingJob', {
    remove: 'DeleteProcessingJob',
    logGroup: '/aws/sagemaker/ProcessingJobs',
  }),
  kindOf('transform', 'batch', 'TransformJob', { logGroup: '/aws/sagemaker/TransformJobs' }),
];

export const findJobKind = (id: string | undefined): JobKind | undefined => jobKinds.find((kind) => kind.id === id);

/** One line of a list of jobs. */
export interface JobSummary {
  kind: JobKind;
  name: string;
  status: string;
  created: number;
  ended: number | undefined;
  failure: string | undefined;
}

type Fields = Record<string, unknown>;

export const summaryOf = (kind: JobKind, fields: Fields): JobSummary => ({
  kind,
  name: fields[kind.name] as string,
  status: fields[kind.status] as string,
  created: fields.CreationTime as number,
  ended: (fields[kind.ended] ?? fields.HyperParameterTuningEndTime) as number | undefined,
  failure: fields.FailureReason as string | undefined,
});

/** One page of a kind's jobs. */
export async function listJobs(
  kind: JobKind,
  input: object,
  signal?: AbortSignal,
): Promise<{ jobs: JobSummary[]; next: string | undefined }> {
  const output = await call<Fields>('sagemaker', kind.list, input, signal);
  const jobs = (output[kind.summaries] as Fields[]).map((fields) => summaryOf(kind, fields));
  return { jobs, next: output.NextToken as string | undefined };
}

export const isOver = (status: string | undefined): boolean =>
  status === 'Completed' || status === 'Failed' || status === 'Stopped';
