/**
 * Bytes that arrive in chunks and leave in records: an incomplete record waits for the next chunk.
 * While nothing waits, records are read from the chunk itself and nothing is copied.
 */
export class ByteQueue {
  #kept = new Uint8Array(0);
  #keptLength = 0;

  get waiting(): number {
    return this.#keptLength;
  }

  /** Everything not yet taken, with `chunk` at its end. Valid until the next call. */
  join(chunk: Uint8Array): Uint8Array {
    if (this.#keptLength === 0) return chunk;
    this.#reserve(this.#keptLength + chunk.length);
    this.#kept.set(chunk, this.#keptLength);
    this.#keptLength += chunk.length;
    return this.#kept.subarray(0, this.#keptLength);
  }

  /** Keeps `bytes` from `from` on, `bytes` being what `join` gave. */
  keepFrom(bytes: Uint8Array, from: number): void {
    if (bytes.buffer === this.#kept.buffer && this.#keptLength > 0) {
      this.#kept.copyWithin(0, from, this.#keptLength);
      this.#keptLength -= from;
      return;
    }
    const rest = bytes.length - from;
    this.#reserve(rest);
    this.#kept.set(bytes.subarray(from));
    this.#keptLength = rest;
  }

  #reserve(length: number): void {
    if (length <= this.#kept.length) return;
    const larger = new Uint8Array(Math.max(length, 2 * this.#kept.length));
    larger.set(this.#kept.subarray(0, this.#keptLength));
    this.#kept = larger;
  }
}
