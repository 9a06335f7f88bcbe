import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DataError, messageOf } from '../../../base/index.ts';
import { openFile, type SqliteDatabase } from './driver.ts';
import { isBusy } from './errors.ts';

export const databaseFile = (folder: string): string => join(folder, 'records.sqlite');
/** An empty SQLite file whose lock is held for a server's lifetime; the system releases it when the process ends. */
const lockFile = (folder: string): string => join(folder, 'lock');
/** The process number of the server, for the message to a second one. */
const ownerFile = (folder: string): string => join(folder, 'owner');

/** Makes the folder, private, and returns its path without links. Throws DataError when it cannot be. */
export function makeFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return realpathSync(folder);
  } catch (cause) {
    throw new DataError(`The folder ${folder} cannot be made: ${messageOf(cause)}`);
  }
}

/** Throws DataError for a folder of the first Linnet, whose records lie in a PostgreSQL of its own. */
export function refuseOldKind(folder: string): void {
  if (!existsSync(join(folder, 'postgres', 'PG_VERSION'))) return;
  throw new DataError(
    `The data folder ${dirname(folder)} was written by a Linnet that kept its records in a PostgreSQL of its own, which this version cannot read: commit bbe71f6 still does; start that one on the folder, copy each bucket out with any S3 client (such as aws s3 sync s3://BUCKET FOLDER), and start this one with a new --data-dir`,
  );
}

/**
 * Takes the folder for this server until the lock is closed. Throws DataError naming the process that has it. SQLite
 * keeps its locks apart by database, so that a lock in a file of its own lets a backup read while the server runs.
 */
export function lockFolder(folder: string): SqliteDatabase {
  const lock = openFile(lockFile(folder));
  try {
    lock.exec('pragma busy_timeout = 0');
    lock.exec('begin exclusive');
  } catch (cause) {
    lock.close();
    if (isBusy(cause)) throw inUse(folder);
    throw cause;
  }
  writeFileSync(ownerFile(folder), `${process.pid}\n`, { mode: 0o600 });
  return lock;
}

function inUse(folder: string): DataError {
  let owner = '';
  try {
    owner = readFileSync(ownerFile(folder), 'utf8').trim();
  } catch {
    // It has the lock and has not written its number yet.
  }
  const who = owner === '' ? '' : ` (process ${owner})`;
  return new DataError(
    `The data folder ${dirname(folder)} is in use by another Linnet server${who}: stop it first, or choose another folder`,
  );
}
