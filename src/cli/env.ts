import { resolve } from 'node:path';
import { DataError } from '../base/index.ts';
import { findServer, reachableNote, readConfig, type ServerNote, type ServerOptions } from '../server/index.ts';
import { clientEnvironment, shellExports } from './environment.ts';
import { typed } from './terminal/command-line.ts';

/** `linnet env`: prints the variables that point a shell at the running server. */
export async function env(flags: Pick<ServerOptions, 'dataDir'> & { json?: boolean }): Promise<void> {
  const { dataFolder } = readConfig(flags, process.env);
  const note = await findServer(dataFolder);
  if (note === undefined) throw notRunning(dataFolder);
  const variables = clientEnvironment(await reachableNote(note), dataFolder, process.env);
  process.stdout.write(`${flags.json ? JSON.stringify(variables) : shellExports(variables)}\n`);
}

export const notRunning = (dataFolder: string): DataError =>
  new DataError(
    `No Linnet runs on the data folder ${resolve(dataFolder)}; start one with: ${typed('up', dataFolder, process.env)}`,
  );

export type { ServerNote };
