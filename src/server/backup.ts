import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { DataError } from '../base/index.ts';
import { backUpStore } from '../store/index.ts';
import { type ServerConfig, settings } from './config.ts';
import { copyCredentials, makeDataFolder, storeFolders } from './data-folder.ts';

/**
 * Copies a data folder while its server may go on. Returns how many files of objects the copy has. Throws DataError when
 * the target is not empty or the records are not in the data folder.
 */
export async function backUp(
  { dataFolder, databaseUrl }: Pick<ServerConfig, 'dataFolder' | 'databaseUrl'>,
  givenTarget: string,
): Promise<number> {
  if (databaseUrl !== undefined)
    throw new DataError(
      'The records are in the database of --database-url: copy it with pg_dump while the service is stopped, and the data folder with it',
      { source: settings },
    );
  const target = resolve(givenTarget);
  makeDataFolder(target);
  if (readdirSync(target).length > 0)
    throw new DataError(`The folder ${target} is not empty: name a new one`, { source: settings });
  const count = await backUpStore(storeFolders(dataFolder), storeFolders(target));
  await copyCredentials(dataFolder, target);
  return count;
}
