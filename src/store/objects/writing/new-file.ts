import { type FileHandle, open } from 'node:fs/promises';
import { chunkSealer } from '../sealing/chunks.ts';
import type { Envelope } from '../sealing/seal.ts';

/** The file is never changed afterwards: others may be given it by name (see place in objects.ts). */
const fileMode = 0o400;

/** A file that is being made. */
export interface NewFile {
  /** Appends pieces behind those that were given before. */
  write(pieces: readonly Uint8Array[]): Promise<void>;
  /** What was written so far is on disk when it resolves; what seals bytes keeps some of them back. */
  sync(): Promise<void>;
  /** Nothing more is written: everything is on disk when it resolves. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** With an envelope the bytes are sealed with its key. Rejects when the name is taken. */
export async function newFile(path: string, envelope?: Envelope): Promise<NewFile> {
  const file = await open(path, 'wx', fileMode);
  const sync = (): Promise<void> => file.datasync();
  const close = (): Promise<void> => file.close();
  if (envelope === undefined) return { write: (pieces) => writeWhole(file, pieces), sync, finish: sync, close };
  const sealer = chunkSealer(envelope.key);
  let before: readonly Uint8Array[] = [envelope.bytes];
  const append = async (sealed: readonly Uint8Array[]): Promise<void> => {
    const pieces = [...before, ...sealed];
    before = [];
    if (pieces.length > 0) await writeWhole(file, pieces);
  };
  return {
    write: (pieces) => append(sealer.take(pieces)),
    sync,
    async finish() {
      await append(sealer.end());
      await sync();
    },
    close,
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
