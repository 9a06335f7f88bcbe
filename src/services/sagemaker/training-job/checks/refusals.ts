import type { Channel, CreateTrainingJobCommandInput, ResourceConfig } from '@aws-sdk/client-sagemaker';
import { hostsMax } from '../../jobs/programs/gang.ts';
import { checkpointPath } from '../attempt/checkpoints.ts';
import { hostCountOf } from '../hosts.ts';
import { inputModeOf } from '../input-mode.ts';

/**
 * Faults of a training job that the service model cannot express, and features that Linnet does not offer: all of them, as sentences
 * that say what to change. Empty when there is nothing to say. Pure.
 */
export function refusalsOf(request: CreateTrainingJobCommandInput): string[] {
  return [
    ...algorithmRefusals(request),
    ...resourceRefusals(request),
    ...spotRefusals(request),
    ...channelRefusals(request),
    ...checkpointRefusals(request),
    ...otherRefusals(request),
  ];
}

function* algorithmRefusals({ AlgorithmSpecification: algorithm }: CreateTrainingJobCommandInput): Generator<string> {
  if (algorithm === undefined) {
    yield 'AlgorithmSpecification must be given';
    return;
  }
  if (algorithm.AlgorithmName !== undefined)
    yield 'AlgorithmSpecification.AlgorithmName is not offered by Linnet; give TrainingImage';
  else if (algorithm.TrainingImage === undefined) yield 'AlgorithmSpecification.TrainingImage must be given';
  for (const { Name, Regex = '' } of algorithm.MetricDefinitions ?? []) {
    const problem = regexProblem(Regex);
    if (problem !== undefined) yield `The Regex of MetricDefinitions "${Name}" is not a regular expression: ${problem}`;
  }
}

function regexProblem(regex: string): string | undefined {
  try {
    // Compiling takes no time; only running an expression can, and that happens on a thread of its own.
    new RegExp(regex);
    return undefined;
  } catch (cause) {
    return (cause as Error).message;
  }
}

function* resourceRefusals(request: CreateTrainingJobCommandInput): Generator<string> {
  const { ResourceConfig: resources } = request;
  if (resources?.TrainingPlanArn !== undefined) yield 'ResourceConfig.TrainingPlanArn is not offered by Linnet';
  if (resources?.InstanceGroups !== undefined) yield* groupRefusals(resources);
  else if (resources?.InstanceType === undefined || resources.InstanceCount === undefined)
    yield 'ResourceConfig.InstanceType and ResourceConfig.InstanceCount must be given';
  const count = hostCountOf(request);
  if (count < 1) yield 'The InstanceCount of ResourceConfig must be at least 1';
  if (count > hostsMax)
    yield `ResourceConfig asks for ${count} instances; hosts of Linnet are processes on one machine, at most ${hostsMax} of them`;
}

function* groupRefusals({ InstanceGroups = [], InstanceType, InstanceCount }: ResourceConfig): Generator<string> {
  if (InstanceType !== undefined || InstanceCount !== undefined)
    yield 'ResourceConfig must give either InstanceGroups, or InstanceType and InstanceCount';
  const names = InstanceGroups.map(({ InstanceGroupName }) => InstanceGroupName);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) yield `The InstanceGroupName "${twice}" is used twice; each group needs a name of its own`;
}

function* spotRefusals({
  EnableManagedSpotTraining: spot,
  StoppingCondition: stopping,
}: CreateTrainingJobCommandInput): Generator<string> {
  const { MaxRuntimeInSeconds: runtime = 86_400, MaxWaitTimeInSeconds: wait } = stopping ?? {};
  if (spot === true && (wait === undefined || wait < runtime)) {
    yield 'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds';
  }
  if (spot !== true && wait !== undefined)
    yield 'MaxWaitTimeInSeconds is for managed spot training; set EnableManagedSpotTraining or leave it out';
}

function* channelRefusals(request: CreateTrainingJobCommandInput): Generator<string> {
  const names = new Set<string>();
  for (const channel of request.InputDataConfig ?? []) {
    const name = channel.ChannelName ?? '';
    if (names.has(name)) yield `The channel name "${name}" is used twice; each channel needs a name of its own`;
    names.add(name);
    if (/^\.+$/.test(name)) yield `The channel name "${name}" is no folder name`;
    yield* sourceRefusals(channel);
    yield* channelGroupRefusals(request, channel);
    if (inputModeOf(request, channel) === 'Pipe') yield* pipeRefusals(request, name);
  }
}

function* channelGroupRefusals(
  { ResourceConfig: resources }: CreateTrainingJobCommandInput,
  { ChannelName: name, DataSource }: Channel,
): Generator<string> {
  const known = (resources?.InstanceGroups ?? []).map(({ InstanceGroupName }) => InstanceGroupName ?? '');
  for (const group of DataSource?.S3DataSource?.InstanceGroupNames ?? []) {
    if (!known.includes(group))
      yield `Channel "${name}" names the instance group "${group}", but ResourceConfig.InstanceGroups has ${known.length === 0 ? 'none' : known.join(', ')}`;
  }
}

/** The pipes of a channel lie beside the folders of the others. */
function* pipeRefusals(
  { InputDataConfig: channels = [] }: CreateTrainingJobCommandInput,
  name: string,
): Generator<string> {
  for (const { ChannelName: other = '' } of channels) {
    if (other.startsWith(`${name}_`) && /^\d+$/.test(other.slice(name.length + 1)))
      yield `The channel name "${other}" is that of a pass over channel "${name}", which is read in Pipe mode`;
  }
}

function* sourceRefusals({ ChannelName: name, DataSource }: Channel): Generator<string> {
  const source = DataSource?.S3DataSource;
  if (source === undefined) {
    yield `Channel "${name}" has no S3DataSource; Linnet reads training data from S3 only`;
    return;
  }
  if (source.S3DataType !== 'S3Prefix' && source.S3DataType !== 'ManifestFile') {
    yield `Channel "${name}" has the S3DataType ${source.S3DataType}, which Linnet does not offer; use S3Prefix or ManifestFile`;
  }
  if (!/^s3:\/\//.test(source.S3Uri ?? ''))
    yield `The S3Uri "${source.S3Uri}" of channel "${name}" must begin with s3://`;
}

function* checkpointRefusals({ CheckpointConfig: config }: CreateTrainingJobCommandInput): Generator<string> {
  if (config === undefined) return;
  const { S3Uri: uri = '', LocalPath: path = checkpointPath } = config;
  if (!/^s3:\/\/[^/]/.test(uri)) yield `CheckpointConfig.S3Uri "${uri}" must begin with s3:// and a bucket`;
  if (path.replace(/\/+$/, '') !== checkpointPath)
    yield `CheckpointConfig.LocalPath is "${path}"; programs of Linnet keep checkpoints in ${checkpointPath} only`;
}

/** Members that would change what a job does, and that Linnet would have to ignore. */
const notOffered = ['MlflowConfig', 'ModelPackageConfig', 'ServerlessJobConfig'] as const;

function* otherRefusals(request: CreateTrainingJobCommandInput): Generator<string> {
  for (const member of notOffered) {
    const value = request[member];
    if (value !== undefined && Object.keys(value).length > 0)
      yield `${member} is not offered by Linnet yet; leave it out`;
  }
  const uri = request.OutputDataConfig?.S3OutputPath ?? '';
  if (!/^s3:\/\/[^/]/.test(uri)) yield `OutputDataConfig.S3OutputPath "${uri}" must begin with s3:// and a bucket`;
}
