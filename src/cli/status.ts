import Table from 'cli-table3';
import type { ServerOptions } from '../server/index.ts';
import { type Api, openApi } from './api.ts';
import { findRunning } from './running.ts';

interface Job {
  TrainingJobName: string;
  TrainingJobStatus: string;
  CreationTime: number;
  TrainingEndTime?: number;
}

interface Endpoint {
  EndpointName: string;
  EndpointStatus: string;
  CreationTime: number;
}

/** The newest jobs that are shown. */
const jobsShown = 10;
const endpointsMax = 100;

/** `linnet status`: what the running server does, asked through its public API. */
export async function status(flags: Pick<ServerOptions, 'dataDir'> & { json?: boolean }): Promise<void> {
  const { note, dataFolder } = await findRunning(flags);
  const api = openApi(note);
  const newest = { SortBy: 'CreationTime', SortOrder: 'Descending' };
  const [ready, { TrainingJobSummaries: jobs }, { Endpoints: endpoints }] = await Promise.all([
    readiness(api),
    api.call<{ TrainingJobSummaries: Job[] }>('sagemaker', 'ListTrainingJobs', { ...newest, MaxResults: jobsShown }),
    api.call<{ Endpoints: Endpoint[] }>('sagemaker', 'ListEndpoints', { ...newest, MaxResults: endpointsMax }),
  ]);
  const { address, region, pid } = note;
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ address, region, pid, dataDir: dataFolder, ready, jobs, endpoints })}\n`);
    return;
  }
  const nowMs = Date.now();
  const jobRows = jobs.map(({ TrainingJobName, TrainingJobStatus, CreationTime, TrainingEndTime }) => {
    const took = TrainingJobStatus === 'InProgress' ? nowMs / 1000 : (TrainingEndTime ?? CreationTime);
    return [TrainingJobName, TrainingJobStatus, ago(CreationTime, nowMs), duration(took - CreationTime)];
  });
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
      ...section('training jobs', ['newest training jobs', 'status', 'created', 'took'], jobRows),
      '',
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

const ago = (seconds: number, nowMs: number): string => `${duration(nowMs / 1000 - seconds)} ago`;

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
