import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, copyFile, link, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DataError, Unavailable } from '../../../base/index.ts';
import type { Objects } from '../../../store/index.ts';
import { filesBelow } from '../files/archive.ts';
import { fetchArchive, hashing } from '../files/fetch-archive.ts';
import { clashOf, LimitedTree } from '../files/limited-tree.ts';
import { removeTree } from '../files/remove-tree.ts';
import { belowPrefix } from '../jobs/data/input-data.ts';
import type { ModelFiles } from '../model/record.ts';
import { parseS3Uri } from '../s3-uri.ts';

/** What a variant is served from. */
export interface ServedFiles {
  files: ModelFiles | undefined;
  /** Address of the archive of the model's own program, which lies beside the model. */
  source: string | undefined;
}

/**
 * Makes sure that `folder/model` holds a model's files, and `folder/code` its program where it comes apart. Once complete
 * they stay: an endpoint that is started again serves the same model, even when the archive in S3 was replaced or removed.
 * Returns the SHA-256 of the archive, or of all objects' keys and bytes; undefined for a model without files. Throws DataError for a
 * missing or broken one.
 */
export async function keepModelFiles(
  objects: Objects,
  { files, source }: ServedFiles,
  folder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (source !== undefined)
    await keepFiles(objects, { uri: source, form: 'archive' }, join(folder, 'code'), signal, 'the source archive');
  await keepFiles(objects, files, join(folder, 'model'), signal, 'model data');
  // Files that an earlier release kept have none.
  return readFile(digestFile(join(folder, 'model')), 'utf8').catch(() => undefined);
}

const digestFile = (kept: string): string => `${kept}.sha256`;

async function keepFiles(
  objects: Objects,
  files: ModelFiles | undefined,
  kept: string,
  signal: AbortSignal,
  what: string,
): Promise<void> {
  if (await exists(kept)) return;
  const partial = `${kept}.partial`;
  await removeTree(partial);
  await mkdir(partial, { recursive: true, mode: 0o700 });
  try {
    const digest = await fetchFiles(objects, files, { folder: partial, signal, what });
    if (digest !== undefined) {
      await writeFile(digestFile(kept), digest, { mode: 0o600 });
      await sync(digestFile(kept));
    }
  } catch (cause) {
    const clash = clashOf(cause, files?.uri ?? '', partial);
    if (clash !== undefined) throw clash;
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new Unavailable('The disk of the server is full', { cause, retry: false });
    throw cause;
  }
  for (const file of await filesBelow(partial)) await sync(join(partial, file));
  // The final name says that all files are on disk.
  await rename(partial, kept);
  await sync(dirname(kept));
}

async function fetchFiles(
  objects: Objects,
  files: ModelFiles | undefined,
  { folder, signal, what }: { folder: string; signal: AbortSignal; what: string },
): Promise<string | undefined> {
  if (files === undefined) return undefined;
  return files.form === 'archive'
    ? fetchArchive(objects, { uri: files.uri, what }, folder, signal)
    : fetchPrefix(objects, files.uri, folder, signal);
}

async function fetchPrefix(objects: Objects, uri: string, folder: string, signal: AbortSignal): Promise<string> {
  const all = createHash('sha256');
  const { bucket, key: prefix } = parseS3Uri(uri, 'ModelDataSource');
  if ((await objects.bucket(bucket)) === undefined) throw new DataError(`Could not find model data at ${uri}`);
  const tree = new LimitedTree(folder, uri);
  let count = 0;
  for (let after = ''; ; ) {
    const some = await objects.list(bucket, { prefix, ...(after === '' ? {} : { after }) });
    for (const { key, sizeBytes } of some) {
      after = key;
      if (key.endsWith('/') && sizeBytes === 0) continue;
      count += 1;
      const below = belowPrefix(prefix, key).replace(/^\/+/, '');
      if (below === '' || below.split('/').includes('.')) {
        throw new DataError(
          `The object s3://${bucket}/${key} cannot become a file: its key has a part that is no file name`,
        );
      }
      const file = await tree.file(below, sizeBytes);
      const found = await objects.get(bucket, key);
      if (found === undefined)
        throw new DataError(`The object s3://${bucket}/${key} was removed while it was being fetched`);
      const hash = createHash('sha256');
      await pipeline(found.body, hashing(hash), createWriteStream(file, { flags: 'wx' }), { signal });
      all.update(`${below}\n${hash.digest('hex')}\n`);
    }
    if (some.length === 0) break;
  }
  if (count === 0) throw new DataError(`Could not find model data at ${uri}`);
  return all.digest('hex');
}

/** Gives an instance its own view of the kept files: hard links, which cost nothing, or copies where there are none. */
export async function linkFiles(kept: string, target: string): Promise<void> {
  if (!(await exists(kept))) return;
  await mkdir(target, { recursive: true, mode: 0o700 });
  for (const file of await filesBelow(kept)) {
    const path = join(target, file);
    await mkdir(dirname(path), { recursive: true });
    await link(join(kept, file), path).catch(() => copyFile(join(kept, file), path));
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
