import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { Unavailable } from '../../../base/index.ts';
import type { ByteRange } from '../objects.ts';
import { chunkBytes, chunkCount, chunkSealer, openChunk, sealedChunkBytes, tagBytes } from './chunks.ts';

// A sealed blob begins with its envelope: a mark of the format, and the blob's own key, sealed with the key of the folder under
// the blob's name. The chunks follow.

const mark = Buffer.from('LINNETE1');
const keyBytes = 32;
const nonceBytes = 12;
export const envelopeBytes = mark.length + nonceBytes + tagBytes + keyBytes;

/** A blob's key, and the bytes that it is kept in. */
export interface Envelope {
  key: Uint8Array;
  bytes: Uint8Array;
}

/** Makes and opens the keys of blobs. */
export interface Seal {
  newEnvelope(name: string): Envelope;
  /** Throws Unavailable for what was not made with this folder's key and for this name. */
  open(name: string, envelope: Uint8Array): Envelope;
}

/** The names of sealed blobs and small bytes end with this; names are ours, whatever the bytes are. */
const suffix = '.sealed';
export const sealedName = (name: string): string => name + suffix;
export const isSealed = (name: string): boolean => name.endsWith(suffix);

/** Throws Unavailable where there is none. */
export function requireSeal(seal: Seal | undefined): Seal {
  if (seal === undefined)
    throw new Unavailable('An object is encrypted at rest, and the server was started without the key', {
      retry: false,
    });
  return seal;
}

/** `folderKey`: 32 bytes; `drawn` gives as many that nobody can guess. GCM allows 2^32 drawn nonces, hence blobs, for one key. */
export function openSeal(folderKey: Uint8Array, drawn: (bytes: number) => Buffer): Seal {
  const wrapping = new Uint8Array(hkdfSync('sha256', folderKey, '', 'linnet objects', keyBytes));
  return {
    newEnvelope(name) {
      const key = drawn(keyBytes);
      const nonce = drawn(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', wrapping, nonce).setAAD(Buffer.from(name));
      const sealed = Buffer.concat([cipher.update(key), cipher.final()]);
      return { key, bytes: Buffer.concat([mark, nonce, cipher.getAuthTag(), sealed]) };
    },

    open(name, bytes) {
      const [nonceAt, tagAt, keyAt] = [mark.length, mark.length + nonceBytes, mark.length + nonceBytes + tagBytes];
      if (bytes.length !== envelopeBytes || !mark.equals(bytes.subarray(0, nonceAt))) throw broken(name);
      const decipher = createDecipheriv('aes-256-gcm', wrapping, bytes.subarray(nonceAt, tagAt));
      decipher.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(tagAt, keyAt));
      try {
        return { key: Buffer.concat([decipher.update(bytes.subarray(keyAt)), decipher.final()]), bytes };
      } catch {
        throw broken(name);
      }
    },
  };
}

const broken = (name: string): Unavailable =>
  new Unavailable(`The encrypted bytes ${name} of an object are damaged, or belong to another data folder`, {
    retry: false,
  });

/** Bytes that are all in memory, sealed under a name. */
export function sealBytes(seal: Seal, name: string, bytes: Uint8Array): Buffer {
  const { key, bytes: envelope } = seal.newEnvelope(name);
  const sealer = chunkSealer(key);
  return Buffer.concat([envelope, ...sealer.take([bytes]), ...sealer.end()]);
}

/** Throws Unavailable for what was not sealed under this name. */
export function openBytes(seal: Seal, name: string, sealed: Uint8Array): Buffer {
  const { key } = seal.open(name, sealed.subarray(0, envelopeBytes));
  const chunks: Buffer[] = [];
  for (let at = envelopeBytes; at < sealed.length; at += sealedChunkBytes) {
    const isLast = at + sealedChunkBytes >= sealed.length;
    const bytes = openChunk(key, { index: chunks.length, isLast }, sealed.subarray(at, at + sealedChunkBytes));
    if (bytes === undefined) throw broken(name);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/**
 * Bytes start..end (end exclusive) of a sealed blob, from ranges of its sealed bytes; `read` may reuse the memory of a block
 * once the next is asked for. Throws Unavailable.
 */
export async function* unsealed(
  seal: Seal,
  { name, sizeBytes }: { name: string; sizeBytes: number },
  { start, end }: ByteRange,
  read: (range: ByteRange) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  if (start >= end) return;
  const envelope: Buffer[] = [];
  for await (const block of read({ start: 0, end: envelopeBytes })) envelope.push(Buffer.from(block));
  const { key } = seal.open(name, Buffer.concat(envelope));
  const count = chunkCount(sizeBytes);
  const [first, last] = [Math.floor(start / chunkBytes), Math.floor((end - 1) / chunkBytes)];
  const sealedSize = envelopeBytes + sizeBytes + count * tagBytes;
  const placeOf = (index: number): number => Math.min(envelopeBytes + index * sealedChunkBytes, sealedSize);
  let index = first;
  for await (const sealed of cut(read({ start: placeOf(first), end: placeOf(last + 1) }), sealedChunkBytes)) {
    const bytes = openChunk(key, { index, isLast: index === count - 1 }, sealed);
    if (bytes === undefined) throw broken(name);
    const from = index * chunkBytes;
    yield bytes.subarray(Math.max(0, start - from), end - from);
    index++;
  }
}

/** Blocks of any length as pieces of one length; only the last may be shorter. */
async function* cut(blocks: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const block of blocks) {
    let at = 0;
    if (rest.length > 0) {
      at = length - rest.length;
      rest = Buffer.concat([rest, block.subarray(0, at)]);
      if (rest.length < length) continue;
      yield rest;
    }
    for (; at + length <= block.length; at += length) yield block.subarray(at, at + length);
    rest = Buffer.from(block.subarray(at));
  }
  if (rest.length > 0) yield rest;
}
