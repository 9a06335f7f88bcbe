import Table from 'cli-table3';
import type { ServerOptions } from '../server/index.ts';
import { type Api, openApi } from './api.ts';
import type { ShownKind } from './job-kinds.ts';
import { findRunning } from './running.ts';
import { ago, duration } from './terminal/ages.ts';

/** A summary; names of members begin with the kind. */
type Job = { CreationTime: number } & Record<string, string | number>;

interface Endpoint {
  EndpointName: string;
  EndpointStatus: string;
  CreationTime: number;
}

const shownAs: Readonly<Record<ShownKind, string>> = {
  Training: 'training jobs',
  HyperParameterTuning: 'tuning jobs',
  Processing: 'processing jobs',
  Transform: 'transform jobs',
};

/** The newest jobs that are shown. */
const jobsShown = 10;
const endpointsMax = 100;

/** `linnet status`: what the running server does, asked through its public API. */
export async function status(flags: Pick<ServerOptions, 'dataDir'> & { json?: boolean }): Promise<void> {
  const { note, dataFolder } = await findRunning(flags);
  const api = openApi(note);
  const newest = { SortBy: 'CreationTime', SortOrder: 'Descending' };
  const jobsOf = async (kind: ShownKind): Promise<Job[]> => {
    const query = { ...newest, MaxResults: jobsShown };
    const page = await api.call<Record<string, Job[]>>('sagemaker', `List${kind}Jobs`, query);
    return page[`${kind}JobSummaries`] ?? [];
  };
  const [ready, jobs, tuningJobs, processingJobs, transformJobs, { Endpoints: endpoints }] = await Promise.all([
    readiness(api),
    jobsOf('Training'),
    jobsOf('HyperParameterTuning'),
    jobsOf('Processing'),
    jobsOf('Transform'),
    api.call<{ Endpoints: Endpoint[] }>('sagemaker', 'ListEndpoints', { ...newest, MaxResults: endpointsMax }),
  ]);
  const { address, region, pid } = note;
  if (flags.json) {
    process.stdout.write(
      `${JSON.stringify({ address, region, pid, dataDir: dataFolder, ready, jobs, tuningJobs, processingJobs, transformJobs, endpoints })}\n`,
    );
    return;
  }
  const nowMs = Date.now();
  const endpointRows = endpoints.map(({ EndpointName, EndpointStatus, CreationTime }) => [
    EndpointName,
    EndpointStatus,
    ago(CreationTime, nowMs),
  ]);
  process.stdout.write(
    [
      `Linnet answers at ${address}${ready === undefined ? '' : `: ${ready}`}`,
      `region ${region}, process ${pid}, data in ${dataFolder}`,
      '',
      ...jobSection('Training', jobs, nowMs),
      '',
      ...(tuningJobs.length === 0 ? [] : [...jobSection('HyperParameterTuning', tuningJobs, nowMs), '']),
      ...(processingJobs.length === 0 ? [] : [...jobSection('Processing', processingJobs, nowMs), '']),
      ...(transformJobs.length === 0 ? [] : [...jobSection('Transform', transformJobs, nowMs), '']),
      ...section('endpoints', ['endpoints', 'status', 'created'], endpointRows),
      '',
    ].join('\n'),
  );
}

/** `ready` or why not yet; undefined where the server does not show it. */
async function readiness(api: Api): Promise<string | undefined> {
  const { status: code, text } = await api.page('ready');
  return code === 200 || code === 503 ? text.trim() : undefined;
}

function jobSection(kind: ShownKind, jobs: readonly Job[], nowMs: number): string[] {
  const rows = jobs.map((job) => {
    const status = String(job[`${kind}JobStatus`]);
    const endSeconds = status === 'InProgress' ? nowMs / 1000 : Number(job[`${kind}EndTime`] ?? job.CreationTime);
    const took = duration(endSeconds - job.CreationTime);
    return [String(job[`${kind}JobName`]), status, ago(job.CreationTime, nowMs), took];
  });
  const what = shownAs[kind];
  return section(what, [`newest ${what}`, 'status', 'created', 'took'], rows);
}

/** Long names go on in further lines, so that a table fits 80 columns and names can be copied. */
const nameWidth = 38;

function section(what: string, head: string[], rows: string[][]): string[] {
  if (rows.length === 0) return [`There are no ${what} in this region`];
  const isLong = rows.some(([name = '']) => name.length > nameWidth - 2);
  const table = new Table({
    head,
    style: { head: [], border: [] },
    ...(isLong ? { colWidths: [nameWidth], wordWrap: true, wrapOnWordBoundary: false } : {}),
  });
  table.push(...rows);
  return [table.toString()];
}
