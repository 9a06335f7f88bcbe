import { join } from 'node:path';
import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { messageOf, Unavailable } from '../../../../base/index.ts';
import { failureReasonLengthMax } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import { imageToRun } from '../../find-image.ts';
import { foreignOf } from '../../foreign-program.ts';
import type { Algorithm } from '../../images.ts';
import { haltOf } from '../../jobs/driving/halting.ts';
import { firstFault, type PipeChannel } from '../../jobs/pipe-mode/pipe-channel.ts';
import { faultReason } from '../../jobs/programs/fault-reason.ts';
import { decisiveEnd, type Member, type MemberEnd, runGang } from '../../jobs/programs/gang.ts';
import { type HostLogs, openHostLogs } from '../../jobs/programs/host-logs.ts';
import { type MetricReader, type MetricValue, trustedMetrics, userMetrics } from '../../jobs/programs/metrics.ts';
import { type Halt, type Outcome, outcomeOf } from '../../jobs/programs/outcome.ts';
import { readFailure, removeRoot } from '../../jobs/programs/program-root.ts';
import { trainingImageOf } from '../../script-mode.ts';
import { hostsOf, resourceConfigOf } from '../hosts.ts';
import { metricDefinitions } from '../metric-definitions.ts';
import { requestOf, type TrainingJobBody, trainingLogGroup } from '../record.ts';
import { type HostFiles, makeHostFiles } from './host-files.ts';
import { jobMeters } from './job-meters.ts';
import { upload } from './upload.ts';

/** Where the roots of all attempts are. */
export const attemptsFolder = ({ dataFolder }: Context): string => join(dataFolder, 'jobs');

/** One attempt to run a job's program, and the signals that may end it. */
export interface Attempt {
  body: TrainingJobBody;
  /** Aborted with a `Halt` as its reason. */
  halted: AbortSignal;
  /** Aborted when the server stops, whatever halted the program before. */
  stopping: AbortSignal;
  /** Records that the attempt has reached a new stage; false when the job is no longer ours to move. */
  reached(stage: 'training' | 'uploading', note?: string): Promise<boolean>;
}

export type AttemptResult = Outcome & { artifact?: string; metrics: MetricValue[] };

/**
 * Runs a job's programs once, one for each host, from the download of its channels to the upload of what they left. Does not
 * throw for anything that data, program or disk do: that is the result. Rejects with `Unavailable` when trying again may help.
 */
export async function runAttempt(context: Context, attempt: Attempt): Promise<AttemptResult> {
  const id = context.newId();
  const hosts = hostsOf(requestOf(attempt.body)).map((host) => ({
    host,
    root: join(attemptsFolder(context), `${id}-${host.name}`),
  }));
  const pipes: PipeChannel[] = [];
  try {
    return await runOn(context, attempt, hosts, pipes);
  } catch (thrown) {
    const halt = haltOf(attempt.halted);
    if (halt !== undefined) {
      // The halt itself, or an abort that it caused; anything else costs the job the model it left.
      if (thrown !== halt)
        context.log(`Training job "${attempt.body.name}" was halted: ${messageOf(thrown)}`, { halt });
      return { ...outcomeOf({ code: null, signal: 'SIGTERM' }, halt, { failure: '', line: '' }), metrics: [] };
    }
    if (thrown instanceof Unavailable && thrown.retry) throw thrown;
    return { type: 'failed', reason: faultReason(thrown, context, `training job "${attempt.body.name}"`), metrics: [] };
  } finally {
    await closeAll(pipes);
    for (const { root } of hosts)
      await removeRoot(root, (cause) => context.log(`The folder ${root} could not be removed: ${messageOf(cause)}`));
  }
}

