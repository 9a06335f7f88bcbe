import { constants } from 'node:fs';
import { chmod, copyFile, link, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Unavailable } from '../../base/index.ts';
import { heldRemovals } from './backup-hold.ts';
import type { ByteRange, Digests } from './objects.ts';
import { readBlocks } from './read-blocks.ts';
import { isSealed, requireSeal, type Seal, sealedName, unsealed } from './sealing/seal.ts';
import { folderSyncs, syncFolder } from './shared-sync.ts';
import { writeBody } from './writing/write-body.ts';
import { type WriterTask, writerThreads } from './writing/writer-threads.ts';

/** Where bytes are kept. */
export interface Blob {
  name: string;
  sizeBytes: number;
}

/** Files of bytes under names of ours, written once and never changed. */
export interface Blobs {
  /** Writes all bytes; file and folder are synced before it resolves. A failure leaves nothing. */
  write(body: AsyncIterable<Uint8Array>, how: Writing): Promise<{ name: string; digests: Digests }>;
  /** Bytes start..end (end exclusive) of a blob; when `passing`, in blocks that are overwritten once the next is asked for. */
  read(blob: Blob, range: ByteRange, passing: boolean): AsyncGenerator<Buffer>;
  /** Makes a plain blob a file of the caller's at `path`: with `shared` by a second name for it, else cloned or copied. */
  place(name: string, path: string, shared: boolean): Promise<void>;
  /** Removes a blob as soon as neither a reader nor a backup holds it. Never rejects: a sweep removes what could not be removed. */
  remove(name: string): Promise<void>;
  /** Keeps blobs from being removed until the returned function is called. */
  hold(names: readonly string[]): () => void;
  /** How many removals were asked for so far: as long as it stands still, no blob has gone. */
  removalCount(): number;
  /** Names of the blobs that exist now, without those written from this call on. Called at most once. */
  old(): AsyncGenerator<string>;
  /** False when an unused file may be left. */
  isTidy(): boolean;
  /** Removes what only waited for readers, who have to be gone by now. */
  close(): Promise<void>;
}

/** The checksums to compute, and whether the memory of pieces may be taken. */
type Writing = Pick<WriterTask, 'algorithms' | 'owned'>;

const unreadable = 'The bytes of an object cannot be read';
/** New files go to one folder until it has had so many of them: those that are written together share its sync. */
const shelfWritesMax = 1000;

/** Where a blob lies in a folder of objects. */
export const blobPath = (folder: string, name: string): string => join(folder, 'blobs', name.slice(0, 2), name);

/**
 * Opens the folder. With a seal new files are sealed, and sealed ones can be read. Files that were being written when the last
 * process ended are left for a sweep.
 */
export async function folderBlobs(folder: string, newId: () => string, seal?: Seal): Promise<Blobs> {
  const placed = join(folder, 'blobs');
  const holders = new Map<string, number>();
  const doomed = new Set<string>();
  /** Kept only while a sweep goes through the old ones. */
  let young: Set<string> | undefined;
  const syncs = folderSyncs();
  const threads = writerThreads();
  let shelf: { path: string; prefix: string; writes: number; made: Promise<void> } | undefined;
  let removalCount = 0;
  let tidy = true;
  await failingAsUnavailable('The folder of objects cannot be made', async () => {
    await mkdir(placed, { recursive: true, mode: 0o700 });
    for (const path of [folder, dirname(folder)]) await syncFolder(path);
  });

  const pathOf = (name: string): string => blobPath(folder, name);
  /** A name for a new file, once its folder is there for good. */
  const newName = async (): Promise<string> => {
    const name = newId().replaceAll('-', '');
    if (shelf === undefined || shelf.writes === shelfWritesMax) {
      if (shelf !== undefined) syncs.release(shelf.path);
      const path = dirname(pathOf(name));
      const made = makeFolder(path).then(() => syncFolder(placed));
      shelf = { path, prefix: name.slice(0, 2), writes: 0, made };
    }
    const mine = shelf;
    mine.writes++;
    try {
      await mine.made;
    } catch (thrown) {
      // A folder that could not be made is tried again by the next upload.
      if (shelf === mine) shelf = undefined;
      throw thrown;
    }
    const whole = mine.prefix + name.slice(2);
    return seal === undefined ? whole : sealedName(whole);
  };
  const erase = async (path: string): Promise<void> => {
    await unlink(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') tidy = false;
    });
  };
  const removals = heldRemovals(folder, (name) => erase(pathOf(name)));

  return {
    async write(body, how) {
      let path: string | undefined;
      try {
        const name = await newName();
        young?.add(name);
        path = pathOf(name);
        const folder = dirname(path);
        const task = { path, ...how, envelope: seal?.newEnvelope(name) };
        const digests = await writeBody(task, body, { threads, syncName: () => syncs.sync(folder) });
        return { name, digests };
      } catch (thrown) {
        if (path !== undefined) await erase(path);
        throw worldly(thrown, 'An object cannot be written');
      }
    },

    async *read(blob, range, passing) {
      const { name } = blob;
      const file = await failingAsUnavailable(unreadable, () => open(pathOf(name), 'r'));
      try {
        if (isSealed(name)) yield* unsealed(requireSeal(seal), blob, range, (sealed) => readBlocks(file, sealed, true));
        else yield* readBlocks(file, range, passing);
      } finally {
        await file.close();
      }
    },

    async place(name, path, shared) {
      if (shared && (await linked(pathOf(name), path))) return;
      await copyFile(pathOf(name), path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      // A blob is read-only, the copy is not.
      await chmod(path, 0o644);
    },

    async remove(name) {
      removalCount++;
      if (holders.has(name)) doomed.add(name);
      else await removals.remove(name);
    },

    hold(names) {
      for (const name of names) holders.set(name, (holders.get(name) ?? 0) + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        for (const name of names) {
          const left = (holders.get(name) ?? 1) - 1;
          if (left > 0) holders.set(name, left);
          else {
            holders.delete(name);
            if (doomed.delete(name)) void removals.remove(name);
          }
        }
      };
    },

    removalCount: () => removalCount,

    old() {
      const born = new Set<string>();
      young = born;
      return (async function* () {
        try {
          for (const part of await readdir(placed)) {
            for (const name of await readdir(join(placed, part))) if (!born.has(name)) yield name;
          }
        } finally {
          young = undefined;
        }
      })();
    },

    isTidy: () => tidy,

    async close() {
      for (const name of doomed) await removals.remove(name);
      doomed.clear();
      if (!(await removals.close())) tidy = false;
      await syncs.close();
      await threads.close();
    },
  };
}

/** False where the file system cannot: another disk, too many names, no links at all. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (cause) {
    if (cannotLink.test(String((cause as NodeJS.ErrnoException).code))) return false;
    throw cause;
  }
}

const cannotLink = /^E(XDEV|MLINK|PERM|ACCES|NOTSUP|OPNOTSUPP|NOSYS)$/;

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
  });
}

async function failingAsUnavailable<Value>(what: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (thrown) {
    throw worldly(thrown, what);
  }
}

/** A failure of the file system as Unavailable; anything else (a checksum refused, a client gone) as it is. */
function worldly(thrown: unknown, what: string): unknown {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
  if (typeof code !== 'string' || !fileFailures.test(code)) return thrown;
  return new Unavailable(`${what}: ${code === 'ENOSPC' ? 'the disk is full' : code}`, { cause: thrown });
}

const fileFailures = /^E(NOSPC|DQUOT|FBIG|IO|MFILE|NFILE|ROFS|ACCES|PERM|NOENT|NOTDIR|EXIST)$/;
