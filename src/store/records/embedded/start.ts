import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DataError, messageOf, Unavailable } from '../../../base/index.ts';
import { postgresBinaries } from './binaries.ts';
import { clusterFolder, ensureCluster, hint, makeFolder, postgresEnvironment, removeUnfinished } from './cluster.ts';
import { signal } from './processes.ts';
import { connectionTo, inUse, ownerLock, readNote, settle } from './settle.ts';
import { removeSocketFolder, socketFolder } from './socket.ts';
import { postgresUser } from './user.ts';

export interface EmbeddedPostgres {
  /** Where it answers, in pg's words; it stays the same when PostgreSQL has to be started again. */
  connection: pg.ClientConfig;
  /** The process number of the postmaster. */
  readonly pid: number;
  /** Ends PostgreSQL in order. Idempotent. */
  stop(): Promise<void>;
}

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
/** A PostgreSQL that ends by itself (killed for memory, say) is started again, this often within the time. */
const restartsMax = 5;
const restartWindowMs = 60_000;

/**
 * Starts a PostgreSQL of our own on a folder, making its data at the first start. Only one Linnet uses a folder: rejects
 * with DataError naming it when another does, or when this machine cannot run PostgreSQL; else with Unavailable.
 */
export async function startEmbeddedPostgres(
  givenFolder: string,
  { log }: { log: (text: string) => void },
): Promise<EmbeddedPostgres> {
  const binaries = postgresBinaries();
  const folder = makeFolder(givenFolder);
  const cluster = clusterFolder(folder);
  const user = postgresUser(cluster);
  await settle(cluster, log);
  await ensureCluster(folder, binaries, user);
  const socket = socketFolder(cluster, user);
  const connection = connectionTo(socket);
  const restartTimes: number[] = [];
  let stopping: Promise<void> | undefined;
  let running: Running;

  const bringUp = async (): Promise<Running> => {
    for (let attempt = 1; ; attempt++) {
      await settle(cluster, log);
      const args = Object.entries({
        ...settings,
        unix_socket_directories: `"${socket.replaceAll('"', '""')}"`,
      }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      const { file, args: rest, options } = user.as([binaries.postgres, '-D', cluster, ...args]);
      const child = spawn('/bin/sh', ['-c', supervisor, 'sh', file, ...rest], {
        ...options,
        cwd: '/',
        env: postgresEnvironment,
        stdio: ['pipe', 'ignore', 'pipe'],
        detached: true,
      });
      try {
        return await answering(child, cluster, connection, `${folder}${hint(options.uid)}`, log);
      } catch (cause) {
        if (attempt === 3 || cause instanceof DataError || !/lock file|shared memory/.test(messageOf(cause)))
          throw cause;
      }
    }
  };

  const keepUp = (): void => {
    void running.ended.then(async () => {
      if (stopping) return;
      const now = performance.now();
      restartTimes.push(now);
      if (restartTimes.filter((time) => now - time < restartWindowMs).length > restartsMax) {
        log(`PostgreSQL ended ${restartsMax + 1} times within a minute and is left stopped: ${running.lastWords()}`);
        return;
      }
      log(`PostgreSQL ended by itself and is started again: ${running.lastWords()}`);
      try {
        running = await bringUp();
        keepUp();
        if (stopping) await end(running);
      } catch (cause) {
        log(`PostgreSQL could not be started again: ${messageOf(cause)}`);
      }
    });
  };

  try {
    running = await bringUp();
  } catch (cause) {
    removeSocketFolder(socket);
    throw cause;
  }
  keepUp();
  await removeUnfinished(folder);
  return {
    connection,
    get pid() {
      return running.pid;
    },
    stop() {
      stopping ??= end(running).then(() => removeSocketFolder(socket));
      return stopping;
    },
  };
}

interface Running {
  pid: number;
  /** Settles when PostgreSQL has ended. */
  ended: Promise<void>;
  lastWords(): string;
  releaseLock(): Promise<void>;
}

/** Waits until PostgreSQL answers and takes the folder's lock. Rejects with what PostgreSQL said when it ends instead. */
async function answering(
  child: ChildProcess,
  cluster: string,
  connection: pg.ClientConfig,
  where: string,
  log: (text: string) => void,
): Promise<Running> {
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
  while (!(readNote(cluster)?.ready ?? false)) {
    if (exited) throw new Unavailable(`PostgreSQL did not start in ${where}: ${lastWords()}`, { retry: false });
    if (performance.now() - startMs > startTimeoutMs) {
      child.stdin!.destroy();
      throw new Unavailable(`PostgreSQL did not start in ${where} within ${startTimeoutMs / 1000} s: ${lastWords()}`);
    }
    await sleep(pollMs);
  }
  const { pid } = readNote(cluster)!;
  const lock = await holdLock(cluster, connection, () => !exited, log).catch((cause) => {
    // The pipe's end makes the watcher stop what was started.
    child.stdin!.destroy();
    throw cause;
  });
  return { pid, ended, lastWords, releaseLock: lock };
}

/**
 * Takes the owner's lock and holds it on a session of its own, taking it again should the session break while PostgreSQL
 * lives. Resolves to its release.
 */
async function holdLock(
  cluster: string,
  connection: pg.ClientConfig,
  alive: () => boolean,
  log: (text: string) => void,
): Promise<() => Promise<void>> {
  let released = false;
  let session: pg.Client;
  const take = async (): Promise<void> => {
    session = new pg.Client({ ...connection, keepAlive: true });
    const mine = session;
    mine.on('error', () => undefined);
    await mine.connect();
    const { rows } = await mine.query<{ taken: boolean }>('select pg_try_advisory_lock($1, $2) as taken', [
      ownerLock.classId,
      ownerLock.objectId,
    ]);
    if (!rows[0]!.taken) {
      await mine.end();
      throw inUse(cluster, '');
    }
    mine.once('end', () => {
      if (!released && mine === session) void retake();
    });
  };
  const retake = async (): Promise<void> => {
    // PostgreSQL breaks every session when one of its processes crashes, and is back soon after.
    for (let attempt = 0; alive() && !released && attempt < 50; attempt++) {
      await sleep(100);
      try {
        return await take();
      } catch (cause) {
        if (cause instanceof DataError) return log(`The data folder's lock was lost: ${cause.message}`);
      }
    }
  };
  await take();
  return async () => {
    released = true;
    await session.end().catch(() => undefined);
  };
}

async function end(running: Running): Promise<void> {
  await running.releaseLock();
  signal(running.pid, 'SIGINT');
  for (const harder of ['SIGQUIT', 'SIGKILL'] as const) {
    const timer = new AbortController();
    const late = await Promise.race([
      running.ended.then(() => false),
      sleep(stopGraceMs, true, { signal: timer.signal, ref: false }).catch(() => false),
    ]);
    timer.abort();
    if (!late) return;
    signal(running.pid, harder);
  }
  await running.ended;
}
