import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { Conflict } from '../../base/index.ts';
import type { Objects } from '../../store/index.ts';
import { resolved, sampleBucket } from './context.ts';

const contentTypes: Readonly<Record<string, string>> = { '.csv': 'text/csv', '.json': 'application/json' };

/**
 * Puts the samples (each file below `folder`/datasets, under its path) into the public, read-only sample bucket.
 * What is there already stays. Rejects with Unavailable when the store fails.
 */
export async function seedSamples(
  objects: Objects,
  { folder, region }: { folder: string; region: string },
): Promise<void> {
  if ((await objects.bucket(sampleBucket)) === undefined) await createSampleBucket(objects, region);
  const entries = await readdir(join(folder, 'datasets'), { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const key = path.slice(join(folder, sep).length).replaceAll(sep, '/');
    const stored = await objects.head(sampleBucket, key);
    if (stored?.etag === createHash('md5').update(bytes).digest('hex')) continue;
    const contentType = contentTypes[extname(key)];
    const attributes = contentType === undefined ? {} : { contentType };
    await objects.put({ bucket: sampleBucket, key }, bytes, { attributes });
  }
}

async function createSampleBucket(objects: Objects, region: string): Promise<void> {
  const bucket = { name: sampleBucket, createdAtMs: 0, region, publicRead: true, readOnly: true, attributes: {} };
  await objects.createBucket(bucket).catch((thrown: unknown) => {
    // Somebody else created it in between: it is the same.
    if (!(thrown instanceof Conflict)) throw thrown;
  });
}

/** Objects in which the regional copies of the samples are found too, for jobs that train on them where they lie. */
export const withSampleCopies = (objects: Objects): Objects => ({
  ...objects,
  bucket: (name) => objects.bucket(resolved(name)),
  head: (bucket, ...rest) => objects.head(resolved(bucket), ...rest),
  get: (bucket, ...rest) => objects.get(resolved(bucket), ...rest),
  place: (bucket, key, path, options) => objects.place(resolved(bucket), key, path, options),
  list: (bucket, query) => objects.list(resolved(bucket), query),
});
