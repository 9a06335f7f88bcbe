import type { Records } from '../../store/index.ts';
import type { ServerConfig } from '../config.ts';
import { makeDataFolder, storeFolders } from './data-folder.ts';
import { dataVersion, readDataVersion, writeDataVersion } from './data-version.ts';

/** Records that are being opened, and the log that their warnings go to. */
export interface EarlyRecords {
  records: Promise<Records>;
  /** Sends warnings to this log; earlier ones come first. */
  logTo(log: (text: string) => void): void;
}

/**
 * Begins to open the records, which takes a thread of its own 50 ms: the modules of the server load meanwhile. The store
 * holds the folder's lock from then on, and a second server on the folder is refused. Throws DataError for a folder
 * that cannot be used.
 */
export async function openRecordsEarly(config: ServerConfig): Promise<EarlyRecords> {
  const { dataFolder, databaseUrl } = config;
  makeDataFolder(dataFolder);
  const said: string[] = [];
  let log = (text: string): void => void said.push(text);
  const version = readDataVersion(dataFolder);
  if (version === undefined) await writeDataVersion(dataFolder, dataVersion);
  else if (version < dataVersion) {
    const { upgrade } = await import('./upgrade.ts');
    await upgrade(config, version, { nowMs: Date.now(), say: (text) => log(text) });
  }
  const { openRecords } = await import('../../store/index.ts');
  const records = openRecords({ folder: storeFolders(dataFolder).records, databaseUrl, log: (text) => log(text) });
  // The code that awaits them gets a failure; until then nothing listens for it.
  records.catch(() => undefined);
  return {
    records,
    logTo(to) {
      log = to;
      for (const text of said.splice(0)) to(text);
    },
  };
}
