import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Objects } from '../../store/index.ts';
import { sampleBucket } from './context.ts';

/** Puts the samples (each file below `folder`/datasets, under its path) into the public, read-only sample bucket. Idempotent. */
export async function seedSamples(
  objects: Objects,
  { folder, region }: { folder: string; region: string },
): Promise<void> {
  if ((await objects.bucket(sampleBucket)) === undefined) {
    await objects.createBucket({
      name: sampleBucket,
      createdAtMs: 0,
      region,
      publicRead: true,
      readOnly: true,
      attributes: {},
    });
  }
  const files = (await readdir(join(folder, 'datasets'), { recursive: true })).map((file) => join('datasets', file));
  for (const key of files) {
    const path = join(folder, key);
    const found = await stat(path);
    if (!found.isFile()) continue;
    const stored = await objects.head(sampleBucket, key);
    if (stored?.sizeBytes === found.size) continue;
    await objects.put({ bucket: sampleBucket, key }, createReadStream(path), {
      attributes: { contentType: 'text/csv' },
    });
  }
}
