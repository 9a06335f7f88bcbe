import { existsSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError, messageOf, Unavailable } from '../../base/index.ts';
import { settings } from '../config.ts';
import { backUp } from './back-up.ts';

/**
 * Writes a backup to a file, which appears once it is whole and on disk. Throws DataError where something has the name
 * already, and as `backUp` does.
 */
export async function backUpToFile(
  file: string,
  ...[config, options]: [Parameters<typeof backUp>[0], Parameters<typeof backUp>[2]]
): ReturnType<typeof backUp> {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new DataError(`${file} is a folder: name a file in it, such as ${file}/linnet.backup`, { source: settings });
  if (existsSync(file)) throw new DataError(`${file} is there already: name a new file`, { source: settings });
  const unfinished = `${file}.unfinished`;
  const handle = await open(unfinished, 'w', 0o600).catch((cause: unknown) => {
    throw new Unavailable(`The backup cannot be written: ${messageOf(cause)}`, { cause });
  });
  try {
    // The stream syncs before it closes the file.
    const done = await backUp(config, handle.createWriteStream({ flush: true } as object), options);
    await rename(unfinished, file);
    const folder = await open(dirname(file), 'r');
    await folder.sync().finally(() => folder.close());
    return done;
  } catch (thrown) {
    await handle.close().catch(() => undefined);
    await rm(unfinished, { force: true });
    throw thrown;
  }
}
