import { constants, mkdir, open, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import {
  type ContainerPaths,
  containerPaths,
  type InputDataConfig,
  type ResourceConfig,
} from '../../../contract/index.ts';
import { removeTree } from '../remove-tree.ts';
import { inputModeOf } from './input-mode.ts';

/** Lays out a fresh /opt/ml root with the configuration files of the contract; channels come later. */
export async function layOutRoot(root: string, request: CreateTrainingJobCommandInput): Promise<ContainerPaths> {
  const paths = containerPaths(root);
  for (const folder of [dirname(paths.hyperparameters), join(root, 'input/data'), paths.model, paths.outputData]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await writeFile(paths.hyperparameters, JSON.stringify(request.HyperParameters ?? {}));
  await writeFile(paths.inputDataConfig, JSON.stringify(inputDataConfigOf(request)));
  await writeFile(paths.resourceConfig, JSON.stringify(resourceConfig));
  return paths;
}

const resourceConfig: ResourceConfig = { current_host: 'algo-1', hosts: ['algo-1'], network_interface_name: 'lo' };

/** What the contract tells a program about its channels. */
export function inputDataConfigOf(request: CreateTrainingJobCommandInput): InputDataConfig {
  const channels = (request.InputDataConfig ?? []).map((channel) => [
    channel.ChannelName ?? '',
    {
      ...(channel.ContentType === undefined ? {} : { ContentType: channel.ContentType }),
      TrainingInputMode: inputModeOf(request, channel),
      S3DistributionType: channel.DataSource?.S3DataSource?.S3DataDistributionType ?? 'FullyReplicated',
      RecordWrapperType: channel.RecordWrapperType ?? 'None',
    },
  ]);
  return Object.fromEntries(channels) as InputDataConfig;
}

/** The first characters of the file a program leaves when it fails; empty when there is none. */
export async function readFailure(path: string, charactersMax: number): Promise<string> {
  // Neither through a link, which could show a file of the host, nor waiting for the other end of a pipe.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => undefined);
  if (file === undefined) return '';
  try {
    // Four bytes hold any character of UTF-8.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(charactersMax * 4), 0, charactersMax * 4, 0);
    return buffer.toString('utf8', 0, bytesRead).slice(0, charactersMax);
  } catch {
    return '';
  } finally {
    await file.close();
  }
}

/** Takes a root away at once; its files go in the background, which may take long after large data. */
export async function removeRoot(root: string, onError: (cause: unknown) => void): Promise<void> {
  const trash = `${root}.removed`;
  const moved = await rename(root, trash).then(
    () => trash,
    () => root,
  );
  void removeTree(moved).catch(onError);
}
