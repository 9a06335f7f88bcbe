import type { Channel, ProcessingInput } from '@aws-sdk/client-sagemaker';
import type { ProgramExit } from '../../../../compute/index.ts';
import {
  exitMessageLengthMax,
  failureReasonLengthMax,
  PassedOver,
  type ProcessingPaths,
} from '../../../../contract/index.ts';
import { logWriter } from '../../../logs/log-writer.ts';
import { createLogStream } from '../../../logs/streams.ts';
import type { Context } from '../../context.ts';
import { foreignOf } from '../../foreign-program.ts';
import type { Algorithm } from '../../images.ts';
import type { JobAttempt } from '../../jobs/drive-job.ts';
import { fetchChannel } from '../../jobs/input-data.ts';
import type { LastWords } from '../../jobs/outcome.ts';
import { readFailure } from '../../jobs/program-root.ts';
import { runProgram } from '../../jobs/run-program.ts';
import { openPipeChannel, type PipeChannel } from '../../training-job/pipe-mode/pipe-channel.ts';
import { processingLogGroup, requestOf } from '../record.ts';
import { layOut } from './layout.ts';
import { openOutputs } from './outputs.ts';

/** One host of a job, ready to run. */
export interface ProcessingHost {
  name: string;
  /** Runs the program to its end; the signal ends it. Rejects with what kept its inputs from it. */
  run(ended: AbortSignal): Promise<HostEnd>;
  /** Stores its outputs; `done` when all hosts were. Rejects as `Outputs.store` does. */
  storeOutputs(done: boolean): Promise<void>;
  close(): Promise<void>;
}

export interface HostEnd {
  exit: ProgramExit;
  words: LastWords;
  /** Empty when the program left none. */
  message: string;
}

export interface HostOptions {
  name: string;
  algorithm: Algorithm;
  /** Does not exist yet. */
  root: string;
}

/** Lays out the root of a host and puts its inputs there. Rejects with DataError for inputs that cannot be laid out. */
export async function openHost(
  context: Context,
  attempt: JobAttempt,
  { name, algorithm, root }: HostOptions,
): Promise<ProcessingHost> {
  const { body, startedMs, halted, stopping } = attempt;
  const request = requestOf(body);
  const stream = `${body.name}/${name}-${Math.floor(startedMs / 1000)}`;
  const logs = logWriter({ ...context, group: processingLogGroup, stream });
  await createLogStream(context.records, processingLogGroup, stream, startedMs);
  const paths = await layOut(root, body, name);
  const pipes = await fetchInputs(context, attempt, paths);
  const closePipes = () => Promise.all(pipes.map((pipe) => pipe.close()));
  const outputs = openOutputs(context, body, root, paths);
  const { ContainerEntrypoint = [], ContainerArguments = [] } = request.AppSpecification ?? {};
  const program = {
    command: [...(algorithm.entry ?? []), ...ContainerEntrypoint, ...ContainerArguments],
    root,
    environment: {
      ...algorithm.environment,
      AWS_REGION: body.region,
      AWS_DEFAULT_REGION: body.region,
      ...request.Environment,
    },
    settings: algorithm.settings ?? {},
    foreign: foreignOf(algorithm, {
      network: request.NetworkConfig?.EnableNetworkIsolation !== true,
      entrypoint: ContainerEntrypoint,
      instanceType: request.ProcessingResources?.ClusterConfig?.InstanceType,
      hostName: name,
    }),
    logs,
    metrics: [],
    stopping,
  };
  return {
    name,
    async run(ended) {
      if (algorithm.note !== undefined) await logs.line(algorithm.note);
      halted.throwIfAborted();
      let unfed: unknown;
      try {
        const { exit, lastLine } = await runProgram(context, { ...program, halted: ended }, (running) => {
          for (const { fault } of pipes) {
            void fault.then((cause) => {
              unfed ??= cause;
              if (cause !== undefined) void running.stop(0);
            });
          }
          outputs.start((text) => void logs.line(text));
        });
        if (unfed !== undefined && !ended.aborted) throw unfed;
        const message = await readFailure(paths.message, exitMessageLengthMax);
        const failure = message.trim() || (await readFailure(paths.failure, failureReasonLengthMax));
        return { exit, words: { failure, line: lastLine }, message };
      } finally {
        await closePipes();
        await logs.flush();
      }
    },
    async storeOutputs(done) {
      try {
        if (!done && outputs.waits)
          await logs.line(
            'Linnet: outputs that are stored at the end of the job are left out, since it did not complete',
          );
        await outputs.store(done);
      } finally {
        await logs.flush();
      }
    },
    async close() {
      await closePipes();
      await logs.flush();
    },
  };
}

async function fetchInputs(
  { objects }: Context,
  { body, halted }: JobAttempt,
  paths: ProcessingPaths,
): Promise<PipeChannel[]> {
  const pipes: PipeChannel[] = [];
  // A program's own files are among its inputs, so that no name marks them as no data.
  const passedOver = new PassedOver();
  try {
    for (const input of requestOf(body).ProcessingInputs ?? []) {
      const { S3Input, AppManaged } = input;
      if (S3Input?.LocalPath === undefined || AppManaged === true) continue;
      const channel = channelOf(input);
      const folder = paths.local(S3Input.LocalPath).replace(/\/+$/, '');
      if (S3Input.S3InputMode === 'Pipe') pipes.push(await openPipeChannel(objects, channel, folder, passedOver));
      else await fetchChannel(objects, channel, folder, passedOver, { signal: halted, everything: true });
    }
    return pipes;
  } catch (thrown) {
    await Promise.all(pipes.map((pipe) => pipe.close()));
    throw thrown;
  }
}

/** An input as the channel of training that selects the same objects. */
const channelOf = ({ InputName, S3Input }: ProcessingInput): Channel => ({
  ChannelName: InputName,
  DataSource: { S3DataSource: { S3DataType: S3Input?.S3DataType, S3Uri: S3Input?.S3Uri } },
  CompressionType: S3Input?.S3CompressionType,
});
