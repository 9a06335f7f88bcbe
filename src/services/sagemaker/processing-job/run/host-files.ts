import type { Channel, ProcessingInput } from '@aws-sdk/client-sagemaker';
import { DataError } from '../../../../base/index.ts';
import { PassedOver, type ProcessingPaths } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import { fetchChannel } from '../../jobs/data/input-data.ts';
import type { JobAttempt } from '../../jobs/driving/drive-job.ts';
import { openPipeChannel, type PipeChannel } from '../../jobs/pipe-mode/pipe-channel.ts';
import { hostsOf, requestOf } from '../record.ts';
import { layOut } from './layout.ts';
import { type Outputs, openOutputs } from './outputs.ts';

/** What lies ready for the program of one host. */
export interface HostFiles {
  name: string;
  root: string;
  paths: ProcessingPaths;
  /** The pipes that feed this program. */
  pipes: readonly PipeChannel[];
  outputs: Outputs;
}

export interface HostFilesOptions {
  name: string;
  /** Does not exist yet. */
  root: string;
  /** Where every pipe goes as it is opened, so that it can be closed whatever follows. */
  opened: PipeChannel[];
}

/** Lays out a host's root with its share of the inputs. Rejects with DataError for inputs that cannot be laid out. */
export async function makeHostFiles(
  context: Context,
  { body, halted }: JobAttempt,
  { name, root, opened }: HostFilesOptions,
): Promise<HostFiles> {
  const request = requestOf(body);
  const paths = await layOut(root, body, name);
  const pipes: PipeChannel[] = [];
  const passedOver = new PassedOver();
  const hosts = hostsOf(request);
  const lay = async (input: ProcessingInput): Promise<void> => {
    const { S3Input, AppManaged } = input;
    if (S3Input?.LocalPath === undefined || AppManaged === true) return;
    const channel = channelOf(input);
    const folder = paths.local(S3Input.LocalPath).replace(/\/+$/, '');
    const sharded = S3Input.S3DataDistributionType === 'ShardedByS3Key';
    const share = sharded ? { place: hosts.indexOf(name), of: hosts.length } : { place: 0, of: 1 };
    if (S3Input.S3InputMode === 'Pipe') {
      const pipe = await openPipeChannel(context.objects, channel, folder, passedOver, share);
      pipes.push(pipe);
      opened.push(pipe);
    } else {
      // A program's own files are among its inputs, so that no name marks them as no data.
      await fetchChannel(context.objects, channel, folder, passedOver, { signal: halted, everything: true, share });
    }
  };
  for (const input of request.ProcessingInputs ?? [])
    await lay(input).catch((thrown: unknown) => {
      // What lays it out knows channels of training.
      if (!(thrown instanceof DataError)) throw thrown;
      throw new DataError(thrown.message.replace(/^Channel "/, 'Input "'), thrown.place);
    });
  return { name, root, paths, pipes, outputs: openOutputs(context, body, root, paths) };
}

/** An input as the channel of training that selects the same objects. */
const channelOf = ({ InputName, S3Input }: ProcessingInput): Channel => ({
  ChannelName: InputName,
  DataSource: { S3DataSource: { S3DataType: S3Input?.S3DataType, S3Uri: S3Input?.S3Uri } },
  CompressionType: S3Input?.S3CompressionType,
});
