import { createCipheriv, createDecipheriv } from 'node:crypto';

// Bytes at rest are sealed in chunks, so that a range is read without what is before it: AES-256-GCM (NIST SP 800-38D) in the
// STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, "Online authenticated-encryption and its nonce-reuse
// misuse-resistance", 2015). A nonce is the number of the chunk and whether it is the last, so that chunks which are moved,
// left out or cut off do not open. Each blob has a key of its own, so that nonces may be counted.

const cipherName = 'aes-256-gcm';
export const tagBytes = 16;
/** Plain bytes of a chunk; the last one has fewer. */
export const chunkBytes = 64 * 1024;
export const sealedChunkBytes = chunkBytes + tagBytes;

const nonceBytes = 12;

/** How many chunks a number of plain bytes takes: nothing has one too. */
export const chunkCount = (sizeBytes: number): number => Math.max(1, Math.ceil(sizeBytes / chunkBytes));

interface ChunkPlace {
  index: number;
  isLast: boolean;
}

function nonceOf({ index, isLast }: ChunkPlace): Buffer {
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeUIntBE(index, 5, 6);
  nonce[nonceBytes - 1] = isLast ? 1 : 0;
  return nonce;
}

/** A chunk's bytes, sealed, with the tag behind them. */
export function sealChunk(key: Uint8Array, place: ChunkPlace, pieces: readonly Uint8Array[]): Buffer[] {
  const cipher = createCipheriv(cipherName, key, nonceOf(place));
  const sealed = pieces.map((piece) => cipher.update(piece));
  cipher.final();
  return [...sealed, cipher.getAuthTag()];
}

/** Undefined for what was not sealed as this chunk with this key. */
export function openChunk(key: Uint8Array, place: ChunkPlace, sealed: Uint8Array): Buffer | undefined {
  const length = sealed.length - tagBytes;
  if (length < 0) return undefined;
  const decipher = createDecipheriv(cipherName, key, nonceOf(place));
  decipher.setAuthTag(sealed.subarray(length));
  const bytes = decipher.update(sealed.subarray(0, length));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return bytes;
}

/** Seals a stream of bytes piece by piece. */
export function chunkSealer(key: Uint8Array): {
  /** Sealed bytes that follow from these; the pieces may be changed afterwards. */
  take(pieces: readonly Uint8Array[]): Buffer[];
  /** The last ones. */
  end(): Buffer[];
} {
  let held: Uint8Array[] = [];
  let length = 0;
  let index = 0;
  const seal = (isLast: boolean): Buffer[] => {
    const sealed = sealChunk(key, { index, isLast }, held);
    index++;
    held = [];
    length = 0;
    return sealed;
  };
  return {
    take(pieces) {
      const sealed: Buffer[] = [];
      for (const piece of pieces) {
        let at = 0;
        // A full chunk waits for the byte behind it: it may be the last.
        while (length + piece.length - at > chunkBytes) {
          const part = piece.subarray(at, at + chunkBytes - length);
          held.push(part);
          at += part.length;
          sealed.push(...seal(false));
        }
        if (at === piece.length) continue;
        held.push(piece.subarray(at));
        length += piece.length - at;
      }
      held = length === 0 ? [] : [Buffer.concat(held)];
      return sealed;
    },
    end: () => seal(true),
  };
}
