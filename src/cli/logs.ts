import { setTimeout as sleep } from 'node:timers/promises';
import { DataError, ServiceError } from '../base/index.ts';
import type { ServerOptions } from '../server/index.ts';
import { type Api, openApi } from './api.ts';
import { findJob } from './find-job.ts';
import { type JobKind, jobKinds } from './job-kinds.ts';
import { findRunning } from './running.ts';

interface Events {
  events: { message: string }[];
  nextForwardToken: string;
}

interface Job {
  kind: JobKind;
  status: string;
  failureReason: string;
}

const jobGroup = (kind: JobKind): string => `/aws/sagemaker/${kind}Jobs`;
const endpointGroup = (name: string): string => `/aws/sagemaker/Endpoints/${name}`;
const followMs = 500;

/**
 * `linnet logs NAME`: the lines of a job, or of an endpoint. Answers the exit code: following a job that fails
 * gives 1.
 */
export async function logs(
  flags: Pick<ServerOptions, 'dataDir'> & { follow?: boolean },
  name: string,
): Promise<number> {
  const { note } = await findRunning(flags);
  // `linnet logs JOB | head`
  process.stdout.on('error', (cause: NodeJS.ErrnoException) => process.exit(cause.code === 'EPIPE' ? 0 : 1));
  const api = openApi(note);
  const job = await jobOf(api, name, jobKinds);
  const print =
    job === undefined ? printerOf(api, endpointGroup(name), '') : printerOf(api, jobGroup(job.kind), `${name}/`);
  if (job === undefined && (await print()) === 0 && !(await isEndpoint(api, name)))
    throw new DataError(`There is no job and no endpoint "${name}" in the region ${note.region}`);
  for (let now = job; ; now = job && (await jobOf(api, name, [job.kind]))) {
    // A job that ended before its lines were read has no further ones.
    await print();
    if (!flags.follow) return 0;
    if (job !== undefined && (now === undefined || isOver(now))) {
      if (now?.status !== 'Failed') return 0;
      process.stderr.write(`${now.failureReason}\n`);
      return 1;
    }
    await sleep(followMs);
  }
}

const isOver = ({ status }: Job): boolean => ['Completed', 'Failed', 'Stopped'].includes(status);

async function jobOf(api: Api, name: string, kinds: readonly JobKind[]): Promise<Job | undefined> {
  const found = await findJob(api, name, kinds);
  if (found === undefined) return undefined;
  const { kind, described } = found;
  return {
    kind,
    status: described[`${kind}JobStatus`] ?? '',
    failureReason: described.FailureReason ?? 'The job failed',
  };
}

async function isEndpoint(api: Api, name: string): Promise<boolean> {
  const { Endpoints } = await api.call<{ Endpoints: { EndpointName: string }[] }>('sagemaker', 'ListEndpoints', {
    NameContains: name,
  });
  return Endpoints.some(({ EndpointName }) => EndpointName === name);
}

/** Prints the lines that came since its last call, stream by stream, and returns how many streams there are. */
function printerOf(api: Api, logGroupName: string, logStreamNamePrefix: string): () => Promise<number> {
  const tokens = new Map<string, string>();
  return async () => {
    const streams = await streamNames(api, logGroupName, logStreamNamePrefix);
    for (const logStreamName of streams) {
      for (;;) {
        const nextToken = tokens.get(logStreamName);
        const from = nextToken === undefined ? { startFromHead: true } : { nextToken };
        const page = await api.call<Events>('logs', 'GetLogEvents', { logGroupName, logStreamName, ...from });
        for (const { message } of page.events) process.stdout.write(`${message}\n`);
        tokens.set(logStreamName, page.nextForwardToken);
        if (page.nextForwardToken === nextToken || page.events.length === 0) break;
      }
    }
    return streams.length;
  };
}

async function streamNames(api: Api, logGroupName: string, prefix: string): Promise<string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await api
      .call<{ logStreams: { logStreamName: string }[]; nextToken?: string }>('logs', 'DescribeLogStreams', {
        logGroupName,
        ...(prefix === '' ? {} : { logStreamNamePrefix: prefix }),
        ...(nextToken === undefined ? {} : { nextToken }),
      })
      .catch((thrown: unknown) => {
        if (thrown instanceof ServiceError && thrown.code === 'ResourceNotFoundException') return undefined;
        throw thrown;
      });
    names.push(...(page?.logStreams ?? []).map(({ logStreamName }) => logStreamName));
    nextToken = page?.nextToken;
  } while (nextToken !== undefined);
  return names;
}
