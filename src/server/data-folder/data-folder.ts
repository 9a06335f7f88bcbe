import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { DataError, messageOf } from '../../base/index.ts';

/** The note that a running server writes so that `linnet env` and `linnet run` find it. */
export interface ServerNote {
  address: string;
  /** The same by the name that clients reach the server by, when the operator gave one. */
  namedAddress?: string;
  region: string;
  account: string;
  accessKeyId: string;
  secretAccessKey: string;
  pid: number;
  /** A self-signed certificate that clients must be configured to trust. */
  certificateFile?: string;
}

/** Creates the data folder, private to its owner. Throws DataError when it cannot be. */
export function makeDataFolder(folder: string): void {
  try {
    makeFolder(folder);
    if (!statSync(folder).isDirectory()) throw new Error('it is a file, and must be a folder');
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new DataError(`The data folder ${folder} cannot be used: ${messageOf(cause)}`);
  }
}

/** As mkdir -p. Node's own recursive mkdir never returns below a file system that refuses with ENOENT, such as /proc. */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    // Somebody else made it in between.
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
  syncFolder(dirname(folder));
}

/** A new folder's name is on disk once the folder above is. A folder that may not be read is synced by the system in its own time. */
function syncFolder(folder: string): void {
  let handle: number;
  try {
    handle = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Where the store lies in a data folder. */
export const storeFolders = (folder: string) => ({
  records: join(folder, 'records'),
  objects: join(folder, 'objects'),
});

/** The settings of the last start, for whoever restores a backup; secrets are not among them. */
export const settingsFile = (folder: string): string => join(folder, 'settings.json');

/** Keeps the settings of this start where they are other ones than before. */
export async function keepSettings(folder: string, given: Readonly<Record<string, string | boolean>>): Promise<void> {
  const before = readJson<object>(settingsFile(folder)) ?? {};
  if (JSON.stringify(before) !== JSON.stringify(given)) await writeDurably(settingsFile(folder), JSON.stringify(given));
}

const noteFile = (folder: string): string => join(folder, 'server.json');

export const writeServerNote = (folder: string, note: ServerNote): Promise<void> =>
  writeDurably(noteFile(folder), JSON.stringify(note));

export function removeServerNote(folder: string): void {
  if (readJson<ServerNote>(noteFile(folder))?.pid === process.pid) rmSync(noteFile(folder), { force: true });
}

/**
 * The note of the server that runs on this folder; undefined when none does. A killed server leaves its note behind,
 * and its process id may be another program's by now (in a container it nearly always is): so its port must answer.
 */
export async function findServer(folder: string): Promise<ServerNote | undefined> {
  const note = readJson<ServerNote>(noteFile(folder));
  return note !== undefined && runs(note.pid) && (await accepts(new URL(note.address))) ? note : undefined;
}

/**
 * The note with the address that clients on this machine are pointed at: the operator's name where that leads to a
 * listener, since certificates hold for names; else the IP address.
 */
export async function reachableNote(note: ServerNote): Promise<ServerNote> {
  const { namedAddress } = note;
  return namedAddress !== undefined && (await accepts(new URL(namedAddress)))
    ? { ...note, address: namedAddress }
    : note;
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether something listens there. */
export function accepts(address: URL): Promise<boolean> {
  const { hostname, port, protocol } = address;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) });
    const answer = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(connectTimeoutMs, () => answer(false));
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}

const connectTimeoutMs = 2_000;

/** Writes a private file so that after a crash it is there whole or not at all. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(`${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** What a file of JSON says; undefined when there is none. Throws DataError. */
export function readJson<Value>(file: string): Value | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DataError(`${file} cannot be read: ${messageOf(cause)}`, { source: file });
  }
  try {
    return JSON.parse(text) as Value;
  } catch {
    throw new DataError(`${file} is not JSON: it was changed by something other than Linnet`, { source: file });
  }
}
