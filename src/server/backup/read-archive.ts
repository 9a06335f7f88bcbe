import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { DataError, messageOf } from '../../base/index.ts';
import {
  type BackupEnd,
  type BackupHead,
  type EntryKind,
  endName,
  headName,
  isEntryPath,
  readHead,
  sumLine,
  sumsEntriesMax,
  sumsName,
} from './format.ts';
import { hashOf } from './write-archive.ts';

/** What takes the entries of a backup, one after the other. They are known to be right only once all have been read. */
export interface Sink {
  begin(head: BackupHead): Promise<void>;
  file(path: string, body: AsyncIterable<Buffer>, mode: number): Promise<void>;
  link(path: string, target: string): Promise<void>;
  folder(path: string): Promise<void>;
}

type TarEntry = ReturnType<typeof extract> extends AsyncIterable<infer Each> ? Each : never;

/** The most that entries which are read whole may have: the head names images, a list has a thousand lines. */
const textBytesMax = 16 * 1024 * 1024;
const kinds: Readonly<Record<string, EntryKind>> = { file: 'file', symlink: 'link', directory: 'folder' };

/**
 * Reads a backup to its end, checks every sum in it, and gives its entries to the sink meanwhile. Throws DataError, which
 * names the place, for one that is damaged, cut off, foreign or newer.
 */
export async function readArchive(
  input: AsyncIterable<Buffer>,
  { from, dataVersion }: { from: string; dataVersion: number },
  sink: Sink,
): Promise<{ head: BackupHead; end: BackupEnd }> {
  let place = 'its beginning';
  const damaged = (what: string): DataError => new DataError(`${from} is damaged: ${what}`, { source: from });
  const whole = createHash('sha256');
  const read = { entries: 0, sizeBytes: 0 };
  let sums: { path: string; line: string }[] = [];
  let lists = 0;
  let head: BackupHead | undefined;
  let end: BackupEnd | undefined;
  const sum = (kind: EntryKind, path: string, sha256: string, sizeBytes: number): void => {
    read.entries++;
    read.sizeBytes += sizeBytes;
    sums.push({ path, line: sumLine(kind, sha256, path) });
    if (sums.length > sumsEntriesMax) throw damaged(`the list of sums is missing before "${path}"`);
  };

  const take = async (entry: TarEntry): Promise<void> => {
    const { name, type, size = 0, linkname } = entry.header;
    const kind = kinds[type ?? 'file'];
    // Tar writes a folder with a slash.
    const path = kind === 'folder' ? name.replace(/\/$/, '') : name;
    if (head === undefined) {
      if (path !== headName) throw new DataError(`${from} is no backup of Linnet: it begins with "${path}"`);
      const text = await textOf(entry, size, damaged);
      head = readHead(text, from, dataVersion);
      sum('file', path, hashOf(text), size);
      await sink.begin(head);
    } else if (end !== undefined) throw damaged(`"${path}" comes after its end`);
    else if (path === sumsName(lists + 1)) {
      const text = await textOf(entry, size, damaged);
      compare(text, sums, path, damaged);
      whole.update(text);
      lists++;
      sums = [];
    } else if (path === endName) {
      end = asEnd(await textOf(entry, size, damaged));
      if (sums.length > 0) throw damaged(`the list of sums is missing after "${sums.at(-1)!.path}"`);
      if (end?.entries !== read.entries || end.sizeBytes !== read.sizeBytes || end.sha256 !== whole.digest('hex'))
        throw damaged(`its ${endName} does not fit what comes before`);
    } else if (kind === undefined || !isEntryPath(kind, path))
      throw damaged(`an entry "${path}" does not belong into a backup`);
    else if (kind === 'file') {
      const hash = createHash('sha256');
      await sink.file(path, hashing(entry as AsyncIterable<Buffer>, hash), (entry.header.mode ?? 0) & 0o777);
      sum(kind, path, hash.digest('hex'), size);
    } else {
      const target = kind === 'link' ? (linkname ?? '') : '';
      await (kind === 'link' ? sink.link(path, target) : sink.folder(path));
      sum(kind, path, hashOf(target), 0);
    }
    place = `"${path}"`;
  };

  const archive = extract();
  let unreadable: Error | undefined;
  const source = Readable.from(checkedStart(input, from)).on('error', (cause) => {
    unreadable = cause;
    archive.destroy(cause);
  });
  source.pipe(archive as unknown as NodeJS.WritableStream);
  try {
    for await (const entry of archive) {
      await take(entry);
      entry.resume();
    }
  } catch (thrown) {
    if (unreadable !== undefined) throw unreadable;
    const message = messageOf(thrown);
    // An entry that is under way when the bytes end is destroyed.
    if (
      message.startsWith('Unexpected end of data') ||
      (source.readableEnded && message.startsWith('Stream was destroyed'))
    )
      throw cutOff(from, place);
    if (/^Invalid tar|^Invalid header|checksum/i.test(message))
      throw damaged(`what follows ${place} is no entry of a tar archive`);
    throw thrown;
  } finally {
    source.destroy();
  }
  if (head === undefined) throw new DataError(`${from} is no backup of Linnet: nothing is in it`);
  if (end === undefined) throw cutOff(from, place);
  return { head, end };
}

