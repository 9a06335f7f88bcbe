import { randomUUID } from 'node:crypto';
import { chmod, lstat, opendir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** How often a folder that is not empty afterwards is read again: some file systems skip entries while others are removed. */
const looksMax = 5;
const entriesAtOnce = 256;

/**
 * Removes a file, or a folder with all that is in it. Entries are removed one after the other, so that requests find threads for their
 * own files meanwhile: Node's own `rm` removes all entries of a folder at once. Folders are first brought up to the top, so that
 * no path is too long, however deep they lie. A missing path is not an error.
 */
export async function removeTree(path: string): Promise<void> {
  const found = await lstat(path).catch(unlessGone);
  if (found === undefined) return;
  if (!found.isDirectory()) return unlink(path);
  const mark = randomUUID();
  const folders: string[] = [];
  let brought = 0;
  const bringUp = async (folder: string): Promise<void> => {
    const to = join(path, `${mark}-${brought++}`);
    // A folder that moves is written to, since it names its parent.
    await chmod(folder, 0o700);
    await rename(folder, to);
    folders.push(to);
  };
  await empty(path, async (folder) => void folders.push(folder));
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) await removeFolder(folder, bringUp);
  await removeFolder(path, bringUp);
}

type OnFolder = (folder: string) => Promise<void>;

async function removeFolder(folder: string, onFolder: OnFolder): Promise<void> {
  for (let look = 1; ; look++) {
    await empty(folder, onFolder);
    try {
      return await rmdir(folder);
    } catch (cause) {
      if (look === looksMax || codeOf(cause) !== 'ENOTEMPTY') return void unlessGone(cause);
    }
  }
}

/** Removes a file and returns a folder. */
async function empty(folder: string, onFolder: OnFolder): Promise<void> {
  // The program that wrote it may have locked it.
  await chmod(folder, 0o700).catch(unlessGone);
  const entries = await opendir(folder, { bufferSize: entriesAtOnce }).catch(unlessGone);
  if (entries === undefined) return;
  for await (const entry of entries) {
    const below = join(folder, entry.name);
    await (entry.isDirectory() ? onFolder(below) : unlink(below)).catch(unlessGone);
  }
}

const codeOf = (cause: unknown): string | undefined => (cause as NodeJS.ErrnoException).code;

function unlessGone(cause: unknown): undefined {
  if (codeOf(cause) !== 'ENOENT') throw cause;
}
