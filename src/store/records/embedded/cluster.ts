import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, messageOf, Unavailable } from '../../../base/index.ts';
import type { PostgresBinaries } from './binaries.ts';
import type { PostgresUser } from './user.ts';

export const databaseUser = 'linnet';

/** What PostgreSQL's programs see of our environment: nothing, so that no PG* variable of a user reaches them. */
export const postgresEnvironment = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

export const clusterFolder = (folder: string): string => join(folder, 'postgres');
const unfinishedPrefix = 'postgres.new-';

/**
 * Makes PostgreSQL's data folder below `folder` if it is not there. It is made beside and renamed when whole and synced,
 * so that a crash at any moment leaves either none or a sound one. Rejects with Unavailable or DataError.
 */
export async function ensureCluster(folder: string, binaries: PostgresBinaries, user: PostgresUser): Promise<void> {
  const cluster = clusterFolder(folder);
  if (existsSync(cluster)) {
    checkVersion(cluster, binaries);
    return;
  }
  const unfinished = mkdtempSync(join(folder, unfinishedPrefix));
  user.own(unfinished);
  const command = [
    binaries.initdb,
    '-D',
    unfinished,
    '-U',
    databaseUser,
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ];
  try {
    await run(user, command, folder);
    await rename(unfinished, cluster);
  } catch (cause) {
    await rm(unfinished, { recursive: true, force: true });
    // Another server made it first: whose it is will show.
    if (existsSync(cluster)) return;
    throw cause;
  }
  await syncFolder(folder);
}

/** Removes what crashed starts left. Call it only while holding the cluster's lock. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const entry of readdirSync(folder)) {
    // An initdb that outlived its server may still write there; the next start tries again.
    if (entry.startsWith(unfinishedPrefix))
      await rm(join(folder, entry), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Makes the folder, private, and answers its path without links. Throws DataError when it cannot be. */
export function makeFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return realpathSync(folder);
  } catch (cause) {
    throw new DataError(`The folder ${folder} cannot be made: ${messageOf(cause)}`);
  }
}

function checkVersion(cluster: string, binaries: PostgresBinaries): void {
  let found: string;
  try {
    found = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  } catch (cause) {
    throw new DataError(`The folder ${cluster} is not a readable PostgreSQL data folder: ${messageOf(cause)}`);
  }
  if (found !== binaries.majorVersion) {
    throw new DataError(
      `The folder ${cluster} was written by PostgreSQL ${found}, and this Linnet carries ${binaries.majorVersion}: use the Linnet version that wrote it`,
    );
  }
}

function run(user: PostgresUser, command: readonly string[], folder: string): Promise<void> {
  const { file, args, options } = user.as(command);
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...options,
      cwd: '/',
      env: postgresEnvironment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint = (complaint + chunk).slice(-4000);
    });
    child.once('error', (cause) =>
      reject(
        new Unavailable(`PostgreSQL cannot be started${hint(options.uid)}: ${cause.message}`, { cause, retry: false }),
      ),
    );
    child.once('close', (code, signalName) => {
      if (code === 0) resolve();
      else
        reject(
          new Unavailable(
            `PostgreSQL could not make its data folder in ${folder}${hint(options.uid)}: ${complaint.trim() || `exit ${code ?? signalName}`}`,
            { retry: false },
          ),
        );
    });
  });
}

/** What a root user should know when something failed under the fallback of user.ts. */
export const hint = (uid: number | undefined): string =>
  uid === undefined
    ? ''
    : ` (it runs as user ${uid}, since it refuses to run as root; install setpriv of util-linux, use a data folder that every user may enter, or start Linnet as an ordinary user)`;

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
