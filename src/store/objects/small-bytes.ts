import { Conflict, type JsonObject } from '../../base/index.ts';
import type { RecordChange, Records } from '../records/records.ts';
import type { ObjectBody } from './bodies.ts';
import type { Digests, ObjectTarget } from './objects.ts';
import { runningDigests } from './writing/digest.ts';

/**
 * Small objects have their bytes in the records: they are on disk with the sync that their record needs in any case, which
 * all waiting writes share, whereas a file takes one for itself and one for its folder. Larger ones would be in the way of
 * other records: of the check at the start, the log, and the copies of a backup.
 */
export const smallBytesMaxDefault = 16 * 1024;

/** The bytes, under the object's key. The name says to which of the objects that had this key they belong. */
interface SmallBody extends JsonObject {
  name: string;
  base64: string;
}

const place = ({ bucket, key }: ObjectTarget): { kind: string; id: string } => ({ kind: `small/${bucket}`, id: key });

/** Where versions have their bytes: under their names, since several have one key. */
const placeApart = (bucket: string, name: string): { kind: string; id: string } => ({
  kind: `small-version/${bucket}`,
  id: name,
});

/** The bytes of a small object, by their name. */
export interface SmallBytes {
  name: string;
  bytes: Buffer;
}

/** The change that keeps the bytes, to be written together with the object's record. */
export const keepSmall = (target: ObjectTarget, { name, bytes }: SmallBytes, apart: boolean): RecordChange => {
  const body: SmallBody = { name, base64: bytes.toString('base64') };
  const where = apart ? placeApart(target.bucket, name) : place(target);
  return { put: { ...where, createdAtMs: 0, updatedAtMs: 0, body } };
};

/** The change that forgets the bytes of an object that goes or is replaced by a large one; none when it has none. */
export const forgetSmall = (target: ObjectTarget, before: ObjectBody | undefined): RecordChange[] => {
  if (before?.small === undefined) return [];
  return [{ remove: before.apart ? placeApart(target.bucket, before.small) : place(target) }];
};

/** The changes that put the bytes of an object apart, which becomes one of several versions; none when it has none or they are. */
export async function putApart(records: Records, target: ObjectTarget, body: ObjectBody): Promise<RecordChange[]> {
  if (body.small === undefined || body.apart) return [];
  const found = await findSmall(records, target);
  // A write whose outcome nobody knew was done after all.
  if (found?.name !== body.small) throw new Conflict(`${target.key} has just been replaced`);
  return [{ remove: place(target) }, keepSmall(target, { name: found.name, bytes: found.bytes() }, true)];
}

/** The bytes of a version. */
export async function findApart(records: Records, bucket: string, name: string): Promise<Buffer | undefined> {
  const { kind, id } = placeApart(bucket, name);
  const found = await records.get<SmallBody>(kind, id);
  return found && Buffer.from(found.body.base64, 'base64');
}

/** The bytes under a key, whatever object they belong to. */
export async function findSmall(
  records: Records,
  target: ObjectTarget,
): Promise<{ name: string; bytes(): Buffer } | undefined> {
  const { kind, id } = place(target);
  const found = await records.get<SmallBody>(kind, id);
  return found && { name: found.body.name, bytes: () => Buffer.from(found.body.base64, 'base64') };
}

/** The digests of bytes that are all in memory. */
export async function digestsOf(bytes: Buffer, algorithms: readonly string[]): Promise<Digests> {
  const digests = await runningDigests(algorithms);
  digests.update(bytes);
  return digests.result();
}

/**
 * Reads a body until it ends or is longer than `bytesMax`. Returns its bytes, or else the whole body as a stream that still has to be
 * read; `close` then ends the reading, at its end or before.
 */
export async function startOf(
  body: Uint8Array | AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<{ bytes: Buffer } | { long: AsyncIterable<Uint8Array>; close(): Promise<void> }> {
  if (body instanceof Uint8Array && body.length <= bytesMax) return { bytes: Buffer.from(body) };
  const pieces: Uint8Array[] = [];
  let length = 0;
  const iterator = (body instanceof Uint8Array ? one(body) : body)[Symbol.asyncIterator]();
  for (;;) {
    const next = await iterator.next();
    if (next.done) return { bytes: Buffer.concat(pieces, length) };
    pieces.push(next.value);
    length += next.value.length;
    if (length > bytesMax) break;
  }
  const next = (): Promise<IteratorResult<Uint8Array>> => {
    const value = pieces.shift();
    return value === undefined ? iterator.next() : Promise.resolve({ value, done: false });
  };
  return { long: { [Symbol.asyncIterator]: () => ({ next }) }, close: async () => void (await iterator.return?.()) };
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
