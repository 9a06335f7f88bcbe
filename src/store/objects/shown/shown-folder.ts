import { createHash } from 'node:crypto';
import { type BigIntStats, constants, realpathSync, statSync } from 'node:fs';
import { chmod, copyFile, type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, messageOf, Unavailable } from '../../../base/index.ts';
import type { Bucket, Objects, StoredObject, StoredVersion } from '../objects.ts';
import { readBlocks, streamOf } from '../read-blocks.ts';
import { folderWalk, isWithin, realPathWithin } from './walk.ts';

/** A folder of the operator's that is seen as a bucket: read where it lies, never written to. */
export interface ShownFolder extends Pick<Objects, 'head' | 'get' | 'place' | 'list' | 'version' | 'versions'> {
  bucket: Bucket;
}

const listMax = 1000;

/**
 * Opens a folder. An ETag is made of a file's size, time and number, as reading it whole would take too long. Throws DataError
 * for a path that is no folder, or is or has one of `hidden`.
 */
export function shownFolder(
  { name, path, region }: { name: string; path: string; region: string },
  { hidden, nowMs }: { hidden: readonly string[]; nowMs(): number },
): ShownFolder {
  const root = rootOf(name, path);
  for (const other of hidden.flatMap(realPathIfThere))
    if (isWithin(root, other) || isWithin(other, root))
      throw new DataError(
        `Bucket ${name}: ${path} cannot be shown, since it is or has ${other}, which has the server's key`,
      );
  const { birthtimeMs } = statSync(root);
  const bucket: Bucket = {
    ...{ name, region, createdAtMs: Math.floor(birthtimeMs), publicRead: false, readOnly: true, attributes: {} },
    shows: path,
  };
  const walk = folderWalk(root, nowMs);

  const fileOf = async (key: string): Promise<string | undefined> => {
    const parts = key.split('/');
    if (key.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..')) return undefined;
    return realPathWithin(root, join(root, ...parts));
  };
  const objectOf = (key: string, found: BigIntStats): StoredObject => ({
    ...{ bucket: name, key, etag: etagOf(found), attributes: {} },
    ...{ sizeBytes: Number(found.size), modifiedAtMs: Math.floor(Number(found.mtimeMs)) },
  });
  const head = (key: string): Promise<StoredObject | undefined> =>
    failingAsUnavailable(key, async () => {
      const file = await fileOf(key);
      const found = file === undefined ? undefined : await stat(file, { bigint: true });
      return found?.isFile() ? objectOf(key, found) : undefined;
    });
  const list: Objects['list'] = (_, { prefix = '', after, from, limit = listMax }) =>
    failingAsUnavailable(prefix, async () => {
      const listed: StoredObject[] = [];
      for await (const { key, path: file } of walk({ prefix, from: from ?? after ?? '' })) {
        if (key === after) continue;
        const found = await stat(file, { bigint: true }).catch(() => undefined);
        if (found?.isFile()) listed.push(objectOf(key, found));
        if (listed.length >= limit) break;
      }
      return listed;
    });

  return {
    bucket,
    list,
    head: (_, key, versionId) => (isNull(versionId) ? head(key) : Promise.resolve(undefined)),

    async get(_, key, range, versionId) {
      const file = isNull(versionId) ? await failingAsUnavailable(key, () => openFile(key)) : undefined;
      if (file === undefined) return undefined;
      try {
        const object = objectOf(key, await file.stat({ bigint: true }));
        const whole = { start: 0, end: object.sizeBytes };
        const chosen = (typeof range === 'function' ? range(object) : range) ?? whole;
        const body = streamOf((passing) => readBlocks(file, chosen, passing));
        body.once('close', () => void file.close().catch(() => undefined));
        return { object, body };
      } catch (thrown) {
        await file.close();
        throw thrown;
      }
    },

    async place(_, key, to) {
      const file = await fileOf(key);
      const object = await head(key);
      if (file === undefined || object === undefined) return undefined;
      // Never a second name: its owner may write to the file while a job reads it.
      await copyFile(file, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await chmod(to, 0o644);
      return object;
    },

    async version(_, key, versionId) {
      const object = isNull(versionId) ? await head(key) : undefined;
      return object && versionOf(object);
    },

    async versions(of, { after, ...query }) {
      // A key has one version: behind it comes the next key.
      const found = await list(of, { ...query, ...(after && { after: after.key }) });
      return found.map(versionOf);
    },
  };

  async function openFile(key: string): Promise<FileHandle | undefined> {
    const path = await fileOf(key);
    if (path === undefined) return undefined;
    // No waiting for a writer where it is a pipe.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    return undefined;
  }
}

const isNull = (versionId: string | undefined): boolean => versionId === undefined || versionId === 'null';

const versionOf = (object: StoredObject): StoredVersion => ({
  ...{ bucket: object.bucket, key: object.key, modifiedAtMs: object.modifiedAtMs },
  ...{ versionId: 'null', isLatest: true, object },
});

function rootOf(name: string, path: string): string {
  const [root] = realPathIfThere(path);
  if (root !== undefined && statSync(root).isDirectory()) return root;
  throw new DataError(`Bucket ${name}: ${path} is no folder`);
}

function realPathIfThere(path: string): string[] {
  try {
    return [realpathSync(path)];
  } catch {
    return [];
  }
}

/** With a count of parts behind it, as of an upload in parts: clients then take it for no MD5 of the bytes. */
const etagOf = ({ dev, ino, size, mtimeNs }: BigIntStats): string =>
  `${createHash('sha256').update(`${dev} ${ino} ${size} ${mtimeNs}`).digest('hex').slice(0, 32)}-1`;

async function failingAsUnavailable<Value>(key: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined as Value;
    throw new Unavailable(`${key} cannot be read: ${messageOf(cause)}`, { cause, retry: false });
  }
}
