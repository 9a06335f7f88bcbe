import type { CreateModelCommandInput, CreateModelCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { findAlgorithm } from '../images.ts';
import { arnOf, asJson, invalid, type Origin } from '../resource.ts';
import { parseS3Uri } from '../s3-uri.ts';
import { servingImageOf } from '../script-mode.ts';
import { checkTags } from '../tags/tags.ts';
import { containerOf, type ModelBody, modelFilesOf } from './record.ts';

/** Keeps a model: an image and the files it serves. Both must exist. */
export const createModel = async (
  context: Context,
  call: Call<CreateModelCommandInput>,
): Promise<Omit<CreateModelCommandOutput, '$metadata'>> => ({
  ModelArn: await addModel(context, call, call.input),
});

/** The same without a request, for code that makes models; returns the ARN. */
export async function addModel(context: Context, origin: Origin, input: CreateModelCommandInput): Promise<string> {
  const { nowMs } = origin;
  const name = input.ModelName ?? '';
  const { Tags, ...request } = input;
  const tags = checkTags(Tags);
  const refusals = refusalsOf(input);
  if (refusals.length > 0) throw invalid(refusals.join('; '));
  const container = containerOf(input);
  findAlgorithm(context.algorithms, servingImageOf(container?.Image ?? '', container?.Environment ?? {}));
  await checkFree(context, 'model', name);
  const files = container === undefined ? undefined : modelFilesOf(container);
  if (files !== undefined) await checkFiles(context, files.uri, files.form);
  const body: ModelBody = { name, arn: arnOf(origin, 'model', name), request: asJson(request) };
  return addResource(context, { kind: 'model', nowMs, tags, body });
}

/** Checks that the service model cannot express, and refusals of features that Linnet does not offer. */
export function refusalsOf({
  PrimaryContainer,
  Containers,
  InferenceExecutionConfig,
}: CreateModelCommandInput): string[] {
  const refusals: string[] = [];
  if ((PrimaryContainer === undefined) === (Containers === undefined)) {
    return ['Exactly one of PrimaryContainer and Containers must be given'];
  }
  if (Containers !== undefined && Containers.length !== 1) {
    refusals.push(
      `Containers has ${Containers.length} entries; Linnet serves models of one container, not inference pipelines`,
    );
  }
  if (InferenceExecutionConfig?.Mode === 'Direct')
    refusals.push('InferenceExecutionConfig.Mode Direct is for several containers, which Linnet does not serve');
  const container = PrimaryContainer ?? Containers?.[0];
  if (container === undefined) return refusals;
  if (container.ModelPackageName !== undefined)
    refusals.push('ModelPackageName is not offered by Linnet yet; give Image and ModelDataUrl');
  else if (container.Image === undefined) refusals.push('The Image of the container must be given');
  if (container.Mode === 'MultiModel')
    refusals.push('Mode MultiModel is not offered by Linnet yet; create one model per artifact');
  if (container.ModelDataUrl !== undefined && container.ModelDataSource !== undefined)
    refusals.push('Only one of ModelDataUrl and ModelDataSource may be given');
  if ((container.AdditionalModelDataSources ?? []).length > 0)
    refusals.push('AdditionalModelDataSources is not offered by Linnet');
  const source = container.ModelDataSource?.S3DataSource;
  if (source !== undefined && source.S3DataType === 'S3Object' && source.CompressionType === 'None') {
    refusals.push(
      'A ModelDataSource of S3DataType S3Object must have CompressionType Gzip; for uncompressed files use S3Prefix',
    );
  }
  if (source !== undefined && source.S3DataType === 'S3Prefix' && source.CompressionType === 'Gzip') {
    refusals.push(
      'A ModelDataSource of S3DataType S3Prefix must have CompressionType None; for an archive use S3Object',
    );
  }
  return refusals;
}

async function checkFiles({ objects }: Context, uri: string, form: 'archive' | 'prefix'): Promise<void> {
  const { bucket, key } = parseS3Uri(uri, form === 'archive' ? 'ModelDataUrl' : 'ModelDataSource');
  const exists =
    (await objects.bucket(bucket)) !== undefined &&
    (form === 'archive'
      ? (await objects.head(bucket, key)) !== undefined
      : (await objects.list(bucket, { prefix: key, limit: 1 })).length > 0);
  if (!exists) throw invalid(`Could not find model data at ${uri}.`);
}
