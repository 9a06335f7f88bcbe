import { mkdirSync, mkdtempSync, realpathSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, Unavailable } from '../base/index.ts';
import { socketFile, socketFolderPrefix } from './program-note.ts';

/** The folder in which the sockets of one server's programs lie, each in a folder of its own. */
export interface SocketHome {
  folder: string;
  /** A path for a socket in a new folder that only we may enter. Throws Unavailable. */
  newPath(): string;
  /** Removes the folder, when it is empty. */
  close(): void;
}

/** The address of a Unix socket holds 103 bytes on macOS and 107 on Linux. */
const socketPathBytesMax = 100;

/** Throws Unavailable where no folder can be made whose sockets have addresses. */
export function openSocketHome(parent: string): SocketHome {
  const places = [parent, '/tmp'].map((folder) => join(folder, socketFolderPrefix));
  const prefix = places.find(
    (place) => Buffer.byteLength(`${place}XXXXXX/${socketFolderPrefix}XXXXXX/${socketFile}`) < socketPathBytesMax,
  );
  if (prefix === undefined)
    throw new Unavailable(`The folder ${parent} has too long a path for a Unix socket`, { retry: false });
  const folder = realpathSync(newFolder(prefix));
  return {
    folder,
    newPath() {
      // Systems clear their folder for temporary files of what is old and empty.
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (statSync(folder).uid !== process.getuid?.())
        throw new Unavailable(`The folder ${folder} for programs' sockets has become another user's`, { retry: false });
      return join(newFolder(join(folder, socketFolderPrefix)), socketFile);
    },
    close() {
      try {
        rmdirSync(folder);
      } catch {
        // A program that did not end still has a socket there.
      }
    },
  };
}

function newFolder(prefix: string): string {
  try {
    return mkdtempSync(prefix);
  } catch (cause) {
    throw new Unavailable(`No folder for a program's socket can be made: ${messageOf(cause)}`, { cause });
  }
}
