import { existsSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError } from '../../../base/index.ts';
import { openFile } from './driver.ts';
import { translated } from './errors.ts';
import { databaseFile, makeFolder, refuseOldKind } from './folder.ts';

/** A row of a copy: its kind and its body as JSON. */
export interface CopiedRow {
  kind: string;
  id: string;
  body: string;
}

/**
 * Copies the records of one folder into another as they are at one moment, while a server may go on writing them. The
 * copy is whole and on disk when it resolves. Throws DataError when there is nothing to copy, Unavailable when a disk fails.
 */
export async function copyRecords(folder: string, target: string): Promise<void> {
  refuseOldKind(folder);
  const file = databaseFile(folder);
  if (!existsSync(file)) throw new DataError(`${dirname(folder)} is no data folder of Linnet: ${file} does not exist`);
  makeFolder(target);
  const copy = databaseFile(target);
  const unfinished = `${copy}.unfinished`;
  rmSync(unfinished, { force: true });
  const database = openFile(file);
  try {
    database.exec('pragma busy_timeout = 5000');
    database.exec(`vacuum into '${unfinished.replaceAll("'", "''")}'`);
  } catch (cause) {
    throw translated(cause, file);
  } finally {
    database.close();
  }
  await syncPath(unfinished);
  await rename(unfinished, copy);
  await syncPath(target);
}

/** The rows of a copy that nobody writes to, in the order of their kinds and ids. */
export function* copiedRows(target: string): Generator<CopiedRow> {
  const database = openFile(databaseFile(target));
  try {
    const page = database.prepare(
      'select kind, id, body from records where (kind, id) > (?, ?) order by kind, id limit 1000',
    );
    for (let [kind, id] = ['', '']; ; ) {
      const rows = page.all(kind, id) as unknown as CopiedRow[];
      yield* rows;
      if (rows.length === 0) return;
      ({ kind, id } = rows.at(-1)!);
    }
  } finally {
    database.close();
  }
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
