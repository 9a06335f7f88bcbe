import { constants } from 'node:fs';
import { copyFile, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Unavailable } from '../base/index.ts';
import { blobPath } from './objects/blobs.ts';
import { blobNames } from './objects/bodies.ts';
import { copiedRows, copyRecords } from './records/sqlite/copy.ts';

/** A store of records in SQLite and of objects, each in its folder. */
export interface StoreFolders {
  records: string;
  objects: string;
}

/** How often the records are copied again because an object of the last copy had gone before it was copied. */
const attemptsMax = 20;

/**
 * Copies a store while its server goes on: the records as they are at one moment, and every file that they name. Files
 * are never changed once written, so that a copied one stays right. When one was removed before it was copied, the copy
 * starts again from a later moment. Returns the number of files. Throws DataError or Unavailable.
 */
export async function backUpStore(from: StoreFolders, to: StoreFolders): Promise<number> {
  const copied = new Set<string>();
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    await copyRecords(from.records, to.records);
    const named = new Set<string>();
    let isWhole = true;
    for (const { kind, body } of copiedRows(to.records)) {
      if (!/^(object|part)\//.test(kind)) continue;
      for (const name of blobNames(JSON.parse(body))) {
        named.add(name);
        if (copied.has(name)) continue;
        if (await copyBlob(blobPath(from.objects, name), to.objects, name)) copied.add(name);
        else isWhole = false;
      }
    }
    if (!isWhole) continue;
    for (const name of copied) if (!named.has(name)) await rm(blobPath(to.objects, name), { force: true });
    return named.size;
  }
  throw new Unavailable(`Objects were replaced faster than they could be copied, ${attemptsMax} times`);
}

/** Copies one file and syncs it. Returns false when it no longer exists. */
async function copyBlob(source: string, objects: string, name: string): Promise<boolean> {
  const target = blobPath(objects, name);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    throw new Unavailable(`The object file ${source} cannot be copied: ${code}`, { cause });
  }
  const handle = await open(target, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return true;
}
