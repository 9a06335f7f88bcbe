import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError, messageOf, Unavailable } from '../../../base/index.ts';
import { hint, postgresEnvironment } from './cluster.ts';
import { connectionTo } from './connection.ts';
import { holdOwnerLock } from './owner-lock.ts';
import { signal } from './processes.ts';
import { type PostmasterNote, readNote, settle } from './settle.ts';
import type { PostgresUser } from './user.ts';

/**
 * Ours is a small database beside a busy server: few connections, little memory, short recovery (at most about 64 MB of
 * log to replay), and no helper process that nothing here needs. fsync and synchronous_commit stay on.
 */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '20',
  shared_buffers: '32MB',
  max_wal_size: '64MB',
  min_wal_size: '32MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  io_method: 'sync',
  max_worker_processes: '0',
  max_parallel_workers: '0',
  max_logical_replication_workers: '0',
  jit: 'off',
  // An unmet expectation is an ERROR to PostgreSQL and daily business to us.
  log_min_messages: 'log',
  log_checkpoints: 'off',
  logging_collector: 'off',
};

/**
 * Starts PostgreSQL and stays until it ends, with a watcher beside it that holds the pipe of our standard input: when
 * this server dies, however, the pipe ends and the watcher shuts PostgreSQL down. The parent's signal is repeated since
 * it may come before PostgreSQL listens to it; in the sixth second shutdown becomes immediate.
 */
const supervisor = `
exec 3<&0
"$@" </dev/null 3<&- &
postgres=$!
(
  read -r line <&3
  for second in 1 2 3 4 5; do kill -INT $postgres || exit 0; sleep 1; done
  kill -QUIT $postgres
) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait $postgres
code=$?
kill $watcher 2>/dev/null
exit $code
`;

const startTimeoutMs = 60_000;
const pollMs = 5;
const stopGraceMs = 10_000;
export interface PostmasterOptions {
  program: string;
  user: PostgresUser;
  folder: string;
  cluster: string;
  /** The folder of the socket. */
  socket: string;
  log: (text: string) => void;
}

/** Starts PostgreSQL on the cluster, once nobody else is on it. Rejects with DataError or Unavailable. */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const { program, user, folder, cluster, socket, log } = options;
  for (let attempt = 1; ; attempt++) {
    await settle(cluster, socket, log);
    const stale = readNote(cluster);
    const all = { ...settings, unix_socket_directories: `"${socket.replaceAll('"', '""')}"` };
    const command = [
      program,
      '-D',
      cluster,
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
    const { file, args, options: as } = user.as(command);
    const child = spawn('/bin/sh', ['-c', supervisor, 'sh', file, ...args], {
      ...as,
      cwd: '/',
      env: postgresEnvironment,
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    });
    try {
      return await answering(child, options, stale, `${folder}${hint(as.uid)}`);
    } catch (cause) {
      // Another server's start, or a dead one's last process, came between: look again who that is.
      if (attempt === 3 || cause instanceof DataError || !/lock file|shared memory/.test(messageOf(cause))) throw cause;
    }
  }
}

/** A PostgreSQL that answers and whose owner's lock we hold. */
export interface Postmaster {
  pid: number;
  /** Settles when PostgreSQL has ended. */
  ended: Promise<void>;
  alive(): boolean;
  lastWords(): string;
  releaseLock(): Promise<void>;
}

/** Waits until PostgreSQL answers and takes the folder's lock. Rejects with what PostgreSQL said when it ends instead. */
async function answering(
  child: ChildProcess,
  { cluster, socket, log }: PostmasterOptions,
  stale: PostmasterNote | undefined,
  where: string,
): Promise<Postmaster> {
  let said = '';
  child.stderr!.on('data', (chunk) => {
    said = (said + chunk).slice(-4000);
  });
  child.stdin!.on('error', () => undefined);
  let exited = false;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (cause) => {
      said += cause.message;
      resolve();
    });
    child.once('close', () => resolve());
  }).then(() => {
    exited = true;
  });
  const lastWords = (): string =>
    said.trim().split('\n').slice(-3).join(' | ') || `exit ${child.exitCode ?? child.signalCode}`;
  const startMs = performance.now();
  let note = readNote(cluster);
  for (; !note?.ready || (note.pid === stale?.pid && note.startedAt === stale.startedAt); note = readNote(cluster)) {
    if (exited) throw new Unavailable(`PostgreSQL did not start in ${where}: ${lastWords()}`, { retry: false });
    if (performance.now() - startMs > startTimeoutMs) {
      child.stdin!.destroy();
      throw new Unavailable(`PostgreSQL did not start in ${where} within ${startTimeoutMs / 1000} s: ${lastWords()}`);
    }
    await sleep(pollMs);
  }
  const lock = await holdOwnerLock(cluster, connectionTo(socket), () => !exited, log).catch((cause) => {
    // The pipe's end makes the watcher stop what was started.
    child.stdin!.destroy();
    throw cause;
  });
  return { pid: note.pid, ended, alive: () => !exited, lastWords, releaseLock: lock };
}

/** Ends PostgreSQL in order, and hard when that takes too long. */
export async function endPostmaster(postmaster: Postmaster): Promise<void> {
  await postmaster.releaseLock();
  // Its number may be a stranger's by now.
  if (!postmaster.alive()) return;
  signal(postmaster.pid, 'SIGINT');
  for (const harder of ['SIGQUIT', 'SIGKILL'] as const) {
    const timer = new AbortController();
    const late = await Promise.race([
      postmaster.ended.then(() => false),
      sleep(stopGraceMs, true, { signal: timer.signal, ref: false }).catch(() => false),
    ]);
    timer.abort();
    if (!late) return;
    signal(postmaster.pid, harder);
  }
  await postmaster.ended;
}
