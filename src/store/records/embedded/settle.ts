import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DataError, Unavailable } from '../../../base/index.ts';
import { stateOf } from '../postgres-errors.ts';
import { databaseUser } from './cluster.ts';
import { isThere, processesIn, signal } from './processes.ts';
import { removeSocket, removeSocketFolder, socketPort } from './socket.ts';

/** A live server holds this lock on a session for its lifetime: whoever finds it held leaves the folder alone. */
export const ownerLock = { classId: 0x6c696e, objectId: 0x6e6574 };

export const connectionTo = (socket: string): pg.ClientConfig => ({
  host: socket,
  port: socketPort,
  user: databaseUser,
  database: 'postgres',
  // Said here so that no PG* variable of the user's environment speaks for them.
  password: 'none',
  ssl: false,
  client_encoding: 'UTF8',
  options: '-c search_path=linnet',
  application_name: `linnet ${process.pid}`,
});

/** An orphan's watcher stops it within this time; a server that is just starting takes its lock. */
const orphanGraceMs = 600;
/** Processes without a postmaster end by themselves within this time. */
const stragglerGraceMs = 1500;
/** A fast shutdown ends within this time, or it is turned into an immediate one. */
const shutdownGraceMs = 5000;
const giveUpMs = 30_000;
const pollMs = 10;

/**
 * Returns once no PostgreSQL runs on the cluster any more: waits for one that is stopping, stops one whose Linnet died,
 * clears what dead ones left. Rejects with DataError when a live Linnet owns it.
 */
export async function settle(cluster: string, log: (text: string) => void): Promise<void> {
  const startMs = performance.now();
  let stopSentMs: number | undefined;
  for (;;) {
    const note = readNote(cluster);
    const live = processesIn(cluster);
    const elapsedMs = performance.now() - startMs;
    const answer = note === undefined ? 'nobody' : await ask(note.socket);
    const postmasterLives = note !== undefined && (live === undefined ? isThere(note.pid) : live.includes(note.pid));
    if (typeof answer === 'object') {
      if (answer.owner !== undefined) throw inUse(cluster, answer.owner);
      if (elapsedMs > orphanGraceMs && stopSentMs === undefined && postmasterLives) {
        log(`Stopping a PostgreSQL that outlived its Linnet (process ${note!.pid})`);
        signal(note!.pid, 'SIGINT');
        stopSentMs = elapsedMs;
      }
    } else if (answer === 'nobody' && !postmasterLives) {
      if (live === undefined || live.length === 0) {
        if (note !== undefined) clear(cluster, note, live !== undefined);
        return;
      }
      // The postmaster was killed. Its children notice and end; they may not meet a new postmaster's.
      if (elapsedMs > stragglerGraceMs) for (const pid of live) signal(pid, 'SIGKILL');
    }
    if (stopSentMs !== undefined && elapsedMs > stopSentMs + shutdownGraceMs && postmasterLives)
      signal(note!.pid, 'SIGQUIT');
    if (elapsedMs > giveUpMs)
      throw new Unavailable(
        `A PostgreSQL (process ${note?.pid ?? live?.[0]}) is busy in ${cluster} and neither answers nor ends`,
      );
    await sleep(pollMs);
  }
}

export function inUse(cluster: string, owner: string): DataError {
  const who = /^linnet (\d+)$/.exec(owner);
  return new DataError(
    `The data folder ${dirname(cluster)} is in use by another Linnet server${who ? ` (process ${who[1]})` : ''}: stop it first, or choose another folder`,
  );
}

interface PostmasterNote {
  pid: number;
  socket: string;
  ready: boolean;
}

/** postmaster.pid as PostgreSQL writes it; undefined when there is none or it is not written to its end yet. */
export function readNote(cluster: string): PostmasterNote | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  return Number.isSafeInteger(pid) && pid > 0
    ? { pid, socket: lines[4] || cluster, ready: lines[7]?.trim() === 'ready' }
    : undefined;
}

/** Who answers on the socket: nobody, a server that starts or stops, or one that says who owns it. */
async function ask(socket: string): Promise<'nobody' | 'busy' | { owner: string | undefined }> {
  const client = new pg.Client({ ...connectionTo(socket), connectionTimeoutMillis: 2000, query_timeout: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ owner: string }>(
      `select coalesce(application_name, '') as owner from pg_locks left join pg_stat_activity using (pid)
       where locktype = 'advisory' and granted and classid = $1 and objid = $2 and objsubid = 2`,
      [ownerLock.classId, ownerLock.objectId],
    );
    return { owner: rows[0]?.owner };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    return stateOf(cause) === undefined && (code === 'ENOENT' || code === 'ECONNREFUSED') ? 'nobody' : 'busy';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * PostgreSQL recognises its own stale files, but not when their process number is in use again or belongs to a zombie
 * (a container without an init keeps those). Where /proc has shown that nobody works here they are removed.
 */
function clear(cluster: string, note: PostmasterNote, certain: boolean): void {
  if (!certain) return;
  rmSync(join(cluster, 'postmaster.pid'), { force: true });
  removeSocket(note.socket);
  removeSocketFolder(note.socket);
}
