/** The files of all hosts on the first one, for programs that need all rows in one place. */
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, Unavailable } from '../../base/index.ts';
import type { Collective } from '../../learners/index.ts';
import { ofEach, onAny } from '../../learners/index.ts';
import type { ChannelFile } from '../channels/channel-files.ts';
import { unavailable } from '../program/output/failure.ts';

export interface GatherFilesOptions {
  /** This host's own. */
  files: readonly ChannelFile[];
  /** Where the first host keeps those of the others. */
  folder: string;
  collective: Collective;
  signal: AbortSignal;
}

export interface GatheredFiles {
  /** On the first host those of all hosts, in the order of their names; elsewhere this host's own. */
  files: ChannelFile[];
  /** Of the files that the others sent. */
  sentBytes: number;
  sentCount: number;
}

/** Bytes that are sent at a time. */
const chunkBytes = 4 * 1024 ** 2;

/**
 * Sends the files of the other hosts to the first one. Undefined where a signal came first, on any host. Rejects with DataError
 * for two files of one name, with Unavailable when a host is lost or the disk is full.
 */
export async function gatherFiles({
  files,
  folder,
  collective,
  signal,
}: GatherFilesOptions): Promise<GatheredFiles | undefined> {
  const { rank } = collective;
  const counts = ofEach(collective, files.length);
  const gathered = [...files];
  let sentBytes = 0;
  let sentCount = 0;
  if (rank === 0) mkdirSync(folder, { recursive: true });
  for (let from = 1; from < collective.size; from += 1) {
    for (let at = 0; at < counts[from]!; at += 1) {
      if (onAny(collective, signal.aborted)) return undefined;
      const file = described(collective, from, files[at]);
      const path = join(folder, `${from}-${at}`);
      if (rank === from) await send(collective, from, files[at]!);
      else await receive(collective, from, file.sizeBytes, rank === 0 ? path : undefined);
      sentBytes += file.sizeBytes;
      sentCount += 1;
      if (rank === 0) gathered.push({ ...file, path });
    }
  }
  gathered.sort((a, b) => (a.name < b.name ? -1 : 1));
  const twice = gathered.find(({ name }, at) => name === gathered[at + 1]?.name);
  if (twice !== undefined) throw new DataError(`"${twice.name}" is on two hosts: each file must be on one of them`);
  return { files: gathered, sentBytes, sentCount };
}

/** Name and size of a file of that rank. */
function described(
  collective: Collective,
  from: number,
  own: ChannelFile | undefined,
): Pick<ChannelFile, 'name' | 'sizeBytes'> {
  const name = collective.rank === from ? Buffer.from(own!.name) : new Uint8Array(0);
  const [length, sizeBytes] = numbers(collective, from, [name.length, own?.sizeBytes ?? 0]);
  const bytes = collective.rank === from ? name : new Uint8Array(length!);
  collective.broadcast(bytes, from);
  return { name: Buffer.from(bytes).toString(), sizeBytes: sizeBytes! };
}

function numbers({ rank, broadcast }: Collective, from: number, own: readonly number[]): Float64Array {
  const values = rank === from ? Float64Array.from(own) : new Float64Array(own.length);
  broadcast(new Uint8Array(values.buffer), from);
  return values;
}

async function send({ broadcast }: Collective, from: number, { path, name, sizeBytes }: ChannelFile): Promise<void> {
  const handle = await open(path).catch((error: unknown) => {
    throw unavailable(`Cannot read "${name}"`, error);
  });
  try {
    const buffer = new Uint8Array(Math.min(chunkBytes, sizeBytes));
    for (let sent = 0; sent < sizeBytes; ) {
      const wanted = Math.min(chunkBytes, sizeBytes - sent);
      for (let read = 0; read < wanted; ) {
        const { bytesRead } = await handle.read(buffer, read, wanted - read);
        if (bytesRead === 0) throw new Unavailable(`"${name}" became shorter while it was read`, { retry: false });
        read += bytesRead;
      }
      broadcast(buffer.subarray(0, wanted), from);
      sent += wanted;
    }
  } finally {
    await handle.close();
  }
}

/** Takes part in the sending of a file, and writes it where there is a path. */
async function receive(
  { broadcast }: Collective,
  from: number,
  sizeBytes: number,
  path: string | undefined,
): Promise<void> {
  const handle = path === undefined ? undefined : await open(path, 'w', 0o600);
  try {
    const buffer = new Uint8Array(Math.min(chunkBytes, sizeBytes));
    for (let received = 0; received < sizeBytes; ) {
      const part = buffer.subarray(0, Math.min(chunkBytes, sizeBytes - received));
      broadcast(part, from);
      await handle?.writeFile(part);
      received += part.length;
    }
  } catch (error) {
    throw error instanceof Unavailable ? error : unavailable('Cannot keep the files of the other hosts', error);
  } finally {
    await handle?.close();
  }
}
