// A module of its own, which is loaded with the first checksum that needs it.
import { createXXHash3, createXXHash64, createXXHash128, type IHasher } from 'hash-wasm';

const makers: Readonly<Record<string, () => Promise<IHasher>>> = {
  XXHASH64: () => createXXHash64(),
  XXHASH3: () => createXXHash3(),
  XXHASH128: () => createXXHash128(),
};

/** A running checksum; `result` is base64 of the canonical, big-endian form. */
export async function runningXxhash(name: string): Promise<{ update(bytes: Uint8Array): void; result(): string }> {
  const hasher = (await makers[name]!()).init();
  return {
    update: (bytes) => void hasher.update(bytes),
    result: () => Buffer.from(hasher.digest('binary')).toString('base64'),
  };
}
