import { type FileHandle, open } from 'node:fs/promises';

/** Syncs of folders. */
export interface FolderSyncs {
  /** A name made before this call is on disk once it resolves. Calls that come while a sync is under way share the next one. */
  sync(folder: string): Promise<void>;
  /** Releases a folder that will not be synced again. */
  release(folder: string): void;
  close(): Promise<void>;
}

interface Syncing {
  handle: Promise<FileHandle>;
  now: Promise<void> | undefined;
  next: Promise<void> | undefined;
}

/** Keeps the folders open that are synced again and again. */
export function folderSyncs(): FolderSyncs {
  const folders = new Map<string, Syncing>();
  const begin = (syncing: Syncing): Promise<void> => {
    const now = syncing.handle.then((handle) => handle.sync());
    syncing.now = now;
    syncing.next = undefined;
    const ended = (): void => {
      if (syncing.now === now) syncing.now = undefined;
    };
    now.then(ended, ended);
    return now;
  };
  const letGo = async (folder: string): Promise<void> => {
    const syncing = folders.get(folder);
    folders.delete(folder);
    await (syncing?.next ?? syncing?.now)?.catch(() => undefined);
    await syncing?.handle.then((handle) => handle.close()).catch(() => undefined);
  };
  return {
    sync(folder) {
      let syncing = folders.get(folder);
      if (syncing === undefined) {
        syncing = { handle: open(folder, 'r'), now: undefined, next: undefined };
        folders.set(folder, syncing);
        // A folder that could not be opened is tried again by the next one.
        syncing.handle.catch(() => folders.delete(folder));
      }
      const mine = syncing;
      if (mine.now === undefined) return begin(mine);
      mine.next ??= mine.now.then(
        () => begin(mine),
        () => begin(mine),
      );
      return mine.next;
    },
    release: (folder) => void letGo(folder),
    async close() {
      await Promise.all([...folders.keys()].map(letGo));
    },
  };
}

/** Syncs a folder once. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
