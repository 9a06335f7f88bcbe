import type { ContainerDefinition, CreateModelCommandInput } from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';

export type ModelBody = {
  name: string;
  arn: string;
  request: JsonObject;
};

export const modelRequestOf = (body: ModelBody): CreateModelCommandInput =>
  body.request as unknown as CreateModelCommandInput;

/** The one container of a model, however the request gave it. */
export const containerOf = ({
  PrimaryContainer,
  Containers,
}: CreateModelCommandInput): ContainerDefinition | undefined => PrimaryContainer ?? Containers?.[0];

/** Where a model's files lie in S3. */
export interface ModelFiles {
  uri: string;
  /** One .tar.gz archive, or every object under a prefix. */
  form: 'archive' | 'prefix';
}

/** Undefined for a model without files. */
export function modelFilesOf({ ModelDataUrl, ModelDataSource }: ContainerDefinition): ModelFiles | undefined {
  if (ModelDataUrl !== undefined) return { uri: ModelDataUrl, form: 'archive' };
  const source = ModelDataSource?.S3DataSource;
  if (source?.S3Uri === undefined) return undefined;
  return { uri: source.S3Uri, form: source.CompressionType === 'Gzip' ? 'archive' : 'prefix' };
}
