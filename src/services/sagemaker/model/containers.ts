import type { ContainerDefinition, CreateModelCommandInput } from '@aws-sdk/client-sagemaker';
import { isDirect } from './record.ts';

/** The longest that the environments of a model's containers may be together, in bytes of names and values. */
const environmentBytesMax = 32 * 1024;

/** Checks of a model's containers that the service model cannot express, and refusals of what Linnet does not offer. */
export function refusalsOf(input: CreateModelCommandInput): string[] {
  const { PrimaryContainer, Containers } = input;
  if ((PrimaryContainer === undefined) === (Containers === undefined)) {
    return ['Exactly one of PrimaryContainer and Containers must be given'];
  }
  const containers = Containers ?? [PrimaryContainer!];
  if (containers.length === 0) return ['Containers is empty; give from 1 to 15 containers, or PrimaryContainer'];
  const refusals = containers.flatMap((container, index) => {
    const at = containers.length === 1 ? '' : `Containers[${index}]: `;
    return [...refusalsOfOne(container)].map((refusal) => at + refusal);
  });
  return [...refusals, ...refusalsOfNames(containers, isDirect(input)), ...refusalsOfEnvironments(containers)];
}

function* refusalsOfOne(container: ContainerDefinition): Generator<string> {
  if (container.ModelPackageName !== undefined) {
    const also = (['Image', 'ModelDataUrl', 'ModelDataSource'] as const).filter(
      (name) => container[name] !== undefined,
    );
    if (also.length > 0) yield `ModelPackageName brings ${also.join(' and ')}; give the one or the other`;
  } else if (container.InferenceSpecificationName !== undefined)
    yield 'InferenceSpecificationName names a part of a model package; give ModelPackageName as well';
  else if (container.Image === undefined) yield 'The Image of the container must be given, or a ModelPackageName';
  if (container.Mode === 'MultiModel' && container.ModelDataUrl === undefined)
    yield 'A container of Mode MultiModel needs a ModelDataUrl: the prefix in S3 below which the archives of its models lie';
  if (container.Mode !== 'MultiModel' && container.MultiModelConfig !== undefined)
    yield 'MultiModelConfig belongs to a container of Mode MultiModel; set the Mode or leave it out';
  if (container.ModelDataUrl !== undefined && container.ModelDataSource !== undefined)
    yield 'Only one of ModelDataUrl and ModelDataSource may be given';
  if ((container.AdditionalModelDataSources ?? []).length > 0)
    yield 'AdditionalModelDataSources is not offered by Linnet';
  const source = container.ModelDataSource?.S3DataSource;
  if (source !== undefined && source.S3DataType === 'S3Object' && source.CompressionType === 'None')
    yield 'A ModelDataSource of S3DataType S3Object must have CompressionType Gzip; for uncompressed files use S3Prefix';
  if (source !== undefined && source.S3DataType === 'S3Prefix' && source.CompressionType === 'Gzip')
    yield 'A ModelDataSource of S3DataType S3Prefix must have CompressionType None; for an archive use S3Object';
}

/** Amazon's rules: all containers of a pipeline have a name or none has, and direct invocation needs them. */
function* refusalsOfNames(containers: readonly ContainerDefinition[], direct: boolean): Generator<string> {
  if (containers.length === 1) {
    if (direct) yield 'InferenceExecutionConfig.Mode Direct needs several Containers; the model has 1';
    return;
  }
  if (containers.filter(({ Mode }) => Mode === 'MultiModel').length > 1)
    yield 'Several containers have Mode MultiModel; a pipeline may have one of them';
  const names = containers.map(({ ContainerHostname }) => ContainerHostname);
  const unnamed = names.flatMap((name, index) => (name === undefined ? [`Containers[${index}]`] : []));
  if (unnamed.length > 0 && (direct || unnamed.length < names.length)) {
    const reason = direct ? 'in Mode Direct each container needs one' : 'give one to each container or to none';
    yield `${unnamed.join(', ')} ${unnamed.length === 1 ? 'has' : 'have'} no ContainerHostname; ${reason}`;
  }
  const repeated = new Set(names.filter((name, index) => name !== undefined && names.indexOf(name) !== index));
  for (const name of repeated)
    yield `The ContainerHostname "${name}" is used twice; each container needs a name of its own`;
}

function* refusalsOfEnvironments(containers: readonly ContainerDefinition[]): Generator<string> {
  const texts = containers.flatMap(({ Environment = {} }) => Object.entries(Environment).flat());
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > environmentBytesMax)
    yield `The Environment of all containers together has ${bytes} bytes of names and values; at most ${environmentBytesMax} are allowed`;
}
