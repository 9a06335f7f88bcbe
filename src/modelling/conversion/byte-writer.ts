import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Cell } from '../../tables/index.ts';

/** Takes rows of cells, in the order of the table's columns. */
export interface RowWriter {
  add(rows: readonly (readonly Cell[])[]): Promise<void>;
  end(): Promise<void>;
  /** Writes no more; the file is left as it is. */
  abandon(): void;
}

export interface ByteWriter {
  write(bytes: string | Uint8Array): Promise<void>;
  end(): Promise<void>;
  abandon(): void;
}

/** Writes a file, through gzip where its name ends in `.gz`; `-` is standard output. */
export function byteWriter(file: string): ByteWriter {
  const target: Writable = file === '-' ? process.stdout : createWriteStream(file);
  const zipped = file.endsWith('.gz') ? createGzip() : undefined;
  zipped?.pipe(target);
  const stream: Writable = zipped ?? target;
  let failure: Error | undefined;
  const failed = new Promise<never>((_, reject) => {
    for (const each of [stream, target]) each.once('error', reject);
  });
  failed.catch((error: Error) => {
    failure = error;
  });
  return {
    async write(bytes) {
      if (failure !== undefined) throw failure;
      if (!stream.write(bytes)) await Promise.race([once(stream, 'drain'), failed]);
    },
    async end() {
      if (stream === process.stdout) return;
      stream.end();
      await Promise.race([finished(target), failed]);
    },
    abandon() {
      if (target !== process.stdout) target.destroy();
    },
  };
}
