import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { messageOf } from '../../../base/index.ts';
import { postgresBinaries } from './binaries.ts';
import { clusterFolder, ensureCluster, makeFolder, removeUnfinished } from './cluster.ts';
import { connectionTo } from './connection.ts';
import { endPostmaster, type Postmaster, startPostmaster } from './postmaster.ts';
import { settle } from './settle.ts';
import { removeSocketFolder, socketFolder } from './socket.ts';
import { postgresUser } from './user.ts';

export interface EmbeddedPostgres {
  /** Where it answers, in pg's words; it stays the same when PostgreSQL has to be started again. */
  connection: pg.ClientConfig;
  /** Ends PostgreSQL in order. Idempotent. */
  stop(): Promise<void>;
}

/** A PostgreSQL that ended by itself (killed for memory, say) is started again; from the second time on after a wait. */
const restartDelaysMs = [0, 100, 1000, 5000, 30_000];
/** One that has held this long counts as sound. */
const soundMs = 60_000;

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
  await settle(cluster, undefined, log);
  await ensureCluster(folder, binaries, user);
  const socket = socketFolder(cluster, user);
  const start = (): Promise<Postmaster> =>
    startPostmaster({ program: binaries.postgres, user, folder, cluster, socket, log });
  let postmaster: Postmaster;
  try {
    postmaster = await start();
  } catch (cause) {
    removeSocketFolder(socket);
    throw cause;
  }
  await removeUnfinished(folder);

  const stopping = new AbortController();
  const stopAsked = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve());
  });
  const keepUp = async (): Promise<void> => {
    for (let failures = 0; ; ) {
      const startedMs = performance.now();
      await Promise.race([postmaster.ended, stopAsked]);
      if (stopping.signal.aborted) return endPostmaster(postmaster);
      if (performance.now() - startedMs > soundMs) failures = 0;
      log(`PostgreSQL ended by itself and is started again: ${postmaster.lastWords()}`);
      for (let again: Postmaster | undefined; again === undefined; failures++) {
        await sleep(restartDelaysMs[Math.min(failures, restartDelaysMs.length - 1)], undefined, {
          signal: stopping.signal,
        }).catch(() => undefined);
        if (stopping.signal.aborted) return;
        again = await start().catch((cause): undefined => {
          log(`PostgreSQL could not be started again: ${messageOf(cause)}`);
          return undefined;
        });
        if (again !== undefined) postmaster = again;
      }
    }
  };
  const kept = keepUp();
  let stopped: Promise<void> | undefined;
  return {
    connection: connectionTo(socket),
    stop() {
      stopping.abort();
      stopped ??= kept.then(() => removeSocketFolder(socket));
      return stopped;
    },
  };
}
