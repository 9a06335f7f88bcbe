import { startEmbeddedPostgres } from './embedded/start.ts';
import { postgresRecords } from './postgres.ts';
import type { Records } from './records.ts';

/**
 * Opens the records of a server: in the PostgreSQL database of the URL if there is one, else in a PostgreSQL of our own on
 * the folder, which ends when the records are closed. Rejects with DataError (folder in use, see startEmbeddedPostgres)
 * or Unavailable.
 */
export async function openRecords({
  folder,
  databaseUrl,
  log = () => undefined,
}: {
  folder: string;
  databaseUrl?: string | undefined;
  log?: (text: string) => void;
}): Promise<Records> {
  if (databaseUrl !== undefined)
    return postgresRecords({ connection: { connectionString: databaseUrl, application_name: 'linnet' }, log });
  const postgres = await startEmbeddedPostgres(folder, { log });
  try {
    const records = await postgresRecords({ connection: postgres.connection, onlyClient: true, log });
    return {
      ...records,
      async close() {
        await records.close();
        await postgres.stop();
      },
    };
  } catch (cause) {
    await postgres.stop();
    throw cause;
  }
}
