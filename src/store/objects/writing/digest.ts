import { createHash, type Hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import type { crc32c } from '@node-rs/crc32';
import { assert } from '../../../base/index.ts';
import type { Digests } from '../objects.ts';
import { runningCrc64 } from './crc64.ts';

// Loaded with the first checksum that needs it: it would delay every start.
const require = createRequire(import.meta.url);
const crc32cLibrary = () => require('@node-rs/crc32') as { crc32c: typeof crc32c };

/** A checksum that grows with the bytes; `result` is base64, as S3 writes it. */
interface RunningChecksum {
  update(bytes: Uint8Array): void;
  result(): string | Promise<string>;
}

const xxhash = (name: string) => async (): Promise<RunningChecksum> =>
  (await import('./xxhash.ts')).runningXxhash(name);

const makers: Readonly<Record<string, () => RunningChecksum | Promise<RunningChecksum>>> = {
  CRC32: () => runningCrc((bytes, before) => crc32(bytes, before)),
  CRC32C: () => {
    const { crc32c } = crc32cLibrary();
    return runningCrc((bytes, before) => crc32c(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), before));
  },
  CRC64NVME: runningCrc64,
  SHA1: () => runningHash(createHash('sha1')),
  SHA256: () => runningHash(createHash('sha256')),
  SHA512: () => runningHash(createHash('sha512')),
  MD5: () => runningHash(createHash('md5')),
  XXHASH64: xxhash('XXHASH64'),
  XXHASH3: xxhash('XXHASH3'),
  XXHASH128: xxhash('XXHASH128'),
};

/** The checksum algorithms of S3 that objects can carry. */
export const checksumAlgorithms: readonly string[] = Object.keys(makers);

/** Digests bytes as they pass: MD5, size and the checksums asked for. */
export async function runningDigests(algorithms: readonly string[]): Promise<{
  update(bytes: Uint8Array): void;
  result(): Promise<Digests>;
}> {
  const md5 = createHash('md5');
  const checksums: (readonly [name: string, checksum: RunningChecksum])[] = [];
  for (const name of algorithms) {
    const make = makers[name];
    assert(make !== undefined, `checksum algorithm ${name} is known`);
    const made = make();
    // What is there at once is not waited for: most bodies are small.
    checksums.push([name, made instanceof Promise ? await made : made]);
  }
  let sizeBytes = 0;
  return {
    update(bytes) {
      sizeBytes += bytes.length;
      md5.update(bytes);
      for (const [, checksum] of checksums) checksum.update(bytes);
    },
    async result() {
      const entries = checksums.map(async ([name, checksum]) => [name, await checksum.result()] as const);
      return { sizeBytes, md5: md5.digest('hex'), checksums: Object.fromEntries(await Promise.all(entries)) };
    },
  };
}

/** A checksum of bytes that are all there, base64. */
export async function checksumOfBytes(name: string, bytes: Uint8Array): Promise<string> {
  const digests = await runningDigests([name]);
  digests.update(bytes);
  return (await digests.result()).checksums[name]!;
}

function runningCrc(next: (bytes: Uint8Array, before: number) => number): RunningChecksum {
  let value = 0;
  return {
    update(bytes) {
      // For bytes without memory zlib answers its beginning, 0, whatever came before.
      if (bytes.length > 0) value = next(bytes, value);
    },
    result() {
      const word = Buffer.alloc(4);
      word.writeUInt32BE(value >>> 0);
      return word.toString('base64');
    },
  };
}

const runningHash = (hash: Hash): RunningChecksum => ({
  update: (bytes) => void hash.update(bytes),
  result: () => hash.digest('base64'),
});
