/** A first piece of memory for an object of unknown size; it doubles until a body fits. */
const firstBytes = 64 * 1024;

/** Bytes that are copied together as they come: the memory of a chunk is read again by nobody, and may be used again. */
export class Gathered {
  readonly #bytesMax: number;
  #memory = Buffer.alloc(0);
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** What has come and was not taken. Valid until the next call. */
  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  /** Copies what fits of a chunk, from `from` on; returns the number of bytes. */
  add(chunk: Uint8Array, from: number): number {
    const count = Math.min(chunk.length - from, this.#bytesMax - this.#length);
    this.#reserve(this.#length + count);
    this.#memory.set(from === 0 && count === chunk.length ? chunk : chunk.subarray(from, from + count), this.#length);
    this.#length += count;
    return count;
  }

  /** The first bytes, with their memory; the others stay. */
  take(count: number): Buffer {
    const taken = this.#memory.subarray(0, count);
    const rest = this.#memory.subarray(count, this.#length);
    this.#memory = Buffer.allocUnsafeSlow(this.#memory.length);
    rest.copy(this.#memory);
    this.#length = rest.length;
    return taken;
  }

  #reserve(length: number): void {
    if (length <= this.#memory.length) return;
    const doubled = Math.min(Math.max(firstBytes, 2 * this.#memory.length), this.#bytesMax);
    const larger = Buffer.allocUnsafeSlow(Math.max(length, doubled));
    this.bytes.copy(larger);
    this.#memory = larger;
  }
}
