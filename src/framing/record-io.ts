/**
 * RecordIO framing (dmlc-core `recordio.h`): magic, length with a continuation flag in its top three bits, payload,
 * zeros up to a multiple of four. dmlc's writers cut a payload where it holds the magic; Amazon's never do. Both are read.
 */
import { DataError } from '../base/index.ts';
import { ByteQueue } from './byte-queue.ts';
import { foreignFormat } from './foreign-format.ts';

const recordMagic = 0xced7230a;
/** The parts of the length word. */
export const recordLengthMax = 2 ** 29 - 1;
/** The longest record that is read; a dense one of ten million features takes 40 MB. */
const recordBytesMax = 128 * 1024 * 1024;

const headerBytes = 8;
const magicBytes = Uint8Array.of(0x0a, 0x23, 0xd7, 0xce);
const flags = { whole: 0, first: 1, middle: 2, last: 3 } as const;

/** Reads records one after another: `append` bytes, then `next` until it says no, then `finish`. */
export class RecordIoReader {
  /** The payload of the current record is `bytes` from `start` to `end`. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Whether it lies in one frame, whose eight bytes of header stand before it. */
  isWhole = false;
  /** Number of the current record, from 1. */
  record = 0;
  readonly #source: string | undefined;
  readonly #queue = new ByteQueue();
  #input: Uint8Array = new Uint8Array(0);
  /** The part of the last chunk that is not in `#input` yet. */
  #pending: Uint8Array = new Uint8Array(0);
  #position = 0;
  /** Byte offset in the file of `#input[0]`. */
  #offset = 0;
  #parts: Uint8Array[] = [];
  #partBytes = 0;

  constructor(source?: string) {
    this.#source = source;
  }

  append(chunk: Uint8Array): void {
    if (this.#queue.waiting === 0) {
      this.#input = chunk;
    } else {
      this.#input = this.#queue.join(new Uint8Array(0));
      this.#pending = chunk;
    }
    this.#position = 0;
  }

