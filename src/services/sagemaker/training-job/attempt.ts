import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { DataError, messageOf, ServiceError, Unavailable } from '../../../base/index.ts';
import type { RunningProgram } from '../../../compute/index.ts';
import {
  type ContainerPaths,
  failureReasonLengthMax,
  PassedOver,
  trainingStopGraceMs,
} from '../../../contract/index.ts';
import { logWriter } from '../../logs/log-writer.ts';
import { createLogStream } from '../../logs/streams.ts';
import { filesBelow, packFiles } from '../archive.ts';
import type { Context } from '../context.ts';
import { findAlgorithm } from '../images.ts';
import { type MetricReader, type MetricValue, trustedMetrics, userMetrics } from '../metrics.ts';
import { joinS3, parseS3Uri } from '../s3-uri.ts';
import { openCheckpoints } from './checkpoints.ts';
import { fetchChannel } from './input-data.ts';
import { inputModeOf } from './input-mode.ts';
import { metricDefinitions } from './metric-definitions.ts';
import { type Halt, type Outcome, outcomeOf, platformReason } from './outcome.ts';
import { openPipeChannel, type PipeChannel } from './pipe-channel.ts';
import { requestOf, type TrainingJobBody, trainingLogGroup } from './record.ts';
import { layOutRoot, readFailure, removeRoot } from './root.ts';

/** One attempt to run a job's program, and what the outside may do to it. */
export interface Attempt {
  body: TrainingJobBody;
  /** Aborted with a `Halt` as its reason. */
  halted: AbortSignal;
  /** Aborted when the server stops, whatever halted the program before. */
  stopping: AbortSignal;
  /** Writes that the attempt came to a new stage; false when the job is no longer ours to move. */
  reached(stage: 'training' | 'uploading'): Promise<boolean>;
}

export type AttemptResult = Outcome & { artifact?: string; metrics: MetricValue[] };

/** At shutdown the attempt's work is lost anyway, so its program gets no more than this to end. */
const shutdownGraceMs = 1_000;

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
  for (const channel of request.InputDataConfig ?? []) {
    const folder = paths.channel(channel.ChannelName ?? '');
    if (inputModeOf(request, channel) === 'Pipe')
      pipes.push(await openPipeChannel(context.objects, channel, folder, passedOver));
    else await fetchChannel(context.objects, channel, folder, passedOver, halted);
  }
  const checkpoints =
    request.CheckpointConfig &&
    (await openCheckpoints(context, request.CheckpointConfig, paths.checkpoints, passedOver, halted));
  halted.throwIfAborted();
  const algorithm = findAlgorithm(context.algorithms, request.AlgorithmSpecification?.TrainingImage ?? '');
  const startedMs = context.nowMs();
  const stream = `${body.name}/algo-1-${Math.floor(startedMs / 1000)}`;
  const logs = logWriter({ ...context, group: trainingLogGroup, stream });
  const metrics = metricReaders(context, body, logs.line);
  let program: RunningProgram;
  let lastLine = '';
  try {
    // Before the status says Training, so that a reader who follows the status finds the stream.
    await createLogStream(context.records, trainingLogGroup, stream, startedMs);
    for (const line of passedOver.lines('objects')) await logs.line(line);
    if (!(await reached('training'))) halted.throwIfAborted();
    program = await context.compute.start({
      command: [...algorithm.command, 'train'],
      root,
      environment: {
        TRAINING_JOB_NAME: body.name,
        TRAINING_JOB_ARN: body.arn,
        AWS_REGION: body.region,
        AWS_DEFAULT_REGION: body.region,
        ...request.Environment,
      },
      listens: false,
      onLine(line) {
        if (line.trim() !== '') lastLine = line;
        const timeMs = context.nowMs();
        for (const reader of metrics) reader.line(line, timeMs);
        return logs.line(line);
      },
    });
    const stop = (): void => void program.stop(trainingStopGraceMs);
    const hurry = (): void => void program.stop(shutdownGraceMs);
    halted.addEventListener('abort', stop, { once: true });
    stopping.addEventListener('abort', hurry, { once: true });
    if (halted.aborted) stop();
    if (stopping.aborted) hurry();
    let unfed: unknown;
    for (const { fault } of pipes) {
      void fault.then((cause) => {
        unfed ??= cause;
        if (cause !== undefined) void program.stop(0);
      });
    }
    checkpoints?.start((text) => void logs.line(text));
    const exit = await program.exit;
    halted.removeEventListener('abort', stop);
    stopping.removeEventListener('abort', hurry);
    await closeAll(pipes);
    await checkpoints?.finish();
    if (unfed !== undefined && !halted.aborted) throw unfed;

    const values = (await Promise.all(metrics.map((reader) => reader.values()))).flat();
    const outcome = outcomeOf(exit, haltOf(halted), {
      failure: await readFailure(paths.failure, failureReasonLengthMax),
      line: lastLine,
    });
    // Whoever sees the terminal status sees all lines.
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

const closeAll = (pipes: readonly PipeChannel[]) => Promise.all(pipes.map((pipe) => pipe.close()));

function metricReaders(context: Context, body: TrainingJobBody, say: (line: string) => unknown): MetricReader[] {
  const { own, added } = metricDefinitions(context.algorithms, requestOf(body).AlgorithmSpecification);
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

/**
 * Stores what the program left: the model and, when there is some, output data. Answers where the model went. A job
 * that was stopped may have left no model; one that completed always has an archive, even an empty one, as at Amazon.
 */
async function upload(
  context: Context,
  body: TrainingJobBody,
  paths: ContainerPaths,
  always: boolean,
): Promise<string | undefined> {
  const { S3OutputPath = '', CompressionType } = requestOf(body).OutputDataConfig ?? {};
  const base = joinS3(joinS3(S3OutputPath, body.name), 'output');
  const model = await filesBelow(paths.model);
  const output = await filesBelow(paths.outputData);
  const put = async (uri: string, content: AsyncIterable<Uint8Array>, contentType: string): Promise<void> => {
    const { bucket, key } = parseS3Uri(uri, 'S3OutputPath');
    if ((await context.objects.bucket(bucket)) === undefined) {
      throw new DataError(
        `Artifact upload failed: the bucket "${bucket}" of S3OutputPath ${S3OutputPath} does not exist; create it and run the job again`,
      );
    }
    await context.objects.put({ bucket, key }, content, { attributes: { contentType } });
  };
  if (output.length > 0) await put(`${base}/output.tar.gz`, packFiles(paths.outputData, output), 'application/x-gzip');
  if (model.length === 0 && !always) return undefined;
  if (CompressionType === 'NONE') {
    for (const file of model)
      await put(`${base}/model/${file}`, createReadStream(join(paths.model, file)), 'binary/octet-stream');
    return `${base}/model/`;
  }
  await put(`${base}/model.tar.gz`, packFiles(paths.model, model), 'application/x-gzip');
  return `${base}/model.tar.gz`;
}

export const haltOf = (signal: AbortSignal): Halt | undefined => (signal.aborted ? (signal.reason as Halt) : undefined);

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
