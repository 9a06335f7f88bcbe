import { closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataError } from '../../../base/index.ts';
import { openFile, type SqliteDatabase } from './driver.ts';
import { isDamage, translated } from './errors.ts';
import { databaseFile, lockFolder, makeFolder, refuseOldKind } from './folder.ts';
import { makeTables } from './tables.ts';

export interface OpenDatabase {
  database: SqliteDatabase;
  file: string;
  /** The file is too big to be checked before it answers: `checkWhole` has to check it meanwhile. */
  isUnchecked: boolean;
  close(): void;
}

export interface OpenOptions {
  folder: string;
  /** Up to this size the file is checked before it answers. */
  checkedAtOpenBytes?: number;
}

/** A file of this size is checked in 50 ms (measured: 58 MB in 45 ms). A bigger one is checked beside the first answers. */
const checkedAtOpenBytesDefault = 64 * 1024 * 1024;

/**
 * A commit is on disk when it returns (synchronous=FULL syncs the log with each), on macOS through the drive's cache as
 * well; the log is copied into the file every 1000 pages, and cut to 64 MB after a transaction that made it longer.
 */
const settings = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma fullfsync = on;
  pragma checkpoint_fullfsync = on;
  pragma wal_autocheckpoint = 1000;
  pragma journal_size_limit = 67108864;
  pragma busy_timeout = 5000;
`;

/**
 * Opens the database of a server on a folder, which is then its own, and checks it. Throws DataError when another server
 * has the folder, or when the database is damaged or of another kind or version; Unavailable when the disk fails.
 */
export function openDatabase({
  folder: givenFolder,
  checkedAtOpenBytes = checkedAtOpenBytesDefault,
}: OpenOptions): OpenDatabase {
  const folder = makeFolder(givenFolder);
  refuseOldKind(folder);
  const file = databaseFile(folder);
  const opened: SqliteDatabase[] = [];
  const close = (): void => {
    for (const each of opened.splice(0).reverse()) each.close();
  };
  try {
    opened.push(lockFolder(folder));
    const isNew = statSync(file, { throwIfNoEntry: false }) === undefined;
    const database = openFile(file);
    opened.push(database);
    database.exec(settings);
    makeTables(database, file);
    // SQLite syncs what it writes into the file, and the folder for its log, but not for the file itself.
    if (isNew) for (const path of [folder, dirname(folder)]) syncFolder(path);
    const isUnchecked = statSync(file).size > checkedAtOpenBytes;
    if (!isUnchecked) check(database, file);
    return { database, file, isUnchecked, close };
  } catch (cause) {
    close();
    throw isDamage(cause) ? damage(file, 'it is no whole SQLite database') : translated(cause, file);
  }
}

/** Opens the database of a server a second time: reads there see what was committed when they began. */
export function openForReading(file: string): OpenDatabase {
  const database = openFile(file);
  database.exec('pragma busy_timeout = 5000; pragma query_only = on');
  return { database, file, isUnchecked: false, close: () => database.close() };
}

/** Checks a database through a connection of its own, beside a server. Throws DataError when it is damaged. */
export function checkWhole(file: string): void {
  const database = openFile(file);
  try {
    check(database, file);
  } catch (cause) {
    throw isDamage(cause) ? damage(file, 'it is no whole SQLite database') : translated(cause, file);
  } finally {
    database.close();
  }
}

/** Checks every page: the trees must be whole and each row readable. */
function check(database: SqliteDatabase, file: string): void {
  const found = String(database.prepare('pragma quick_check(1)').get()?.quick_check);
  if (found !== 'ok') throw damage(file, found.replaceAll('\n', ' '));
}

const damage = (file: string, found: string): DataError =>
  new DataError(
    `The database ${file} is damaged (${found}): keep a copy of the folder ${dirname(file)}, then put a backup in the file's place and remove the files beside it whose names end in -wal and -shm`,
  );

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