  /** Moves to the next whole record; false when more bytes are needed. Throws DataError for a damaged frame. */
  next(): boolean {
    for (;;) {
      const input = this.#input;
      const p = this.#position;
      if (input.length - p < headerBytes) {
        if (this.#more(headerBytes)) continue;
        return false;
      }
      if (wordAt(input, p) !== recordMagic) throw this.#badMagic(input, p);
      const word = wordAt(input, p + 4);
      const flag = word >>> 29;
      const length = word & 0x1fffffff;
      if (length + this.#partBytes > recordBytesMax) {
        throw this.#fault(`has ${length + this.#partBytes} bytes, the limit is ${recordBytesMax}`);
      }
      this.#checkFlag(flag);
      const start = p + headerBytes;
      const padded = (length + 3) & ~3;
      if (input.length - start < padded) {
        if (this.#more(headerBytes + padded)) continue;
        return false;
      }
      this.#position = start + padded;
      if (flag === flags.whole) {
        this.bytes = input;
        this.start = start;
        this.end = start + length;
        this.isWhole = true;
        this.record++;
        return true;
      }
      this.#parts.push(input.slice(start, start + length));
      this.#partBytes += length + magicBytes.length;
      if (flag === flags.last) {
        this.#joinParts();
        this.record++;
        return true;
      }
    }
  }

  /** The bytes from the next record on, as far as they are there. Empty inside a record that is split. */
  ahead(): Uint8Array {
    return this.#parts.length > 0 ? new Uint8Array(0) : this.#input.subarray(this.#position);
  }

  /** Passes over whole records that were read from `ahead`. */
  passOver(records: number, bytes: number): void {
    this.record += records;
    this.#position += bytes;
  }

  /** Throws DataError when the input ended inside a record. */
  finish(): void {
    if (this.#queue.waiting > 0 || this.#parts.length > 0) {
      const end = this.#offset + this.#queue.waiting;
      const what = foreignFormat(this.#input);
      if (this.record === 0 && wordAt(this.#input, 0) !== recordMagic) throw this.#notRecordIo(what);
      throw this.#fault(`is cut off: the data end at byte ${end}`);
    }
  }

  /** Makes `needed` bytes from the present position on available, if they are there; of the new chunk none but those are moved. */
  #more(needed: number): boolean {
    const rest = this.#input.length - this.#position;
    const pending = this.#pending;
    // Copied, because keeping moves the bytes. So many suffice to recognise a foreign format.
    const start = this.#input.slice(this.#position, this.#position + 64);
    this.#queue.keepFrom(this.#input, this.#position);
    this.#offset += this.#position;
    this.#position = 0;
    if (pending.length === 0) {
      this.#input = start;
      return false;
    }
    const taken = rest === 0 ? pending.length : Math.min(pending.length, needed - rest);
    this.#input = this.#queue.join(pending.subarray(0, taken));
    this.#pending = pending.subarray(taken);
    return true;
  }

  #checkFlag(flag: number): void {
    const inside = this.#parts.length > 0;
    if (flag > flags.last) throw this.#fault(`has a damaged length word (flag ${flag})`);
    if (inside && (flag === flags.whole || flag === flags.first)) {
      throw this.#fault('is cut off: a new record begins before its last part');
    }
    if (!inside && (flag === flags.middle || flag === flags.last)) {
      throw this.#fault('begins with a continuation part: its first part is missing');
    }
  }

  /** The magic that the writer dropped between two parts is put back. */
  #joinParts(): void {
    const joined = new Uint8Array(this.#partBytes - magicBytes.length);
    let p = 0;
    for (const part of this.#parts) {
      if (p > 0 || part !== this.#parts[0]) {
        joined.set(magicBytes, p);
        p += magicBytes.length;
      }
      joined.set(part, p);
      p += part.length;
    }
    this.#parts = [];
    this.#partBytes = 0;
    this.bytes = joined;
    this.isWhole = false;
    this.start = 0;
    this.end = joined.length;
  }

  #badMagic(input: Uint8Array, p: number): DataError {
    if (this.record === 0 && this.#parts.length === 0) return this.#notRecordIo(foreignFormat(input));
    const found = wordAt(input, p).toString(16).padStart(8, '0').toUpperCase();
    return this.#fault(`does not begin with the RecordIO magic CED7230A but with ${found}: the data are damaged`);
  }

  #notRecordIo(what: string | undefined): DataError {
    const name = this.#source === undefined ? 'The request' : `"${this.#source}"`;
    const hint = what === undefined ? 'is text; CSV needs the content type text/csv' : what;
    return new DataError(`${name} is not RecordIO-protobuf (byte 0 of record 1 is no RecordIO magic): it ${hint}`, {
      ...(this.#source !== undefined && { source: this.#source }),
      row: 1,
    });
  }

  #fault(fact: string): DataError {
    const row = this.record + 1;
    return new DataError(
      `Record ${row}${this.#source === undefined ? '' : ` of "${this.#source}"`}, at byte ${this.#offset + this.#position}, ${fact}`,
      {
        ...(this.#source !== undefined && { source: this.#source }),
        row,
      },
    );
  }
}

const wordAt = (bytes: Uint8Array, p: number): number =>
  (bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24)) >>> 0;

/** The bytes before and after the payload of a record that is never split, as Amazon's writers frame it. */
export function recordFrame(length: number): { head: Uint8Array; padding: Uint8Array } {
  if (length > recordLengthMax) {
    throw new DataError(`A record of ${length} bytes is above the limit of ${recordLengthMax}`);
  }
  const head = new Uint8Array(headerBytes);
  head.set(magicBytes);
  new DataView(head.buffer).setUint32(4, length, true);
  return { head, padding: new Uint8Array((4 - (length % 4)) % 4) };
}

/** One record that its reader takes: at most as long as is read into memory. */
export function frameRecord(payload: Uint8Array): Uint8Array {
  const { length } = payload;
  if (length > recordBytesMax) {
    throw new DataError(`A record of ${length} bytes is above the limit of ${recordBytesMax}`);
  }
  const { head, padding } = recordFrame(length);
  const framed = new Uint8Array(head.length + length + padding.length);
  framed.set(head);
  framed.set(payload, head.length);
  return framed;
}

/** Payloads of a whole file. Throws DataError. */
export function readRecordIo(bytes: Uint8Array, source?: string): Uint8Array[] {
  const reader = new RecordIoReader(source);
  const payloads: Uint8Array[] = [];
  reader.append(bytes);
  while (reader.next()) payloads.push(reader.bytes.slice(reader.start, reader.end));
  reader.finish();
  return payloads;
}
