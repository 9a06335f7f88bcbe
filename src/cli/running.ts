import { findServer, reachableNote, readConfig, type ServerNote, type ServerOptions } from '../server/index.ts';
import { notRunning } from './env.ts';

export interface Running {
  note: ServerNote;
  dataFolder: string;
}

/** The server that runs on the data folder. Throws DataError when none does. */
export async function findRunning(flags: Pick<ServerOptions, 'dataDir'>): Promise<Running> {
  const { dataFolder } = readConfig(flags, process.env);
  const note = await findServer(dataFolder);
  if (note === undefined) throw notRunning(dataFolder);
  return { note: await reachableNote(note), dataFolder };
}
