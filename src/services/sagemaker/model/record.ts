import type { ContainerDefinition, CreateModelCommandInput } from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';

export type ModelBody = {
  name: string;
  arn: string;
  request: JsonObject;
  /** The request with the containers of its model packages in their place, as they were when the model was made. */
  served?: JsonObject;
};

/** The request as it came. */
export const modelRequestOf = (body: ModelBody): CreateModelCommandInput =>
  body.request as unknown as CreateModelCommandInput;

/** The request by which the model is served. */
export const servedRequestOf = (body: ModelBody): CreateModelCommandInput =>
  (body.served ?? body.request) as unknown as CreateModelCommandInput;

/**
 * The containers of a model, however the request gave them. Only where there are several has each a ContainerHostname:
 * without one in the request, Amazon's name by position.
 */
export function containersOf({ PrimaryContainer, Containers = [] }: CreateModelCommandInput): ContainerDefinition[] {
  const containers = PrimaryContainer === undefined ? Containers : [PrimaryContainer];
  return containers.map(({ ContainerHostname, ...container }, index) => ({
    ...container,
    ...(containers.length > 1 && { ContainerHostname: ContainerHostname ?? `container-${index + 1}` }),
  }));
}

/** Whether each request goes to the container that it names, not through all of them. */
export const isDirect = ({ InferenceExecutionConfig }: CreateModelCommandInput): boolean =>
  InferenceExecutionConfig?.Mode === 'Direct';

/** Where a model's files lie in S3. */
export interface ModelFiles {
  uri: string;
  /** One .tar.gz archive, or every object under a prefix. */
  form: 'archive' | 'prefix';
}

/** Where the archives of a multi-model container lie; undefined for any other. */
export function modelsOf(container: ContainerDefinition): { prefix: string; cached: boolean } | undefined {
  if (container.Mode !== 'MultiModel') return undefined;
  return {
    prefix: container.ModelDataUrl ?? '',
    cached: container.MultiModelConfig?.ModelCacheSetting !== 'Disabled',
  };
}

/** Undefined for a model without files. */
export function modelFilesOf({ Mode, ModelDataUrl, ModelDataSource }: ContainerDefinition): ModelFiles | undefined {
  if (Mode === 'MultiModel') return undefined;
  if (ModelDataUrl !== undefined) return { uri: ModelDataUrl, form: 'archive' };
  const source = ModelDataSource?.S3DataSource;
  if (source?.S3Uri === undefined) return undefined;
  return { uri: source.S3Uri, form: source.CompressionType === 'Gzip' ? 'archive' : 'prefix' };
}
