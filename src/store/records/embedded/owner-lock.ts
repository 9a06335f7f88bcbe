import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DataError } from '../../../base/index.ts';

/** A live server holds this lock on a session for its lifetime: whoever finds it held leaves the folder alone. */
export const ownerLock = { classId: 0x6c696e, objectId: 0x6e6574 };

export function inUse(cluster: string, owner: string): DataError {
  const who = /^linnet (\d+)$/.exec(owner);
  return new DataError(
    `The data folder ${dirname(cluster)} is in use by another Linnet server${who ? ` (process ${who[1]})` : ''}: stop it first, or choose another folder`,
  );
}

/**
 * Takes the owner's lock and holds it on a session of its own, taking it again should the session break while PostgreSQL
 * lives. Resolves to its release.
 */
export async function holdOwnerLock(
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
