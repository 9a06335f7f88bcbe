import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import { type ContainerPaths, containerPaths, type InputDataConfig } from '../../../../contract/index.ts';
import { type Host, isFor, resourceConfigOf } from '../hosts.ts';
import { inputModeOf } from '../input-mode.ts';

/** Lays out a fresh /opt/ml root with the configuration files of the contract; channels come later. */
export async function layOutRoot(
  root: string,
  request: CreateTrainingJobCommandInput,
  host: Host,
): Promise<ContainerPaths> {
  const paths = containerPaths(root);
  for (const folder of [dirname(paths.hyperparameters), join(root, 'input/data'), paths.model, paths.outputData]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await writeFile(paths.hyperparameters, JSON.stringify(request.HyperParameters ?? {}));
  await writeFile(paths.inputDataConfig, JSON.stringify(inputDataConfigOf(request, host)));
  await writeFile(paths.resourceConfig, JSON.stringify(resourceConfigOf(request, host)));
  return paths;
}

/** The description of its channels that the contract gives a program on this host. */
export function inputDataConfigOf(request: CreateTrainingJobCommandInput, host: Host): InputDataConfig {
  const channels = (request.InputDataConfig ?? [])
    .filter((channel) => isFor(channel, host))
    .map((channel) => [
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
