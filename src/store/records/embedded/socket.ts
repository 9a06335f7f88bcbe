import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Unavailable } from '../../../base/index.ts';
import type { PostgresUser } from './user.ts';

export const socketPort = 5432;
const socketFile = `.s.PGSQL.${socketPort}`;
/** The address of a Unix socket holds 107 bytes on Linux, 103 on macOS. */
const socketPathBytesMax = 103;
const ownPrefix = 'linnet-pg-';

/** The folder for the socket: the cluster itself, or a short private folder where its path would be too long. */
export function socketFolder(
  cluster: string,
  user: PostgresUser,
  temporary: readonly string[] = [tmpdir(), '/tmp'],
): string {
  if (fits(cluster)) return cluster;
  const parent = temporary.find((folder) => fits(join(folder, `${ownPrefix}XXXXXX`)));
  if (parent === undefined)
    throw new Unavailable(`The folder for temporary files, ${temporary[0]}, has too long a path for a Unix socket`, {
      retry: false,
    });
  // 0700, and of a name that nobody guesses.
  const folder = mkdtempSync(join(parent, ownPrefix));
  user.own(folder);
  return folder;
}

/** Removes a socket folder made above, and only such a one. */
export function removeSocketFolder(folder: string): void {
  if (basename(folder).startsWith(ownPrefix) && dirname(folder) !== folder)
    rmSync(folder, { recursive: true, force: true });
}

/** Removes the files of a dead server's socket: PostgreSQL takes a lock file for live when its process number is in use. */
export function removeSocket(folder: string): void {
  for (const file of [socketFile, `${socketFile}.lock`]) rmSync(join(folder, file), { force: true });
}

const fits = (folder: string): boolean => Buffer.byteLength(join(folder, socketFile)) <= socketPathBytesMax;
