import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { compareUtf8 } from '../../records/utf8-order.ts';

/** A file of a folder: its key, and where it really is. */
export interface ShownFile {
  key: string;
  path: string;
}

interface Entry {
  name: string;
  path: string;
  isFolder: boolean;
}

/** Where a walk begins and which names it wants. */
interface Wanted {
  prefix: string;
  /** No key before this one. */
  from: string;
}

/** Whether a path is the folder itself, or in it. Both are real paths. */
export const isWithin = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** The real path of a file or folder below `root`; undefined where there is none, or a link leads out of it. */
export async function realPathWithin(root: string, path: string): Promise<string | undefined> {
  const real = await realpath(path).catch((cause: NodeJS.ErrnoException) => {
    if (absent.has(String(cause.code))) return undefined;
    throw cause;
  });
  return real !== undefined && isWithin(root, real) ? real : undefined;
}

const absent = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']);

/** S3's limit on the bytes of a key: what has longer paths is not shown. */
const keyBytesMax = 1024;
/** A folder that was changed in the last second may change once more within the same tick of its file system's clock. */
const settledMs = 1000;

/** Walks the files of a folder in the byte order of their keys. Links to what is in the folder are followed. */
export function folderWalk(root: string, nowMs: () => number) {
  // Lists of a large folder read it page by page.
  let last: { path: string; changedAtMs: number; entries: Entry[] } | undefined;

  const entriesOf = async (path: string): Promise<Entry[]> => {
    const { mtimeMs } = await stat(path);
    if (last?.path === path && last.changedAtMs === mtimeMs) return last.entries;
    const isSettled = nowMs() - mtimeMs > settledMs;
    const entries: Entry[] = [];
    for (const entry of await readdir(path, { withFileTypes: true })) {
      // A name that is no UTF-8 is read as one that does not exist.
      if (entry.name.includes('\ufffd')) continue;
      const found = entry.isSymbolicLink() ? await linked(join(path, entry.name)) : { isFolder: entry.isDirectory() };
      if (found === undefined || !(found.isFolder || entry.isFile() || entry.isSymbolicLink())) continue;
      entries.push({ name: entry.name, path: join(path, entry.name), ...found });
    }
    const orderOf = ({ name, isFolder }: Entry): string => (isFolder ? `${name}/` : name);
    entries.sort((one, other) => compareUtf8(orderOf(one), orderOf(other)));
    // Where a link leads can change without its folder's knowing.
    const hasLinks = entries.some((entry) => entry.path !== join(path, entry.name));
    if (isSettled && !hasLinks) last = { path, changedAtMs: mtimeMs, entries };
    return entries;
  };

  const linked = async (path: string): Promise<{ path: string; isFolder: boolean } | undefined> => {
    const real = await realPathWithin(root, path);
    if (real === undefined) return undefined;
    const found = await stat(real);
    return found.isDirectory() || found.isFile() ? { path: real, isFolder: found.isDirectory() } : undefined;
  };

  /** `above` are the folders on the way: a link back to one of them would lead round for ever. */
  async function* walk(
    folder: string,
    begin: string,
    above: readonly string[],
    wanted: Wanted,
  ): AsyncGenerator<ShownFile> {
    const entries = await entriesOf(folder).catch((cause: NodeJS.ErrnoException) => {
      // It went meanwhile.
      if (absent.has(String(cause.code))) return [];
      throw cause;
    });
    const { prefix, from } = wanted;
    for (const { name, path, isFolder } of entries) {
      const key = begin + name + (isFolder ? '/' : '');
      if (isFolder) {
        const hasWanted = key.startsWith(prefix) || prefix.startsWith(key);
        const isBefore = !from.startsWith(key) && compareUtf8(key, from) < 0;
        if (hasWanted && !isBefore && !above.includes(path)) yield* walk(path, key, [...above, path], wanted);
      } else if (key.startsWith(prefix) && compareUtf8(key, from) >= 0 && Buffer.byteLength(key) <= keyBytesMax)
        yield { key, path };
    }
  }

  return (wanted: Wanted): AsyncGenerator<ShownFile> => walk(root, '', [root], wanted);
}
