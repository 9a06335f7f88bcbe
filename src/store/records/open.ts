import { messageOf, Unavailable } from '../../base/index.ts';
import { answerWaitMs, guardedRecords } from './guarded.ts';
import type { Records } from './records.ts';
import { sqliteRecords } from './sqlite/sqlite.ts';

export interface OpenRecords {
  folder: string;
  databaseUrl?: string | undefined;
  log?: (text: string) => void;
  /** How long a call may wait for its answer, the opening of a PostgreSQL database included. */
  waitMs?: number;
}

/**
 * Opens the records of a server: in the PostgreSQL database of the URL if there is one, else in a SQLite database in the
 * folder. Rejects with DataError (folder in use, database damaged) or Unavailable; so do calls that get no answer in time.
 */
export async function openRecords({
  folder,
  databaseUrl,
  log = () => undefined,
  waitMs = answerWaitMs,
}: OpenRecords): Promise<Records> {
  const records =
    databaseUrl === undefined ? await sqliteRecords(folder, log) : await inDatabase(databaseUrl, log, waitMs);
  return guardedRecords(records, log, waitMs);
}

async function inDatabase(databaseUrl: string, log: (text: string) => void, waitMs: number): Promise<Records> {
  // Loaded here, so that a start with SQLite does not wait for PostgreSQL's client.
  const { postgresRecords } = await import('./postgres.ts');
  try {
    const connection = {
      connectionString: databaseUrl,
      application_name: 'linnet',
      connectionTimeoutMillis: Math.min(waitMs, connectWaitMs),
      query_timeout: waitMs,
    };
    return await postgresRecords({ connection, log });
  } catch (cause) {
    if (!(cause instanceof Unavailable)) throw cause;
    throw new Unavailable(`The database ${withoutPassword(databaseUrl)} cannot be used: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** How long a connection to PostgreSQL may take. */
const connectWaitMs = 10_000;

/** A database's URL as it may be shown. */
const withoutPassword = (url: string): string => url.replace(/(:\/\/[^/:@]*):.*@/, '$1@').replace(/\?.*/s, '');
