import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Header, type Pack, pack } from 'tar-stream';
import { DataError, messageOf, Unavailable } from '../../base/index.ts';
import {
  type BackupEnd,
  type BackupHead,
  type EntryKind,
  endName,
  headName,
  sumLine,
  sumsEntriesMax,
  sumsName,
} from './format.ts';

/** Something to be backed up. */
export interface Entry {
  path: string;
  /** Where the file's bytes are, the target of a link, or nothing for an empty folder. */
  file?: string;
  target?: string;
  /** The object that the file is a part of, for messages. */
  object?: string;
  /** Of files of images, whose programs may run as another user. */
  mode?: number;
}

const blockBytes = 256 * 1024;

/**
 * Writes a backup to a stream, which it ends. Holds one block and the sums of a thousand entries in memory. Throws
 * Unavailable when a file cannot be read or the stream not be written to.
 */
export async function writeArchive(out: Writable, head: BackupHead, entries: Iterable<Entry>): Promise<BackupEnd> {
  const tar = pack();
  const sent = pipeline(tar, out);
  // It is awaited below; an entry that fails meanwhile says why.
  sent.catch(() => undefined);
  try {
    const end = await fill(tar, head, entries);
    await sent;
    return end;
  } catch (thrown) {
    tar.destroy(thrown as Error);
    // What failed first is the stream's fault if it is both.
    await sent.catch((cause: NodeJS.ErrnoException) => {
      if (cause !== thrown && cause.code !== undefined) throw asUnavailable(cause);
    });
    throw asUnavailable(thrown);
  }
}

async function fill(tar: Pack, head: BackupHead, entries: Iterable<Entry>): Promise<BackupEnd> {
  const mtime = new Date(head.madeAt);
  const whole = createHash('sha256');
  const end = { entries: 0, sizeBytes: 0 };
  let sums: string[] = [];
  let lists = 0;
  const add = (header: Partial<Header> & { name: string }, body: string | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const done = (cause?: Error | null): void => (cause ? reject(cause) : resolve());
      const full = { mode: 0o600, mtime, ...header };
      if (body === undefined) tar.entry(full, done);
      else tar.entry(full, body, done);
    });
  const closeList = async (): Promise<void> => {
    const text = sums.join('');
    sums = [];
    whole.update(text);
    await add({ name: sumsName(++lists) }, text);
  };
  const sum = async (kind: EntryKind, sha256: string, path: string, sizeBytes: number): Promise<void> => {
    end.entries++;
    end.sizeBytes += sizeBytes;
    if (sums.push(sumLine(kind, sha256, path)) === sumsEntriesMax) await closeList();
  };
  const text = `${JSON.stringify(head)}\n`;
  await add({ name: headName }, text);
  await sum('file', hashOf(text), headName, Buffer.byteLength(text));
  for (const entry of entries) {
    const { path, file, target } = entry;
    if (file !== undefined) {
      const { sha256, sizeBytes } = await addFile(tar, { mtime, ...entry, file });
      await sum('file', sha256, path, sizeBytes);
    } else if (target !== undefined) {
      await add({ name: path, type: 'symlink', linkname: target }, undefined);
      await sum('link', hashOf(target), path, 0);
    } else {
      await add({ name: path, type: 'directory' }, undefined);
      await sum('folder', hashOf(''), path, 0);
    }
  }
  if (sums.length > 0) await closeList();
  const all = { ...end, sha256: whole.digest('hex') };
  await add({ name: endName }, `${JSON.stringify(all)}\n`);
  tar.finalize();
  return all;
}

/** Adds a file by its bytes, and says what they are. */
async function addFile(
  tar: Pack,
  { path, file, object, mode = 0o600, mtime }: Entry & { file: string; mtime: Date },
): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  try {
    const { size } = await stat(file);
    const entry = tar.entry({ name: path, mode, size, mtime });
    await pipeline(
      // The audit log may grow meanwhile.
      size === 0 ? Readable.from([]) : createReadStream(file, { highWaterMark: blockBytes, end: size - 1 }),
      async function* (blocks: AsyncIterable<Buffer>) {
        for await (const block of blocks) {
          hash.update(block);
          yield block;
        }
      },
      entry,
    );
    return { sha256: hash.digest('hex'), sizeBytes: size };
  } catch (cause) {
    const whose = object === undefined ? '' : ` of the object ${object}`;
    throw new Unavailable(`The file ${file}${whose} cannot be backed up: ${messageOf(cause)}`, { cause });
  }
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function asUnavailable(thrown: unknown): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  if (typeof code !== 'string' || thrown instanceof Unavailable || thrown instanceof DataError) return thrown;
  const why =
    code === 'ENOSPC' ? 'its disk is full' : code === 'EPIPE' ? 'its reader ended before it' : messageOf(thrown);
  return new Unavailable(`The backup cannot be written: ${why}`, { cause: thrown });
}
