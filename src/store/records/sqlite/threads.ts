import type { OpenOptions } from './database.ts';
import { databaseFile } from './folder.ts';
import { isRead } from './messages.ts';
import { type DatabaseThread, openThread } from './thread.ts';

/**
 * Opens the database on a thread, and for reads on a second one as soon as a read would wait for a write: a commit takes
 * as long as a sync of the disk. Rejects with DataError or Unavailable.
 */
export async function openThreads(
  options: OpenOptions,
  log: (text: string) => void,
): Promise<Pick<DatabaseThread, 'call' | 'close'>> {
  const main = await openThread(options, log);
  let writesUnderWay = 0;
  let opening: Promise<void> | undefined;
  let reader: DatabaseThread | undefined;
  const open = async (): Promise<void> => {
    // Without it, reads wait as the first ones do.
    reader = await openThread({ readFile: databaseFile(options.folder) }, log).catch(() => undefined);
  };
  const readingThread = (): DatabaseThread => {
    if (writesUnderWay > 0) opening ??= open();
    return reader === undefined || main.refusal() !== undefined ? main : reader;
  };
  return {
    async call(call) {
      if (isRead(call)) return readingThread().call(call);
      writesUnderWay++;
      try {
        return await main.call(call);
      } finally {
        writesUnderWay--;
      }
    },
    async close() {
      await opening;
      await reader?.close();
      await main.close();
    },
  };
}
