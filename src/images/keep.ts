import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '../base/index.ts';
import { type Image, type ImageNote, imagesFolder, noteFile, readImages } from './image.ts';
import type { Watch } from './package-tool.ts';

/** What adding an image needs. */
export interface Adding extends Watch {
  dataFolder: string;
  nowMs(): number;
}

/** What an image says of itself while it is being made. */
export type ImageDraft = Omit<ImageNote, 'sizeBytes' | 'addedAt'>;

/**
 * Adds an image: `fill` makes its files in a new folder, which gets its name once it is whole. One of the same name and
 * version is replaced. What `fill` throws leaves nothing behind, nor does an interruption.
 */
export async function keepImage(
  { dataFolder, nowMs, interrupted }: Omit<Adding, 'progress'>,
  fill: (folder: string) => Promise<ImageDraft>,
): Promise<Image> {
  const images = imagesFolder(dataFolder);
  mkdirSync(images, { recursive: true, mode: 0o700 });
  sweep(images);
  const making = mkdtempSync(join(images, `.adding-${process.pid}-`));
  try {
    const draft = await fill(making);
    interrupted?.throwIfAborted();
    const target = join(images, draft.name, draft.version);
    const note: ImageNote = { ...draft, sizeBytes: await sizeOf(making), addedAt: new Date(nowMs()).toISOString() };
    writeFileSync(join(making, noteFile), `${JSON.stringify(note, undefined, 2)}\n`);
    await openToReaders(making);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    moveAway(images, target);
    renameSync(making, target);
    return { ...note, folder: target };
  } catch (thrown) {
    rmSync(making, { recursive: true, force: true });
    throw thrown;
  }
}

/**
 * Removes the versions of an image, or one of them. Programs that run go on with the files they have open. Answers what
 * was removed; throws DataError when there is none.
 */
export function removeImage(dataFolder: string, name: string, version?: string): Image[] {
  const found = imagesNamed(readImages(dataFolder), name, version);
  for (const { folder } of found) moveAway(imagesFolder(dataFolder), folder);
  return found;
}

/** The versions of an image, or one of them. Throws DataError, which names those that are there, when there is none. */
export function imagesNamed(images: readonly Image[], name: string, version: string | undefined): Image[] {
  const found = images.filter((image) => image.name === name && (version === undefined || image.version === version));
  if (found.length > 0) return found;
  const known = images.map((image) => `${image.name} ${image.version}`).join(', ');
  const wanted = version === undefined ? `"${name}"` : `"${name}" of version "${version}"`;
  throw new DataError(`There is no image ${wanted}; ${known === '' ? 'none has been added' : `there are: ${known}`}`);
}

/** Removes what processes that were killed left: they had no time to. */
function sweep(images: string): void {
  for (const name of readdirSync(images)) {
    const [, pid] = /^\.(?:adding|removed)-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(images, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Takes a folder out of sight at once, then removes it. */
function moveAway(images: string, folder: string): void {
  const trash = mkdtempSync(join(images, `.removed-${process.pid}-`));
  try {
    renameSync(folder, join(trash, 'image'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
  } finally {
    rmSync(trash, { recursive: true, force: true });
  }
}

/**
 * Lets the user that programs may run as read and run all that the owner may. Nobody else comes here: the folders above are the
 * server's own, and a program is shown its image alone.
 */
async function openToReaders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToReaders(path);
    else if (entry.isFile()) await openOne(path);
  }
  await openOne(folder);
}

async function openOne(path: string): Promise<void> {
  const mode = (await lstat(path)).mode & 0o777;
  const readable = mode & 0o500;
  const opened = mode | (readable >> 3) | (readable >> 6);
  if (opened !== mode) await chmod(path, opened);
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true });
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sizeOf(path) : (await lstat(path)).size;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
