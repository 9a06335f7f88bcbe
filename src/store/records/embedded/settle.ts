import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Unavailable } from '../../../base/index.ts';
import { stateOf } from '../postgres-errors.ts';
import { connectionTo } from './connection.ts';
import { inUse, ownerLock } from './owner-lock.ts';
import { isThere, processesIn, signal } from './processes.ts';
import { removeSocket, removeSocketFolder } from './socket.ts';

/** An orphan's watcher stops it within this time; a server that is just starting takes its lock. */
const orphanGraceMs = 600;
/** Processes without a postmaster end by themselves within this time. */
const stragglerGraceMs = 300;
/** A fast shutdown ends within this time, or it is turned into an immediate one. */
const shutdownGraceMs = 5000;
const giveUpMs = 30_000;
const pollMs = 10;

/**
 * Returns once no PostgreSQL runs on the cluster any more: waits for one that is stopping, stops one whose Linnet died,
 * clears what dead ones left, all but the folder of the socket to be kept. Rejects with DataError when a live Linnet
 * owns it.
 */
export async function settle(
  cluster: string,
  keptSocket: string | undefined,
  log: (text: string) => void,
): Promise<void> {
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
        // Without /proc nobody can be sure, and PostgreSQL has to judge the files itself.
        if (note !== undefined && live !== undefined) clear(cluster, note, keptSocket);
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

export interface PostmasterNote {
  pid: number;
  /** Seconds of the clock. */
  startedAt: string;
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
    ? { pid, startedAt: lines[2] ?? '', socket: lines[4] || cluster, ready: lines[7]?.trim() === 'ready' }
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
 * (a container without an init keeps those).
 */
function clear(cluster: string, note: PostmasterNote, keptSocket: string | undefined): void {
  rmSync(join(cluster, 'postmaster.pid'), { force: true });
  removeSocket(note.socket);
  if (note.socket !== keptSocket) removeSocketFolder(note.socket);
}
