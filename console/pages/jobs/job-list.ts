import { call } from '../../api/call.ts';
import { type JobKind, type JobSummary, listJobs, summaryOf } from '../../api/job-kinds.ts';
import { type Page, pageSize, readPages } from '../../api/paged.ts';
import type { TrainingJob } from '../../api/types.ts';

export interface JobRow extends JobSummary {
  /** The figure that one came for. */
  metric: { name: string; value: number } | undefined;
}

export interface JobQuery {
  kind: JobKind;
  name: string;
  status: string;
  sort: 'Name' | 'CreationTime' | 'Status';
  order: 'Ascending' | 'Descending';
}

/** The n-th page (from 1) of a query. */
export const readJobPage = (query: JobQuery, page: number, signal: AbortSignal): Promise<Page<JobRow>> =>
  readPages(`jobs ${JSON.stringify({ ...query, kind: query.kind.id })}`, page, (token) =>
    readPage(query, token, signal),
  );

/** Training jobs come from Search, which knows their metrics. */
async function readPage(query: JobQuery, token: string | undefined, signal: AbortSignal): Promise<Page<JobRow>> {
  const { kind, name, status, sort, order } = query;
  const common = { SortOrder: order, MaxResults: pageSize, NextToken: token };
  if (kind.id !== 'training') {
    const filters = { NameContains: name || undefined, StatusEquals: status || undefined };
    const { jobs, next } = await listJobs(kind, { ...common, SortBy: sort, ...filters }, signal);
    return { items: jobs.map((job) => ({ ...job, metric: undefined })), next };
  }
  const filters = [
    ...(name === '' ? [] : [{ Name: 'TrainingJobName', Operator: 'Contains', Value: name }]),
    ...(status === '' ? [] : [{ Name: 'TrainingJobStatus', Operator: 'Equals', Value: status }]),
  ];
  const sortBy = { Name: 'TrainingJobName', Status: 'TrainingJobStatus', CreationTime: 'CreationTime' }[sort];
  const output = await call<{ Results?: { TrainingJob: TrainingJob }[]; NextToken?: string }>(
    'sagemaker',
    'Search',
    {
      Resource: 'TrainingJob',
      SortBy: sortBy,
      ...common,
      ...(filters.length > 0 && { SearchExpression: { Filters: filters } }),
    },
    signal,
  );
  const items = (output.Results ?? []).map(({ TrainingJob: job }) => ({
    ...summaryOf(kind, job as unknown as Record<string, unknown>),
    metric: mainMetric(job),
  }));
  return { items, next: output.NextToken };
}

const preferred = [
  'validation:binary_f_beta',
  'validation:objective_loss',
  'validation:auc',
  'validation:rmse',
  'validation:mse',
];

/** Of validation rather than of training, accuracy before a loss. */
export function mainMetric(job: TrainingJob): { name: string; value: number } | undefined {
  const metrics = (job.FinalMetricDataList ?? []).map(({ MetricName, Value }) => ({
    name: MetricName!,
    value: Value!,
  }));
  const rank = (name: string): number =>
    (name.startsWith('validation:') ? 0 : name.startsWith('test:') ? 1 : 2) * 100 +
    (/accuracy/.test(name) ? 0 : preferred.includes(name) ? 1 + preferred.indexOf(name) : 50);
  return metrics.sort((a, b) => rank(a.name) - rank(b.name))[0];
}
