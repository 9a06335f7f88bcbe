import { resolve } from 'node:path';
import { DataError } from '../../base/index.ts';
import { backUp, backUpToFile, readConfig, type ServerOptions, settings } from '../../server/index.ts';
import { keyLines, listed, sized } from './backup-words.ts';

type BackupFlags = Pick<ServerOptions, 'dataDir' | 'databaseUrl'> & { withImages?: boolean; json?: boolean };

/** `linnet backup`: writes everything that a data folder keeps to a file, or to standard output. */
export async function backup(flags: BackupFlags, target: string): Promise<void> {
  const config = readConfig(flags, process.env);
  const options = { withImages: flags.withImages === true, nowMs: Date.now() };
  const toPipe = target === '-';
  if (toPipe && process.stdout.isTTY)
    throw new DataError(
      'A backup is no text for a terminal: name a file, or pipe it on, as in linnet backup - | zstd > FILE',
      {
        source: settings,
      },
    );
  const file = toPipe ? 'standard output' : resolve(target);
  const { head, end } = await (toPipe ? backUp(config, process.stdout, options) : backUpToFile(file, config, options));
  const said = flags.json
    ? JSON.stringify({ file, ...end, images: head.images, withImages: head.hasImages, keyId: head.keyId })
    : `${config.dataFolder} was backed up to ${file} (${sized(end)})${
        head.hasImages || head.images.length === 0
          ? ''
          : `\nWithout the files of its images (${listed(head.images)}): --with-images takes them along`
      }${keyLines(head).map((line) => `\n${line}`)}`;
  (toPipe ? process.stderr : process.stdout).write(`${said}\n`);
}
