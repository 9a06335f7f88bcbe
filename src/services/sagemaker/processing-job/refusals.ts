import type { CreateProcessingJobCommandInput, ProcessingInput, ProcessingOutput } from '@aws-sdk/client-sagemaker';
import { processingFolder } from '../../../contract/index.ts';
import { hostsMax } from '../jobs/programs/gang.ts';

/**
 * Faults of a processing job that the service model cannot express, and features that Linnet does not offer: all of them, as
 * sentences that say what to change. Empty when there is nothing to say. Pure.
 */
export function refusalsOf(request: CreateProcessingJobCommandInput): string[] {
  const inputs = request.ProcessingInputs ?? [];
  const outputs = request.ProcessingOutputConfig?.Outputs ?? [];
  return [
    ...resourceRefusals(request),
    ...sameTwice(
      'input name',
      inputs.map(({ InputName }) => InputName),
    ),
    ...sameTwice(
      'output name',
      outputs.map(({ OutputName }) => OutputName),
    ),
    ...sameTwice(
      'LocalPath of inputs',
      inputs.flatMap(({ S3Input }) => S3Input?.LocalPath?.replace(/\/+$/, '') ?? []),
    ),
    ...inputs.flatMap((input) => [...inputRefusals(input)]),
    ...outputs.flatMap((output) => [...outputRefusals(output)]),
  ];
}

function* resourceRefusals({ ProcessingResources: resources }: CreateProcessingJobCommandInput): Generator<string> {
  const cluster = resources?.ClusterConfig;
  for (const member of ['InstancePreferences', 'SelectedInstanceType', 'SelectedInstanceCount'] as const)
    if (cluster?.[member] !== undefined)
      yield `ClusterConfig.${member} is not offered by Linnet; give InstanceType and InstanceCount`;
  if (cluster?.InstanceType === undefined || cluster.InstanceCount === undefined)
    yield 'ClusterConfig.InstanceType and ClusterConfig.InstanceCount must be given';
  else if (cluster.InstanceCount > hostsMax)
    yield `ClusterConfig.InstanceCount is ${cluster.InstanceCount}; instances of Linnet are processes on one machine, at most ${hostsMax} of them`;
}

function* sameTwice(what: string, values: readonly (string | undefined)[]): Generator<string> {
  const twice = values.find((value, at) => values.indexOf(value) !== at);
  if (twice !== undefined) yield `The ${what} "${twice}" is used twice; each needs one of its own`;
}

function* inputRefusals({
  InputName: name,
  S3Input,
  DatasetDefinition,
  AppManaged,
}: ProcessingInput): Generator<string> {
  if (DatasetDefinition !== undefined) {
    const source = DatasetDefinition.RedshiftDatasetDefinition === undefined ? 'Athena' : 'Redshift';
    yield `Input "${name}" has a DatasetDefinition (${source}), which Linnet does not offer; put its data into S3 and give S3Input`;
    return;
  }
  if (S3Input === undefined) {
    yield `Input "${name}" has no S3Input`;
    return;
  }
  if (!/^s3:\/\/[^/]/.test(S3Input.S3Uri ?? ''))
    yield `The S3Uri "${S3Input.S3Uri}" of input "${name}" must begin with s3:// and a bucket`;
  if (S3Input.S3CompressionType === 'Gzip' && S3Input.S3InputMode !== 'Pipe')
    yield `Input "${name}" has S3CompressionType Gzip, which needs S3InputMode Pipe; in File mode the program unpacks its files`;
  if (AppManaged !== true) yield* pathRefusals(`input "${name}"`, S3Input.LocalPath);
}

function* outputRefusals({
  OutputName: name,
  S3Output,
  FeatureStoreOutput,
  AppManaged,
}: ProcessingOutput): Generator<string> {
  if (FeatureStoreOutput !== undefined)
    yield `Output "${name}" has a FeatureStoreOutput, which Linnet does not offer; give S3Output`;
  else if (S3Output === undefined) yield `Output "${name}" has no S3Output`;
  if (S3Output === undefined) return;
  if (!/^s3:\/\/[^/]/.test(S3Output.S3Uri ?? ''))
    yield `The S3Uri "${S3Output.S3Uri}" of output "${name}" must begin with s3:// and a bucket`;
  if (AppManaged !== true) yield* pathRefusals(`output "${name}"`, S3Output.LocalPath);
}

function* pathRefusals(whose: string, path: string | undefined): Generator<string> {
  if (path === undefined) {
    yield `The LocalPath of ${whose} must be given`;
    return;
  }
  const parts = path.slice(processingFolder.length).replace(/\/+$/, '').split('/');
  if (!path.startsWith(processingFolder) || parts.some((part) => ['', '.', '..'].includes(part) || part.includes('\0')))
    yield `The LocalPath "${path}" of ${whose} must be a folder below ${processingFolder}`;
}
