import { ByteQueue } from './byte-queue.ts';

const lineFeed = 10;

/** Whole lines of what has come so far: `bytes` up to `end`, which is just behind a line feed, or 0 when there is none. */
export interface WholeLines {
  bytes: Uint8Array;
  end: number;
}

/** Bytes that arrive in chunks and leave in whole lines. The last line of all may need a `lineEnd`. */
export class LineQueue {
  readonly #lineBytesMax: number;
  readonly #queue = new ByteQueue();

  /** A line that has more bytes is refused, so that data without line ends cannot fill the memory. */
  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** Whether a line is under way. */
  get isInside(): boolean {
    return this.#queue.waiting > 0;
  }

  /**
   * The lines that are whole with this chunk. Valid until the next call, which must be `keepRest` when they are read.
   * Throws what `tooLong` makes of a line that is under way and longer than allowed.
   */
  join(chunk: Uint8Array, tooLong: (begun: Uint8Array) => Error): WholeLines {
    const bytes = this.#queue.join(chunk);
    const end = bytes.lastIndexOf(lineFeed) + 1;
    if (bytes.length - end > this.#lineBytesMax) throw tooLong(bytes.subarray(end));
    return { bytes, end };
  }

  /** Keeps what is behind the last line feed for the next chunk. */
  keepRest({ bytes, end }: WholeLines): void {
    this.#queue.keepFrom(bytes, end);
  }
}

/** Ends a last line that has no line feed of its own. */
export const lineEnd = Uint8Array.of(lineFeed);
