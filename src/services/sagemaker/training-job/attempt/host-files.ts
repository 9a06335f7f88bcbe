import type { Channel, CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { type ContainerPaths, PassedOver } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import { fetchArchive } from '../../files/fetch-archive.ts';
import type { Algorithm } from '../../images.ts';
import { fetchChannel } from '../../jobs/data/input-data.ts';
import type { StoredFolder } from '../../jobs/data/stored-folder.ts';
import { openPipeChannel, type PipeChannel } from '../../jobs/pipe-mode/pipe-channel.ts';
import { trainingSourceOf } from '../../script-mode.ts';
import { type Host, hostsOf, isFor, shareOf } from '../hosts.ts';
import { inputModeOf } from '../input-mode.ts';
import { openCheckpoints } from './checkpoints.ts';
import { layOutRoot } from './root.ts';

/** What lies ready for the program of one host. */
export interface HostFiles {
  host: Host;
  root: string;
  paths: ContainerPaths;
  checkpoints: StoredFolder | undefined;
  passedOver: PassedOver;
  /** The pipes that feed this program. */
  pipes: readonly PipeChannel[];
}

export interface HostFilesOptions {
  request: CreateTrainingJobCommandInput;
  host: Host;
  root: string;
  algorithm: Algorithm;
  /** Where every pipe goes as it is opened, so that it can be closed whatever follows. */
  opened: PipeChannel[];
  signal: AbortSignal;
}

/** Lays out a host's root with its share of the channels, the source of a script and the checkpoints. */
export async function makeHostFiles(context: Context, options: HostFilesOptions): Promise<HostFiles> {
  const { request, host, root, algorithm, opened, signal } = options;
  const paths = await layOutRoot(root, request, host);
  const passedOver = new PassedOver();
  const pipes: PipeChannel[] = [];
  const hosts = hostsOf(request);
  const lay = async (channel: Channel): Promise<void> => {
    const folder = paths.channel(channel.ChannelName ?? '');
    const share = shareOf(channel, hosts, host);
    if (inputModeOf(request, channel) === 'Pipe') {
      const pipe = await openPipeChannel(context.objects, channel, folder, passedOver, share);
      pipes.push(pipe);
      opened.push(pipe);
      return;
    }
    const everything = algorithm.foreign !== undefined;
    const how = { signal, shared: algorithm.leavesInputs === true, everything, share };
    await fetchChannel(context.objects, channel, folder, passedOver, how);
  };
  for (const channel of request.InputDataConfig ?? []) if (isFor(channel, host)) await lay(channel);
  const source = trainingSourceOf(request.HyperParameters);
  if (source !== undefined && algorithm.runsScripts)
    await fetchArchive(context.objects, { uri: source, what: 'the source archive' }, paths.code, signal);
  const checkpoints =
    request.CheckpointConfig &&
    (await openCheckpoints(context, request.CheckpointConfig, paths.checkpoints, passedOver, signal));
  return { host, root, paths, checkpoints, passedOver, pipes };
}
