// A module of its own, which is loaded with the first checksum that needs it.
import { xxhash3, xxhash64, xxhash128 } from 'hash-wasm';

/** Hexadecimal checksums of bytes, canonical (big-endian). */
export const xxhash: Readonly<Record<string, (bytes: Buffer) => Promise<string>>> = { xxhash64, xxhash3, xxhash128 };
