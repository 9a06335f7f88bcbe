import type { DataError } from '../../base/index.ts';

/** The window that a frame may ask for, as zstd's own programs have it (`--long=27`). */
const windowBytesMax = 128 * 1024 ** 2;

type State = 'frame' | 'descriptor' | 'header' | 'block' | 'skipLength';

/**
 * Walks along the frames of zstd data (RFC 8878, section 3.1) as they pass, looking at headers only: for data that end
 * early, for bytes that are not a frame, and for frames that ask for too much memory. Throws what `fault` makes.
 */
export class ZstdFrames {
  readonly #fault: (fact: string) => DataError;
  /** The part that is read next; its first bytes gather in `#header`. */
  #state: State = 'frame';
  readonly #header = new Uint8Array(14);
  #filled = 0;
  #wanted = 4;
  #skip = 0;
  #checksum = false;
  #single = false;
  /** Where in the header the size of the content begins. */
  #contentAt = 0;

  constructor(fault: (fact: string) => DataError) {
    this.#fault = fault;
  }

  /** Passes along the bytes to the end of the frame they begin in, or to their own end; returns how many. */
  pass(bytes: Uint8Array): number {
    let p = 0;
    while (p < bytes.length) {
      const skipped = Math.min(this.#skip, bytes.length - p);
      this.#skip -= skipped;
      p += skipped;
      if (this.isBetween && p > 0) break;
      while (p < bytes.length && this.#filled < this.#wanted) this.#header[this.#filled++] = bytes[p++]!;
      if (this.#filled === this.#wanted && this.#skip === 0) this.#step();
      if (this.isBetween) break;
    }
    return p;
  }

  /** Whether the last frame is passed and no other has begun. */
  get isBetween(): boolean {
    return this.#state === 'frame' && this.#filled === 0 && this.#skip === 0;
  }

  end(): void {
    if (!this.isBetween) throw this.#fault('unexpected end of file');
  }

  #step(): void {
    const h = this.#header;
    if (this.#state === 'frame') {
      const magic = wordOf(h);
      if (magic === 0xfd2fb528) this.#expect('descriptor', 1);
      else if (magic >>> 4 === 0x184d2a5) this.#expect('skipLength', 4);
      else throw this.#fault('what follows a frame is none');
    } else if (this.#state === 'skipLength') this.#expect('frame', 4, wordOf(h));
    else if (this.#state === 'descriptor') {
      const [descriptor = 0] = h;
      const single = (descriptor & 32) !== 0;
      this.#checksum = (descriptor & 4) !== 0;
      const contentBytes = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
      const idBytes = [0, 1, 2, 4][descriptor & 3]!;
      this.#single = single;
      this.#expect('header', (single ? 0 : 1) + idBytes + contentBytes);
      this.#contentAt = (single ? 0 : 1) + idBytes;
    } else if (this.#state === 'header') {
      this.#checkWindow();
      this.#expect('block', 3);
    } else {
      const block = h[0]! | (h[1]! << 8) | (h[2]! << 16);
      const last = (block & 1) === 1;
      const type = (block >>> 1) & 3;
      if (type === 3) throw this.#fault('a block has no known type');
      const length = type === 1 ? 1 : block >>> 3;
      if (last) this.#expect('frame', 4, length + (this.#checksum ? 4 : 0));
      else this.#expect('block', 3, length);
    }
  }

  #checkWindow(): void {
    const h = this.#header;
    let size = 0;
    if (this.#single) {
      for (let i = this.#wanted - 1; i >= this.#contentAt; i--) size = size * 256 + h[i]!;
    } else {
      const base = 2 ** (10 + (h[0]! >>> 3));
      size = base + (base / 8) * (h[0]! & 7);
    }
    if (size > windowBytesMax) {
      throw this.#fault(`a frame asks for a window of ${size} bytes, at most ${windowBytesMax} is allowed`);
    }
  }

  #expect(state: State, wanted: number, skip = 0): void {
    this.#state = state;
    this.#wanted = wanted;
    this.#filled = 0;
    this.#skip = skip;
  }
}

const wordOf = (h: Uint8Array): number => (h[0]! | (h[1]! << 8) | (h[2]! << 16) | (h[3]! << 24)) >>> 0;
