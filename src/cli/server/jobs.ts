/** `linnet jobs` and `linnet endpoints`: what a running server has of them, and what is done with one. */
import { DataError } from '../../base/index.ts';
import type { ServerOptions } from '../../server/index.ts';
import { type Api, openApi } from '../api.ts';
import { findJob, isNotFound } from '../find-job.ts';
import { type ShownKind, shownKinds } from '../job-kinds.ts';
import { findRunning } from '../running.ts';
import { ago, duration } from '../terminal/ages.ts';
import { inColumns } from '../terminal/columns.ts';

export interface ServerFlags extends Pick<ServerOptions, 'dataDir'> {
  json?: boolean;
}

export interface JobFlags extends ServerFlags {
  status?: 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';
}

/** The newest that are shown of each kind: SageMaker's page. */
const shownMax = 100;
const newest = { SortBy: 'CreationTime', SortOrder: 'Descending', MaxResults: shownMax };

/** A summary; names of members begin with the kind. */
type Summary = { CreationTime: number } & Record<string, string | number>;

const open = async (flags: ServerFlags): Promise<Api> => openApi((await findRunning(flags)).note);

export async function listJobs(flags: JobFlags): Promise<void> {
  const api = await open(flags);
  const byKind = await Promise.all(
    shownKinds.map(async (kind) => {
      const query = { ...newest, ...(flags.status !== undefined && { StatusEquals: flags.status }) };
      const page = await api.call<Record<string, Summary[]>>('sagemaker', `List${kind}Jobs`, query);
      return (page[`${kind}JobSummaries`] ?? []).map((job) => ({
        name: String(job[`${kind}JobName`]),
        kind,
        status: String(job[`${kind}JobStatus`]),
        createdSeconds: job.CreationTime,
        endedSeconds: job[`${kind}EndTime`] as number | undefined,
      }));
    }),
  );
  const jobs = byKind.flat().sort((a, b) => b.createdSeconds - a.createdSeconds);
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ jobs })}\n`);
    return;
  }
  const nowMs = Date.now();
  const rows = jobs.map(({ name, kind, status, createdSeconds, endedSeconds }) => {
    const end = status === 'InProgress' ? nowMs / 1000 : (endedSeconds ?? createdSeconds);
    return [kindWord(kind), status, ago(createdSeconds, nowMs), duration(end - createdSeconds), name];
  });
  table(['kind', 'status', 'created', 'took', 'job'], rows, 'There are no jobs in this region');
}

const kindWord = (kind: ShownKind): string => (kind === 'HyperParameterTuning' ? 'tuning' : kind.toLowerCase());

export async function listEndpoints(flags: ServerFlags): Promise<void> {
  const api = await open(flags);
  const { Endpoints } = await api.call<{
    Endpoints: { EndpointName: string; EndpointStatus: string; CreationTime: number }[];
  }>('sagemaker', 'ListEndpoints', newest);
  const endpoints = Endpoints.map(({ EndpointName, EndpointStatus, CreationTime }) => ({
    name: EndpointName,
    status: EndpointStatus,
    createdSeconds: CreationTime,
  }));
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ endpoints })}\n`);
    return;
  }
  const nowMs = Date.now();
  const rows = endpoints.map(({ name, status, createdSeconds }) => [status, ago(createdSeconds, nowMs), name]);
  table(['status', 'created', 'endpoint'], rows, 'There are no endpoints in this region');
}

/** Names come last, whole, so that they can be copied. */
function table(head: string[], rows: string[][], none: string): void {
  const lines = rows.length === 0 ? [none] : inColumns([head, ...rows], Number.POSITIVE_INFINITY, { indent: 0 });
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Everything that the server says of a job, as JSON. */
export async function showJob(flags: ServerFlags, name: string): Promise<void> {
  const { described } = await found(await open(flags), name);
  process.stdout.write(`${JSON.stringify(described, null, flags.json ? 0 : 2)}\n`);
}

export async function stopJob(flags: ServerFlags, name: string): Promise<void> {
  const api = await open(flags);
  const { kind } = await found(api, name);
  await api.call('sagemaker', `Stop${kind}Job`, { [`${kind}JobName`]: name });
  done(flags, `Stopping ${name}: linnet jobs shows when it has stopped`, { name, kind });
}

export async function showEndpoint(flags: ServerFlags, name: string): Promise<void> {
  const api = await open(flags);
  const described = await api.call('sagemaker', 'DescribeEndpoint', { EndpointName: name }).catch(noEndpoint(name));
  process.stdout.write(`${JSON.stringify(described, null, flags.json ? 0 : 2)}\n`);
}

export async function deleteEndpoint(flags: ServerFlags, name: string): Promise<void> {
  const api = await open(flags);
  await api.call('sagemaker', 'DeleteEndpoint', { EndpointName: name }).catch(noEndpoint(name));
  done(flags, `Deleted the endpoint ${name}. Its configuration and its model are kept.`, { name });
}

const done = ({ json }: ServerFlags, text: string, facts: object): void =>
  void process.stdout.write(json ? `${JSON.stringify(facts)}\n` : `${text}\n`);

const noEndpoint =
  (name: string) =>
  (error: unknown): never => {
    if (isNotFound(error)) throw new DataError(`There is no endpoint "${name}"; linnet endpoints lists them`);
    throw error;
  };

/** Throws DataError where there is none. */
async function found(api: Api, name: string) {
  const job = await findJob(api, name, shownKinds);
  if (job === undefined) throw new DataError(`There is no job "${name}"; linnet jobs lists the newest`);
  return job;
}
