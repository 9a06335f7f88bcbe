import { resolve } from 'node:path';
import { backUp, readConfig, type ServerOptions } from '../server/index.ts';

/** `linnet backup`: copies what a data folder keeps into another. */
export async function backup(
  flags: Pick<ServerOptions, 'dataDir' | 'databaseUrl'> & { json?: boolean },
  target: string,
): Promise<void> {
  const config = readConfig(flags, process.env);
  const objectFiles = await backUp(config, target);
  const folder = resolve(target);
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ folder, objectFiles })}\n`
      : `${config.dataFolder} was copied to ${folder} (${objectFiles} files of objects)\n`,
  );
}
