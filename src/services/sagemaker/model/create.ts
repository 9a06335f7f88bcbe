import type { CreateModelCommandInput, CreateModelCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { findImage } from '../find-image.ts';
import type { Algorithm } from '../images.ts';
import { arnOf, asJson, invalid, type Origin } from '../resource.ts';
import { parseS3Uri } from '../s3-uri.ts';
import { servingImageOf } from '../script-mode.ts';
import { checkTags } from '../tags/tags.ts';
import { refusalsOf } from './containers.ts';
import { containersOf, type ModelBody, modelFilesOf } from './record.ts';

/** Keeps a model: the image of each container and the files it serves. Both must exist. */
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
  const containers = containersOf(input);
  const algorithms: Algorithm[] = [];
  for (const { Image = '', Environment = {} } of containers)
    algorithms.push(await findImage(context, servingImageOf(Image, Environment)));
  await checkFree(context, 'model', name);
  for (const [index, container] of containers.entries()) {
    const files = modelFilesOf(container);
    if (files === undefined) continue;
    await checkFiles(context, files.uri, files.form);
    const problem = await context.modelChecks.problemOf(algorithms[index]!, files);
    if (problem !== undefined) throw invalid(`${files.uri} cannot be served: ${problem}`);
  }
  const body: ModelBody = { name, arn: arnOf(origin, 'model', name), request: asJson(request) };
  return addResource(context, { kind: 'model', nowMs, tags, body });
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
