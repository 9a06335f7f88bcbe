/** What it takes to train the model again: settings, the version of Linnet, and the files of rows. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerPaths } from '../../contract/index.ts';
import type { Reproduction } from '../../reports/index.ts';

const filesMax = 20;
/** Hashing more would be felt: the job has read the files for its own ends, and does not read them again for this. */
const hashedBytesMax = 4 * 1024 ** 2;

export function reproductionOf(
  paths: ContainerPaths,
  channels: readonly string[],
  given: Pick<Reproduction, 'hyperparameters' | 'deterministic'>,
): Reproduction {
  const files = channels.flatMap((channel) => filesIn(paths.channel(channel)).map((file) => ({ channel, file })));
  let left = hashedBytesMax;
  const inputs = files.slice(0, filesMax).map(({ channel, file }) => {
    const path = join(paths.channel(channel), file);
    const bytes = statSync(path).size;
    if (bytes > left) return { channel, file, bytes, sha256: null };
    left -= bytes;
    return { channel, file, bytes, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
  });
  return { ...given, linnet: packageVersion(), inputs, inputsLeftOut: files.length - inputs.length };
}

/** Of rows that came through a pipe there are none. */
const filesIn = (folder: string): string[] =>
  existsSync(folder) && statSync(folder).isDirectory()
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
        .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
        .sort()
    : [];

const packageVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version;
