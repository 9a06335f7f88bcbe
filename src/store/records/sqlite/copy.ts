import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataError } from '../../../base/index.ts';
import { openFile } from './driver.ts';
import { translated } from './errors.ts';
import { databaseFile, refuseOldKind } from './folder.ts';

/** A row of a copy: its kind and its body as JSON. */
export interface CopiedRow {
  kind: string;
  id: string;
  body: string;
}

/** Throws DataError when a folder has no records of Linnet. */
export function requireRecords(folder: string): void {
  refuseOldKind(folder);
  const file = databaseFile(folder);
  if (!existsSync(file)) throw new DataError(`${dirname(folder)} is no data folder of Linnet: ${file} does not exist`);
}

/**
 * Copies the records of a folder into a new file as they are at one moment, while a server may go on writing them. Throws
 * Unavailable when a disk fails.
 */
export function copyRecords(folder: string, copy: string): void {
  const file = databaseFile(folder);
  const database = openFile(file);
  try {
    database.exec('pragma busy_timeout = 5000');
    database.exec(`vacuum into '${copy.replaceAll("'", "''")}'`);
  } catch (cause) {
    throw translated(cause, file);
  } finally {
    database.close();
  }
}

/** The rows of a copy whose kinds begin with `prefix/`, in the order of their kinds and ids. Nobody writes to the copy. */
export function* copiedRows(copy: string, prefix: string): Generator<CopiedRow> {
  const database = openFile(copy);
  try {
    // "0" follows "/".
    const page = database.prepare(
      'select kind, id, body from records where (kind, id) > (?, ?) and kind < ? order by kind, id limit 1000',
    );
    for (let [kind, id] = [`${prefix}/`, '']; ; ) {
      const rows = page.all(kind, id, `${prefix}0`) as unknown as CopiedRow[];
      yield* rows;
      if (rows.length === 0) return;
      ({ kind, id } = rows.at(-1)!);
    }
  } finally {
    database.close();
  }
}
