import { createHash } from 'node:crypto';

export const writerCount = 4;
/** Where the two parts of an object that is joined from parts meet. */
export const partBytes = 500;

/** The bytes a writer puts under a key as this version: some hundred bytes, now and then some megabytes. */
export function bodyOf(key: string, version: number): Buffer {
  const seed = createHash('sha256').update(`${key} ${version}`).digest();
  const size = seed[0]! < 24 ? 1_000_000 + seed.readUInt16LE(1) * 40 : 1000 + (seed.readUInt16LE(1) % 3000);
  return Buffer.alloc(size, seed);
}