async function runOn(
  context: Context,
  attempt: Attempt,
  places: readonly Pick<HostFiles, 'host' | 'root'>[],
  pipes: PipeChannel[],
): Promise<AttemptResult> {
  const { body, halted, reached } = attempt;
  const request = requestOf(body);
  const algorithm = await imageToRun(context, trainingImageOf(request));
  const hosts: HostFiles[] = [];
  for (const place of places)
    hosts.push(await makeHostFiles(context, { ...place, request, algorithm, opened: pipes, signal: halted }));
  halted.throwIfAborted();
  const logs = openHostLogs(context, {
    group: trainingLogGroup,
    job: body.name,
    hosts: hosts.map(({ host }) => host.name),
  });
  const metrics = metricReaders(context, body, logs.say);
  try {
    // Before the status says Training, so that a client that follows the status finds the streams.
    await logs.create();
    if (algorithm.note !== undefined) await logs.say(algorithm.note);
    for (const { host, passedOver } of hosts)
      for (const line of passedOver.lines('objects')) await logs.of(host).line(line);
    if (!(await reached('training', algorithm.note))) halted.throwIfAborted();
    const members = await membersOf(context, attempt, { algorithm, hosts, logs, metrics });
    const ends = await runGang(context, members).finally(async () => {
      await closeAll(pipes);
      for (const { checkpoints } of hosts) await checkpoints?.finish();
    });

    const values = (await Promise.all(metrics.map((reader) => reader.values()))).flat();
    const outcome = outcomeOf(...(await lastWordsOf(ends, hosts, haltOf(halted))));
    // A client that sees the terminal status finds all log lines.
    await logs.flush();
    if (outcome.type === 'failed' || outcome.type === 'interrupted') return { ...outcome, metrics: values };
    if (outcome.type === 'completed' || outcome.type === 'runtime-exceeded') await reached('uploading');
    const artifact = await upload(context, body, { hosts, always: outcome.type === 'completed', say: logs.say });
    return { ...outcome, metrics: values, ...(artifact === undefined ? {} : { artifact }) };
  } finally {
    await logs.flush();
    for (const reader of metrics) reader.close();
    // The job's end need not wait for it: who reads metrics has them written first.
    void context.metrics.flush();
  }
}

interface Parts {
  algorithm: Algorithm;
  hosts: readonly HostFiles[];
  logs: HostLogs;
  metrics: readonly MetricReader[];
}

/** The programs of all hosts. */
async function membersOf(
  { compute }: Context,
  { body, halted, stopping }: Attempt,
  { algorithm, hosts, logs, metrics }: Parts,
): Promise<Member[]> {
  const request = requestOf(body);
  const names = hosts.map(({ host }) => host.name);
  const addresses = names.length > 1 ? await compute.addressesOf(names) : undefined;
  return hosts.map(({ host, root, checkpoints, pipes }) => {
    const log = logs.of(host);
    return {
      name: host.name,
      command: commandOf(algorithm, request),
      root,
      environment: { ...algorithm.environment, ...environmentOf(body) },
      settings: algorithm.settings ?? {},
      foreign: foreignOf(algorithm, {
        network: request.EnableNetworkIsolation !== true,
        entrypoint: request.AlgorithmSpecification?.ContainerEntrypoint,
        instanceType: resourceConfigOf(request, host).current_instance_type,
        hostName: host.name,
      }),
      host: addresses && { name: host.name, ...addresses },
      logs: log,
      metrics,
      halted,
      stopping,
      unfed: firstFault(pipes),
      begun: () => checkpoints?.start((text) => void log.line(text)),
    };
  });
}

/** How the job's programs ended, and what the one that decides on the job left to say. */
async function lastWordsOf(
  ends: readonly MemberEnd[],
  hosts: readonly HostFiles[],
  halt: Halt | undefined,
): Promise<Parameters<typeof outcomeOf>> {
  const reported = ends.map(async (end) => {
    const paths = hosts.find(({ host }) => host.name === end.name)?.paths;
    return { ...end, failure: paths === undefined ? '' : await readFailure(paths.failure, failureReasonLengthMax) };
  });
  const { exit, failure, lastLine, name } = decisiveEnd(await Promise.all(reported));
  return [exit, halt, { failure, line: lastLine, host: hosts.length > 1 ? name : undefined }];
}

/** The image's program, or what the request wants to be run in its place. */
function commandOf({ commands, entry = [] }: Algorithm, request: CreateTrainingJobCommandInput): readonly string[] {
  const { ContainerEntrypoint: entrypoint, ContainerArguments: given = [] } = request.AlgorithmSpecification ?? {};
  return entrypoint === undefined ? [...(commands.train ?? []), ...given] : [...entry, ...entrypoint, ...given];
}

const environmentOf = (body: TrainingJobBody): Record<string, string> => ({
  TRAINING_JOB_NAME: body.name,
  TRAINING_JOB_ARN: body.arn,
  AWS_REGION: body.region,
  AWS_DEFAULT_REGION: body.region,
  ...requestOf(body).Environment,
});

const closeAll = (pipes: readonly PipeChannel[]) => Promise.all(pipes.map((pipe) => pipe.close()));

function metricReaders(context: Context, body: TrainingJobBody, say: (line: string) => unknown): MetricReader[] {
  const { own, added } = metricDefinitions(context.algorithms, requestOf(body));
  const watched = context.objectives.watch(body);
  const isAdded = added.some(({ name }) => name === watched?.name);
  const onValue = jobMeters(context, body);
  const readers = [trustedMetrics(own, { watched: isAdded ? undefined : watched, onValue })];
  if (added.length > 0) {
    readers.push(
      userMetrics(added, {
        watched: isAdded ? watched : undefined,
        onValue,
        onGivenUp: (reason) => void say(`The MetricDefinitions of this job are not evaluated any more: ${reason}`),
      }),
    );
  }
  return readers;
}