const cutOff = (from: string, place: string): DataError =>
  new DataError(`${from} is cut off after ${place}: the rest of the backup is missing`, { source: from });

async function* hashing(
  blocks: AsyncIterable<Buffer>,
  hash: { update(block: Buffer): unknown },
): AsyncGenerator<Buffer> {
  for await (const block of blocks) {
    hash.update(block);
    yield block;
  }
}

async function textOf(entry: TarEntry, size: number, damaged: (what: string) => DataError): Promise<string> {
  if (size > textBytesMax)
    throw damaged(`"${entry.header.name}" is ${size} bytes long; at most ${textBytesMax} are allowed`);
  const blocks: Buffer[] = [];
  for await (const block of entry as AsyncIterable<Buffer>) blocks.push(block);
  return Buffer.concat(blocks).toString();
}

/** Compares a list with what was read since the list before. */
function compare(
  text: string,
  sums: readonly { path: string; line: string }[],
  list: string,
  damaged: (what: string) => DataError,
): void {
  const lines = text.split(/(?<=\n)/);
  for (const [at, { path, line }] of sums.entries()) {
    if (lines[at] === line) continue;
    if (!lines[at]?.endsWith(`  ${path}\n`)) throw damaged(`the list "${list}" does not name "${path}"`);
    throw damaged(`"${path}" has not the SHA-256 that the list "${list}" has of it`);
  }
  if (lines.length !== sums.length) throw damaged(`the list "${list}" names more than there is`);
}

function asEnd(text: string): BackupEnd | undefined {
  try {
    return JSON.parse(text) as BackupEnd;
  } catch {
    return undefined;
  }
}

const packings: readonly { magic: string; name: string; unpack: string }[] = [
  { magic: '1f8b', name: 'gzip', unpack: 'gzip -dc' },
  { magic: '28b52ffd', name: 'zstd', unpack: 'zstd -dc' },
  { magic: 'fd377a58', name: 'xz', unpack: 'xz -dc' },
];

/** The bytes, unless they begin as no tar archive does. */
async function* checkedStart(input: AsyncIterable<Buffer>, from: string): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const block of input) {
    if (start === undefined) {
      yield block;
      continue;
    }
    start = Buffer.concat([start, block]);
    if (start.length < tarBlockBytes) continue;
    checkStart(start, from);
    yield start;
    start = undefined;
  }
  if (start === undefined) return;
  checkStart(start, from);
  if (start.length === 0) throw new DataError(`${from} is empty`, { source: from });
  throw new DataError(`${from} is no backup of Linnet: it is only ${start.length} bytes long`, { source: from });
}

const tarBlockBytes = 512;

function checkStart(start: Buffer, from: string): void {
  const packing = packings.find(({ magic }) => start.toString('hex', 0, 4).startsWith(magic));
  if (packing !== undefined)
    throw new DataError(
      `${from} is packed with ${packing.name}: unpack it on the way, as in ${packing.unpack} FILE | linnet restore -`,
      { source: from },
    );
  if (start.length >= tarBlockBytes && start.toString('latin1', 257, 262) !== 'ustar')
    throw new DataError(`${from} is no backup of Linnet: it is no tar archive`, { source: from });
}
