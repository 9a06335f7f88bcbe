import type { ContainerDefinition } from '@aws-sdk/client-sagemaker';
import { DataError } from '../../../base/index.ts';
import type { Context } from '../context.ts';
import { findImage } from '../find-image.ts';
import type { Algorithm } from '../images.ts';
import { invalid } from '../resource.ts';
import { parseS3Uri } from '../s3-uri.ts';
import { servingImageOf } from '../script-mode.ts';
import { modelFilesOf, modelsOf } from './record.ts';

/** The images that serve containers. Throws where there is none for one of them. */
export async function imagesOf(context: Context, containers: readonly ContainerDefinition[]): Promise<Algorithm[]> {
  const algorithms: Algorithm[] = [];
  for (const { Image = '', Environment = {} } of containers)
    algorithms.push(await findImage(context, servingImageOf(Image, Environment)));
  return algorithms;
}

/** Throws where the files of a container are absent, or its image says that it cannot serve them. */
export async function checkModelFiles(
  context: Context,
  containers: readonly ContainerDefinition[],
  algorithms: readonly Algorithm[],
): Promise<void> {
  for (const [index, container] of containers.entries()) {
    const models = modelsOf(container);
    if (models !== undefined) await checkBucket(context, models.prefix);
    const files = modelFilesOf(container);
    if (files === undefined) continue;
    await checkExist(context, files.uri, files.form).catch((cause: unknown) => {
      throw cause instanceof DataError
        ? invalid(`Could not access model data at ${files.uri}. ${cause.message}`)
        : cause;
    });
    const problem = await context.modelChecks.problemOf(algorithms[index]!, files, context.objects);
    if (problem !== undefined) throw invalid(`${files.uri} cannot be served: ${problem}`);
  }
}

/** The archives of a multi-model container may come later. */
async function checkBucket({ objects }: Context, prefix: string): Promise<void> {
  const { bucket } = parseS3Uri(prefix, 'ModelDataUrl');
  if ((await objects.bucket(bucket)) === undefined)
    throw invalid(`Could not find the bucket "${bucket}" of the models at ${prefix}.`);
}

async function checkExist({ objects }: Context, uri: string, form: 'archive' | 'prefix'): Promise<void> {
  const { bucket, key } = parseS3Uri(uri, form === 'archive' ? 'ModelDataUrl' : 'ModelDataSource');
  const exists =
    (await objects.bucket(bucket)) !== undefined &&
    (form === 'archive'
      ? (await objects.head(bucket, key)) !== undefined
      : (await objects.list(bucket, { prefix: key, limit: 1 })).length > 0);
  if (!exists) throw invalid(`Could not find model data at ${uri}.`);
}
