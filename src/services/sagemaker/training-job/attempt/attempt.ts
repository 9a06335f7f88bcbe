import { join } from 'node:path';
import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { DataError, messageOf, ServiceError, Unavailable } from '../../../../base/index.ts';
import { failureReasonLengthMax, PassedOver } from '../../../../contract/index.ts';
import { logWriter } from '../../../logs/log-writer.ts';
import { createLogStream } from '../../../logs/streams.ts';
import type { Context } from '../../context.ts';
import { fetchArchive } from '../../files/fetch-archive.ts';
import { type Algorithm, findAlgorithm } from '../../images.ts';
import { haltOf } from '../../jobs/halting.ts';
import { fetchChannel } from '../../jobs/input-data.ts';
import { type MetricReader, type MetricValue, trustedMetrics, userMetrics } from '../../jobs/metrics.ts';
import { type Outcome, outcomeOf, platformReason } from '../../jobs/outcome.ts';
import { readFailure, removeRoot } from '../../jobs/program-root.ts';
import { runProgram } from '../../jobs/run-program.ts';
import { trainingImageOf, trainingSourceOf } from '../../script-mode.ts';
import { inputModeOf } from '../input-mode.ts';
import { metricDefinitions } from '../metric-definitions.ts';
import { openPipeChannel, type PipeChannel } from '../pipe-mode/pipe-channel.ts';
import { requestOf, type TrainingJobBody, trainingLogGroup } from '../record.ts';
import { openCheckpoints } from './checkpoints.ts';
import { layOutRoot } from './root.ts';
import { upload } from './upload.ts';

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
 * Runs a job's program once, from the download of its channels to the upload of what it left. Does not throw for
 * anything that data, program or disk do: that is the result. Rejects with `Unavailable` when trying again may help.
 */
export async function runAttempt(context: Context, attempt: Attempt): Promise<AttemptResult> {
  const root = join(context.dataFolder, 'jobs', context.newId());
  const pipes: PipeChannel[] = [];
  try {
    return await runIn(context, attempt, root, pipes);
  } catch (thrown) {
    const halt = haltOf(attempt.halted);
    if (halt !== undefined) {
      // The halt itself, or an abort that it caused; anything else costs the job the model it left.
      if (thrown !== halt)
        context.log(`Training job "${attempt.body.name}" was halted: ${messageOf(thrown)}`, { halt });
      return { ...outcomeOf({ code: null, signal: 'SIGTERM' }, halt, { failure: '', line: '' }), metrics: [] };
    }
    if (thrown instanceof Unavailable && thrown.retry) throw thrown;
    return { type: 'failed', reason: reasonOf(thrown, context, attempt.body.name), metrics: [] };
  } finally {
    await closeAll(pipes);
    await removeRoot(root, (cause) => context.log(`The folder ${root} could not be removed: ${messageOf(cause)}`));
  }
}

async function runIn(
  context: Context,
  { body, halted, stopping, reached }: Attempt,
  root: string,
  pipes: PipeChannel[],
): Promise<AttemptResult> {
  const request = requestOf(body);
  const paths = await layOutRoot(root, request);
  const passedOver = new PassedOver();
  const algorithm = findAlgorithm(context.algorithms, trainingImageOf(request));
  const shared = algorithm.leavesInputs === true;
  for (const channel of request.InputDataConfig ?? []) {
    const folder = paths.channel(channel.ChannelName ?? '');
    if (inputModeOf(request, channel) === 'Pipe')
      pipes.push(await openPipeChannel(context.objects, channel, folder, passedOver));
    else
      await fetchChannel(context.objects, channel, folder, passedOver, {
        signal: halted,
        shared,
        everything: algorithm.foreign !== undefined,
      });
  }
  const source = trainingSourceOf(request.HyperParameters);
  if (source !== undefined && algorithm.runsScripts)
    await fetchArchive(context.objects, { uri: source, what: 'the source archive' }, paths.code, halted);
  const checkpoints =
    request.CheckpointConfig &&
    (await openCheckpoints(context, request.CheckpointConfig, paths.checkpoints, passedOver, halted));
  halted.throwIfAborted();
  const startedMs = context.nowMs();
  const stream = `${body.name}/algo-1-${Math.floor(startedMs / 1000)}`;
  const logs = logWriter({ ...context, group: trainingLogGroup, stream });
  const metrics = metricReaders(context, body, logs.line);
  try {
    // Before the status says Training, so that a client that follows the status finds the stream.
    await createLogStream(context.records, trainingLogGroup, stream, startedMs);
    if (algorithm.note !== undefined) await logs.line(algorithm.note);
    for (const line of passedOver.lines('objects')) await logs.line(line);
    if (!(await reached('training', algorithm.note))) halted.throwIfAborted();
    const program = {
      command: commandOf(algorithm, request),
      root,
      environment: { ...algorithm.environment, ...environmentOf(body) },
      settings: algorithm.settings ?? {},
      foreign: algorithm.foreign && { ...algorithm.foreign, network: request.EnableNetworkIsolation !== true },
      logs,
      metrics,
      halted,
      stopping,
    };
    let unfed: unknown;
    const { exit, lastLine } = await runProgram(context, program, (running) => {
      for (const { fault } of pipes) {
        void fault.then((cause) => {
          unfed ??= cause;
          if (cause !== undefined) void running.stop(0);
        });
      }
      checkpoints?.start((text) => void logs.line(text));
    });
    await closeAll(pipes);
    await checkpoints?.finish();
    if (unfed !== undefined && !halted.aborted) throw unfed;

    const values = (await Promise.all(metrics.map((reader) => reader.values()))).flat();
    const outcome = outcomeOf(exit, haltOf(halted), {
      failure: await readFailure(paths.failure, failureReasonLengthMax),
      line: lastLine,
    });
    // A client that sees the terminal status finds all log lines.
    await logs.flush();
    if (outcome.type === 'failed' || outcome.type === 'interrupted') return { ...outcome, metrics: values };
    if (outcome.type === 'completed' || outcome.type === 'runtime-exceeded') await reached('uploading');
    const artifact = await upload(context, body, paths, outcome.type === 'completed');
    return { ...outcome, metrics: values, ...(artifact === undefined ? {} : { artifact }) };
  } finally {
    await logs.flush();
    for (const reader of metrics) reader.close();
  }
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
  const readers = [trustedMetrics(own)];
  if (added.length > 0) {
    readers.push(
      userMetrics(added, {
        onGivenUp: (reason) => void say(`The MetricDefinitions of this job are not evaluated any more: ${reason}`),
      }),
    );
  }
  return readers;
}

function reasonOf(thrown: unknown, { warn }: Context, name: string): string {
  if (thrown instanceof DataError || thrown instanceof ServiceError)
    return platformReason('ClientError', thrown.message);
  if (thrown instanceof Unavailable) return platformReason('InternalServerError', thrown.message);
  if ((thrown as NodeJS.ErrnoException).code === 'ENOSPC')
    return platformReason('InternalServerError', 'The disk of the server is full');
  warn(`Running training job "${name}" failed: ${messageOf(thrown)}`, { error: thrown });
  return platformReason(
    'InternalServerError',
    "Linnet met an error of its own while running the job; the server's log holds the details. Please try again",
  );
}
