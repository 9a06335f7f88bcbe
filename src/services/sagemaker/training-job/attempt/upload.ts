import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../../../base/index.ts';
import type { ContainerPaths } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import { filesBelow, packFiles } from '../../files/archive.ts';
import { joinS3, parseS3Uri } from '../../s3-uri.ts';
import { requestOf, type TrainingJobBody } from '../record.ts';

/**
 * Stores the files that the program left: the model and, if any, output data. Returns where the model went. A job
 * that was stopped may have left no model; one that completed always has an archive, even an empty one, as at Amazon.
 */
export async function upload(
  context: Context,
  body: TrainingJobBody,
  paths: ContainerPaths,
  always: boolean,
): Promise<string | undefined> {
  const { S3OutputPath = '', CompressionType } = requestOf(body).OutputDataConfig ?? {};
  const base = joinS3(joinS3(S3OutputPath, body.name), 'output');
  const model = await filesBelow(paths.model);
  const output = await filesBelow(paths.outputData);
  const put = async (uri: string, content: AsyncIterable<Uint8Array>, contentType: string): Promise<void> => {
    const { bucket, key } = parseS3Uri(uri, 'S3OutputPath');
    if ((await context.objects.bucket(bucket)) === undefined) {
      throw new DataError(
        `Artifact upload failed: the bucket "${bucket}" of S3OutputPath ${S3OutputPath} does not exist; create it and run the job again`,
      );
    }
    await context.objects.put({ bucket, key }, content, { attributes: { contentType } });
  };
  if (output.length > 0) await put(`${base}/output.tar.gz`, packFiles(paths.outputData, output), 'application/x-gzip');
  if (model.length === 0 && !always) return undefined;
  if (CompressionType === 'NONE') {
    for (const file of model)
      await put(`${base}/model/${file}`, createReadStream(join(paths.model, file)), 'binary/octet-stream');
    return `${base}/model/`;
  }
  await put(`${base}/model.tar.gz`, packFiles(paths.model, model), 'application/x-gzip');
  return `${base}/model.tar.gz`;
}
