import { DataError } from '../../base/index.ts';
import { makeKeyFile, readConfig, rotateKey, type ServerOptions, settings } from '../../server/index.ts';
import { quoted } from '../environment.ts';

export type RotateFlags = Pick<ServerOptions, 'dataDir' | 'encryptionKeyFile'>;

/** `linnet key new`: writes a key to a new file. */
export async function newKey(target: string): Promise<void> {
  const { file, id } = await makeKeyFile(target);
  process.stdout.write(
    [
      `${file} has a new key, ${id}`,
      'Keep a copy of it elsewhere, apart from backups: without it nobody reads the data again',
      `Start with it: linnet up --encryption-key-file ${quoted(file)}`,
      '',
    ].join('\n'),
  );
}

/** `linnet key rotate`: has a data folder need another key. */
export async function rotate(flags: RotateFlags, target: string): Promise<void> {
  const { dataFolder, encryptionKeyFile } = readConfig(flags, process.env);
  if (encryptionKeyFile === undefined)
    throw new DataError('Name the file of the key that the data folder needs now with --encryption-key-file', {
      source: settings,
    });
  const { before, after } = await rotateKey(dataFolder, encryptionKeyFile, target);
  process.stdout.write(
    `The data folder ${dataFolder} needs the key ${after} from its next start on${
      before === after ? '' : `; backups from before need the key ${before}`
    }\n`,
  );
}
