/** What it takes to train the model again: settings, the version of Linnet, and the files of rows. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ContainerPaths } from '../../contract/index.ts';
import type { Reproduction } from '../../reports/index.ts';
import { listChannelFiles } from '../channels/channel-files.ts';

const filesMax = 20;
/** Hashing more would be felt: the job has read the files for its own ends, and does not read them again for this. */
const hashedBytesMax = 4 * 1024 ** 2;

/** Of rows that came through a pipe there are no files. */
export async function reproductionOf(
  paths: ContainerPaths,
  channels: readonly string[],
  given: Pick<Reproduction, 'hyperparameters' | 'deterministic'>,
): Promise<Reproduction> {
  const listed = channels.map(async (channel) =>
    (await listChannelFiles(channel, paths.channel(channel))).map((file) => ({ channel, ...file })),
  );
  const files = (await Promise.all(listed)).flat();
  let left = hashedBytesMax;
  const inputs = files.slice(0, filesMax).map(({ channel, path, name, sizeBytes: bytes }) => {
    const file = name.slice(channel.length + 1);
    if (bytes > left) return { channel, file, bytes, sha256: null };
    left -= bytes;
    return { channel, file, bytes, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
  });
  return { ...given, linnet: packageVersion(), inputs, inputsLeftOut: files.length - inputs.length };
}

const packageVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version;
