import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lockStore } from '../../store/index.ts';
import { backUpToFile } from '../backup/back-up-file.ts';
import type { ServerConfig } from '../config.ts';
import { storeFolders } from './data-folder.ts';
import { upgrades as allUpgrades, type Upgrade, writeDataVersion } from './data-version.ts';

/**
 * Brings a data folder of an earlier version up to this program's, after a backup into `backups/` of the folder. Each step
 * is on disk before the next begins, so that an interrupted upgrade goes on at the next start. Throws DataError or Unavailable.
 */
export async function upgrade(
  { dataFolder, databaseUrl }: Pick<ServerConfig, 'dataFolder' | 'databaseUrl'>,
  version: number,
  { nowMs, say, upgrades = allUpgrades }: { nowMs: number; say(text: string): void; upgrades?: readonly Upgrade[] },
): Promise<void> {
  const release = lockStore(storeFolders(dataFolder));
  try {
    const folder = join(dataFolder, 'backups');
    const backup = join(folder, `before-version-${upgrades.at(-1)?.to}.linnet`);
    // One that an interrupted upgrade left is of before its first step.
    if (databaseUrl === undefined && !existsSync(backup)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      await backUpToFile(backup, { dataFolder, databaseUrl }, { nowMs });
    }
    for (const { to, what, change } of upgrades.filter(({ to }) => to > version)) {
      await change(dataFolder);
      await writeDataVersion(dataFolder, to);
      say(`The data folder was upgraded to version ${to}: ${what}`);
    }
    if (databaseUrl === undefined) say(`The data folder as it was before is in ${backup}`);
  } finally {
    release();
  }
}
