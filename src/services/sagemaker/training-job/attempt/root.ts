import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker';
import {
  type ContainerPaths,
  containerPaths,
  type InputDataConfig,
  type ResourceConfig,
} from '../../../../contract/index.ts';
import { inputModeOf } from '../input-mode.ts';

/** Lays out a fresh /opt/ml root with the configuration files of the contract; channels come later. */
export async function layOutRoot(root: string, request: CreateTrainingJobCommandInput): Promise<ContainerPaths> {
  const paths = containerPaths(root);
  for (const folder of [dirname(paths.hyperparameters), join(root, 'input/data'), paths.model, paths.outputData]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await writeFile(paths.hyperparameters, JSON.stringify(request.HyperParameters ?? {}));
  await writeFile(paths.inputDataConfig, JSON.stringify(inputDataConfigOf(request)));
  await writeFile(paths.resourceConfig, JSON.stringify(resourceConfigOf(request)));
  return paths;
}

/** The group of all hosts, where the request makes none. */
const groupName = 'homogeneousCluster';

function resourceConfigOf({ ResourceConfig: resources }: CreateTrainingJobCommandInput): ResourceConfig {
  const hosts = ['algo-1'];
  const instanceType = resources?.InstanceType ?? '';
  return {
    current_host: 'algo-1',
    hosts,
    network_interface_name: 'lo',
    current_instance_type: instanceType,
    current_group_name: groupName,
    instance_groups: [{ instance_group_name: groupName, instance_type: instanceType, hosts }],
  };
}

/** The description of the channels that the contract gives a program. */
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
