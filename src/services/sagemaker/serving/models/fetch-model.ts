import { chmod, lstat, mkdir, opendir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError, ServiceError, Unavailable } from '../../../../base/index.ts';
import type { Objects } from '../../../../store/index.ts';
import { filesBelow } from '../../files/archive.ts';
import { fetchArchive } from '../../files/fetch-archive.ts';
import { removeTree } from '../../files/remove-tree.ts';
import { joinS3, parseS3Uri } from '../../s3-uri.ts';

export interface ModelToFetch {
  prefix: string;
  /** Below the prefix. */
  target: string;
  /** Where its files are made ready; the server's own. */
  staging: string;
  /** Where they are put in one step, in a folder that a program sees. */
  folder: string;
}

/**
 * Fetches and unpacks a model's archive, and returns the bytes of its files. Throws AWS's refusal where there is none, and
 * ModelError's cause as DataError for a broken one.
 */
export async function fetchModel(objects: Objects, model: ModelToFetch, signal: AbortSignal): Promise<number> {
  const { prefix, target, staging, folder } = model;
  const uri = joinS3(prefix, target);
  const { bucket, key } = parseS3Uri(uri, 'ModelDataUrl');
  const noModel = (why = ''): ServiceError =>
    new ServiceError(
      'ValidationError',
      `Failed to download model data(bucket: ${bucket}, key: ${key}). Please ensure that there is an object located at the URL and that the role passed to CreateModel has permissions to download the model.${why}`,
    );
  const found = await objects.head(bucket, key).catch((cause: unknown) => {
    throw cause instanceof DataError ? noModel(` ${cause.message}`) : cause;
  });
  if (found === undefined) throw noModel();
  try {
    const unpacked = join(staging, 'model');
    await mkdir(staging, { recursive: true, mode: 0o700 });
    await fetchArchive(objects, { uri, what: 'model data' }, unpacked, signal);
    let bytes = 0;
    for (const file of await filesBelow(unpacked)) bytes += (await stat(join(unpacked, file))).size;
    await openFolders(staging);
    // A program may have put a link in the place of the folder, which would lead to other files of the server.
    if (!(await lstat(dirname(folder))).isDirectory())
      throw new DataError('The program has replaced the folder of its models');
    await rename(staging, folder);
    return bytes;
  } catch (cause) {
    await removeTree(staging);
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new Unavailable('The disk of the server is full', { cause, retry: false });
    throw cause;
  }
}

/** Programs may run as another user, who cannot look into a folder of the server. */
async function openFolders(folder: string): Promise<void> {
  for await (const entry of await opendir(folder)) if (entry.isDirectory()) await openFolders(join(folder, entry.name));
  await chmod(folder, 0o755);
}
