import { constants } from 'node:fs';
import { chmod, mkdir, open, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { DataError, messageOf, Unavailable } from '../../base/index.ts';
import { imagesFolder, relocateImage } from '../../images/index.ts';
import { type ServerConfig, settings } from '../config.ts';
import { makeDataFolder, readJson, settingsFile } from '../data-folder/data-folder.ts';
import { beginRestore, dataVersion, isHalfRestored, writeDataVersion } from '../data-folder/data-version.ts';
import type { BackupEnd, BackupHead } from './format.ts';
import { readArchive, type Sink } from './read-archive.ts';
import { refuseDatabase } from './refuse-database.ts';

export interface WholeBackup {
  head: BackupHead;
  end: BackupEnd;
}

/** Reads a backup and checks it, and writes nothing. Throws DataError, which names the place, for one that is not whole. */
export function checkBackup(input: AsyncIterable<Buffer>, from: string): Promise<WholeBackup> {
  return readArchive(input, { from, dataVersion }, nowhere);
}

const nowhere: Sink = {
  async begin() {},
  async file(_, body) {
    for await (const _block of body);
  },
  async link() {},
  async folder() {},
};

/**
 * Makes a data folder of a backup. The folder has to be new or empty; until everything is checked and on disk no server
 * starts on it, and after a failure it is empty again. Throws DataError or Unavailable.
 */
export async function restore(
  { dataFolder, databaseUrl }: Pick<ServerConfig, 'dataFolder' | 'databaseUrl'>,
  input: AsyncIterable<Buffer>,
  from: string,
): Promise<WholeBackup & { given: Readonly<Record<string, string | boolean>> }> {
  if (databaseUrl !== undefined) throw refuseDatabase('restore', { dataFolder, databaseUrl });
  const folder = resolve(dataFolder);
  await refuseFull(folder);
  makeDataFolder(folder);
  await beginRestore(folder);
  try {
    const files = intoFolder(folder);
    const restored = await readArchive(input, { from, dataVersion }, files);
    await files.end();
    if (restored.head.hasImages) await moveImages(restored.head, folder);
    await writeDataVersion(folder, restored.head.dataVersion);
    return { ...restored, given: readJson(settingsFile(folder)) ?? {} };
  } catch (thrown) {
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
    throw thrown;
  }
}

async function refuseFull(folder: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new DataError(`The data folder ${folder} cannot be used: ${messageOf(cause)}`);
  }
  if (isHalfRestored(folder))
    throw new DataError(
      `The folder ${folder} has a restore in it that is under way or was interrupted: if no linnet restore runs, remove the folder and restore again`,
    );
  if (names.length > 0)
    throw new DataError(
      `The folder ${folder} is not empty: move it away, or name a new one with --data-dir; a restore replaces nothing`,
      { source: settings },
    );
}

/** Writes entries below a folder. Links come last, so that no file is ever written through one. */
function intoFolder(folder: string): Sink & { end(): Promise<void> } {
  const links: { path: string; target: string }[] = [];
  const made = new Set<string>();
  /** Makes a folder and those above it. An image may be for another user, who does not come to the folders above it. */
  const folderFor = async (path: string): Promise<void> => {
    if (path === folder || made.has(path)) return;
    await folderFor(dirname(path));
    await mkdir(path, { mode: 0o700 });
    made.add(path);
    const [top, ...below] = relative(folder, path).split(sep);
    if (top === 'images' && below.length >= 2) await chmod(path, 0o755);
  };
  return {
    async begin() {},
    async file(path, body, givenMode) {
      const file = join(folder, path);
      await written(file, async () => {
        await folderFor(dirname(file));
        const mode = path.startsWith('objects/') ? 0o400 : 0o600;
        const handle = await open(file, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, mode);
        try {
          if (path.startsWith('images/')) await handle.chmod(givenMode);
          for await (const block of body) await handle.writeFile(block);
          await handle.sync();
        } finally {
          await handle.close();
        }
      });
    },
    async link(path, target) {
      links.push({ path, target });
    },
    folder: (path) => written(join(folder, path), () => folderFor(join(folder, path))),
    async end() {
      for (const { path, target } of links)
        await written(join(folder, path), async () => {
          await folderFor(dirname(join(folder, path)));
          await symlink(target, join(folder, path));
        });
      for (const path of [folder, ...made]) await written(path, () => syncFolder(path));
    },
  };
}

/** A failure of the disk as Unavailable; what is wrong with the backup as it is. */
async function written(file: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall === undefined) throw cause;
    const why =
      code === 'ENOSPC' ? 'the disk is full' : code === 'EEXIST' ? 'it is in the backup twice' : messageOf(cause);
    throw new Unavailable(`${file} cannot be restored: ${why}`, { cause });
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Scripts of environments name the folder that they are in. */
async function moveImages({ images, dataFolder }: BackupHead, folder: string): Promise<void> {
  const from = imagesFolder(dataFolder);
  const to = imagesFolder(folder);
  for (const image of images) await relocateImage({ ...image, folder: join(to, image.name, image.version) }, from, to);
}
