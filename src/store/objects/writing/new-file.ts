import { type FileHandle, open } from 'node:fs/promises';

/** The file is never changed afterwards: others may be given it by name (see place in objects.ts). */
const fileMode = 0o400;

/** A file that is being made. */
export interface NewFile {
  /** Appends pieces behind those that were given before. */
  write(pieces: readonly Uint8Array[]): Promise<void>;
  /** Everything is on disk when it resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Rejects when the name is taken. */
export async function newFile(path: string): Promise<NewFile> {
  const file = await open(path, 'wx', fileMode);
  return {
    write: (pieces) => writeWhole(file, pieces),
    sync: () => file.datasync(),
    close: () => file.close(),
  };
}

async function writeWhole(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  let { bytesWritten } = await file.writev(pieces);
  // The system may write only a part.
  for (const piece of pieces) {
    for (let at = Math.min(piece.length, bytesWritten); at < piece.length; )
      at += (await file.write(piece, at)).bytesWritten;
    bytesWritten = Math.max(0, bytesWritten - piece.length);
  }
}
