import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Unavailable } from '../../base/index.ts';
import { openFile, type SqliteDatabase } from '../records/sqlite/driver.ts';
import { isBusy } from '../records/sqlite/errors.ts';

/**
 * A backup runs in another process than the server, which may remove an object that the backup still has to read. So the
 * backup holds all removals of files: by the lock of an empty SQLite file, which the system lets go of however the
 * process ends, also where processes cannot see each other's numbers. A server asks for the hold after the record that
 * named the file is gone for good. A backup that copies the records once it has the hold thus finds every file they name.
 */
const holdsFolder = (objects: string): string => join(objects, 'holds');
/** The lock gets its name once it is taken, so that nobody takes it for one that was left behind. */
const isScratch = (name: string): boolean => name.startsWith('.');

/** A folder that belongs to a hold and goes with it. */
const scratchOf = (folder: string, name: string): string => join(folder, `.${name}`);

/** Removals of files in a folder of objects wait until `release`, after which the folder `scratch` is gone. Throws Unavailable. */
export function holdRemovals(objects: string): { scratch: string; release(): void } {
  areRemovalsHeld(objects);
  const folder = holdsFolder(objects);
  let lock: SqliteDatabase | undefined;
  let scratch: string | undefined;
  let file: string;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    scratch = mkdtempSync(join(folder, '.'));
    file = join(folder, basename(scratch).slice(1));
    lock = openFile(join(scratch, 'lock'));
    lock.exec('pragma journal_mode = off; begin exclusive');
    renameSync(join(scratch, 'lock'), file);
  } catch (cause) {
    lock?.close();
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    throw new Unavailable(`The objects cannot be held for a backup: ${folder} cannot be written to`, { cause });
  }
  return {
    scratch,
    release() {
      rmSync(scratch, { recursive: true, force: true });
      rmSync(file, { force: true });
      lock?.close();
      try {
        rmdirSync(folder);
      } catch {
        // Another backup is under way.
      }
    },
  };
}

/** Whether a backup holds removals. Forgets the holds of those that were killed. */
export function areRemovalsHeld(objects: string): boolean {
  const folder = holdsFolder(objects);
  if (!existsSync(folder)) return false;
  return namesIn(folder).some((name) => !isScratch(name) && isLocked(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    // The last backup has just ended.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}

function isLocked(folder: string, name: string): boolean {
  const file = join(folder, name);
  let lock: SqliteDatabase | undefined;
  try {
    lock = openFile(file);
    lock.exec('pragma busy_timeout = 0; pragma journal_mode = off; begin exclusive');
    rmSync(scratchOf(folder, name), { recursive: true, force: true });
    rmSync(file, { force: true });
    return false;
  } catch (cause) {
    // A hold that cannot be looked at keeps files rather than losing them.
    return isBusy(cause) || existsSync(file);
  } finally {
    lock?.close();
  }
}

/** How often removals that a backup holds are tried again. */
const retryMs = 5_000;

/** Removals that wait while a backup holds them. `remove` erases a file that no record names any more, now or then. */
export function heldRemovals(objects: string, erase: (name: string) => Promise<void>) {
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const eraseWaiting = async (): Promise<void> => {
    for (const name of waiting) {
      waiting.delete(name);
      await erase(name);
    }
  };
  const retry = (): void => {
    timer = undefined;
    if (areRemovalsHeld(objects)) wait();
    else void eraseWaiting();
  };
  const wait = (): void => {
    timer ??= setTimeout(retry, retryMs).unref();
  };
  return {
    async remove(name: string): Promise<void> {
      if (!areRemovalsHeld(objects)) return erase(name);
      waiting.add(name);
      wait();
    },
    /** Erases what waited where it may. False when files are left that the next start has to sweep. */
    async close(): Promise<boolean> {
      clearTimeout(timer);
      if (waiting.size > 0 && areRemovalsHeld(objects)) return false;
      await eraseWaiting();
      return true;
    },
  };
}
