/** The few pieces of the protobuf wire format that Record needs, over one message at a time. */
import { DataError } from '../../base/index.ts';

export const wire = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

const groupDepthMax = 100;

/** A position in protobuf bytes. Every read throws DataError, worded by `fault`, when it would pass `end`. */
export class ProtobufCursor {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  position = 0;
  end = 0;
  /** Where we are, for the message of a fault. */
  fault: (fact: string) => DataError = (fact) => new DataError(`The record ${fact}`);

  open(bytes: Uint8Array, start: number, end: number): void {
    if (bytes.buffer !== this.view.buffer || bytes.byteOffset !== this.bytes.byteOffset) {
      this.view = new DataView(bytes.buffer, bytes.byteOffset);
    }
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** An unsigned varint; inexact beyond 2^53, where every caller has refused it already. */
  varint(): number {
    let byte = this.#byte();
    if (byte < 128) return byte;
    let value = byte & 127;
    let factor = 128;
    for (let length = 1; length < 10; length++) {
      byte = this.#byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    throw this.fault('holds a number of more than ten bytes');
  }

  /** An int32, which protobuf writes as the varint of its 64-bit form. */
  int32(): number {
    let value = 0;
    for (let length = 0; length < 10; length++) {
      const byte = this.#byte();
      if (length < 5) value |= (byte & 127) << (7 * length);
      if (byte < 128) return value;
    }
    throw this.fault('holds a number of more than ten bytes');
  }

  /** An int64, whole. */
  int64(): bigint {
    let value = 0n;
    for (let length = 0n; length < 10n; length++) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << (7n * length);
      if (byte < 128) return BigInt.asIntN(64, value);
    }
    throw this.fault('holds a number of more than ten bytes');
  }

  /** The end of the length-delimited field that begins here. */
  lengthEnd(): number {
    const length = this.varint();
    if (length > this.end - this.position) throw this.fault('holds a field that runs past its end');
    return this.position + length;
  }

  /** A field's tag: number * 8 + wire type. */
  tag(): number {
    const tag = this.varint();
    if (tag < 8 || tag > 0xffffffff) throw this.fault('holds a damaged field tag');
    return tag;
  }

  skip(tag: number): void {
    let depth = 0;
    let current = tag;
    for (;;) {
      switch (current % 8) {
        case wire.varint:
          this.varint();
          break;
        case wire.fixed64:
          this.forward(8);
          break;
        case wire.bytes:
          this.position = this.lengthEnd();
          break;
        case wire.fixed32:
          this.forward(4);
          break;
        case wire.groupStart:
          if (++depth > groupDepthMax) throw this.fault(`nests groups more than ${groupDepthMax} deep`);
          break;
        case wire.groupEnd:
          if (--depth < 0) throw this.fault('ends a group that it never began');
          break;
        default:
          throw this.fault('holds a damaged field tag');
      }
      if (depth === 0) return;
      current = this.tag();
    }
  }

  /** Passes `length` bytes and returns where they began. */
  forward(length: number): number {
    const start = this.position;
    if (length > this.end - start) throw this.fault('is cut off inside a number');
    this.position = start + length;
    return start;
  }

  #byte(): number {
    if (this.position >= this.end) throw this.fault('is cut off inside a number');
    return this.bytes[this.position++]!;
  }
}

/** The varint of a whole number below 2^53. */
export function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** A length-delimited field. */
export function bytesField(number: number, content: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(...varintBytes(number * 8 + wire.bytes), ...varintBytes(content.length)), content]);
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let p = 0;
  for (const part of parts) {
    joined.set(part, p);
    p += part.length;
  }
  return joined;
}
