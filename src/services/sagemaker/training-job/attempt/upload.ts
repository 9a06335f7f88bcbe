import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import { filesBelow, type PackedFile, packFiles, treeLimitsDefault } from '../../files/archive.ts';
import { joinS3, parseS3Uri } from '../../s3-uri.ts';
import { requestOf, type TrainingJobBody } from '../record.ts';
import type { HostFiles } from './host-files.ts';

export interface UploadOptions {
  hosts: readonly Pick<HostFiles, 'host' | 'paths'>[];
  /** Whether there is an archive even of no files. */
  always: boolean;
  say(line: string): void;
}

/**
 * Stores the files that the programs left: the model and, if any, output data. Returns where the model went. A job
 * that was stopped may have left no model; one that completed always has an archive, even an empty one, as at Amazon.
 */
export async function upload(
  context: Context,
  body: TrainingJobBody,
  { hosts, always, say }: UploadOptions,
): Promise<string | undefined> {
  const { S3OutputPath = '', CompressionType } = requestOf(body).OutputDataConfig ?? {};
  const base = joinS3(joinS3(S3OutputPath, body.name), 'output');
  const left = (of: 'model' | 'outputData'): Promise<PackedFile[]> =>
    filesOfAll(
      hosts.map(({ host, paths }) => ({ name: host.name, folder: paths[of] })),
      (text) => say(`${of === 'model' ? 'model' : 'output/data'}: ${text}`),
    );
  const model = await left('model');
  const output = await left('outputData');
  const put = async (uri: string, content: AsyncIterable<Uint8Array>, contentType: string): Promise<void> => {
    const { bucket, key } = parseS3Uri(uri, 'S3OutputPath');
    if ((await context.objects.bucket(bucket)) === undefined) {
      throw new DataError(
        `Artifact upload failed: the bucket "${bucket}" of S3OutputPath ${S3OutputPath} does not exist; create it and run the job again`,
      );
    }
    await context.objects.put({ bucket, key }, content, { attributes: { contentType } });
  };
  if (output.length > 0) await put(`${base}/output.tar.gz`, packFiles(output), 'application/x-gzip');
  if (model.length === 0 && !always) return undefined;
  if (CompressionType === 'NONE') {
    for (const { name, path } of model)
      await put(`${base}/model/${name}`, createReadStream(path), 'binary/octet-stream');
    return `${base}/model/`;
  }
  await put(`${base}/model.tar.gz`, packFiles(model), 'application/x-gzip');
  return `${base}/model.tar.gz`;
}

/** The files of all hosts as those of one folder. Of files with one name the first host's is kept. `say` hears of what is not. */
async function filesOfAll(
  folders: readonly { name: string; folder: string }[],
  say: (text: string) => void,
): Promise<PackedFile[]> {
  const files = new Map<string, { path: string; of: string }>();
  for (const { name: host, folder } of folders) {
    const leftOut: string[] = [];
    const below = await filesBelow(folder, treeLimitsDefault, (name) => leftOut.push(name));
    if (leftOut.length > 0)
      say(
        `${leftOut.length === 1 ? '1 entry is' : `${leftOut.length} entries are`} not kept, such as "${leftOut.sort()[0]}": only files and folders are, with names in UTF-8; a link must be replaced by a copy`,
      );
    const again = below.filter((name) => files.has(name));
    if (again.length > 0)
      say(
        `${again.length} of the files of ${host} ${again.length === 1 ? 'is' : 'are'} not kept, since ${files.get(again[0]!)!.of} has left ones of the same names, such as "${again[0]}"`,
      );
    for (const name of below) if (!files.has(name)) files.set(name, { path: join(folder, name), of: host });
  }
  return [...files]
    .map(([name, { path }]) => ({ name, path }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}
