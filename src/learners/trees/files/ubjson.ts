/** UBJSON, draft 12, as XGBoost writes it: big-endian, strongly typed arrays, lengths of any integer type. */
import { DataError } from '../../../base/index.ts';

export type UbjValue = null | boolean | number | string | UbjNumbers | UbjValue[] | UbjObject;
export type UbjNumbers = Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array;
/** Without a prototype: a file's keys are anybody's. */
export interface UbjObject {
  [key: string]: UbjValue;
}

const depthMax = 64;

/** Throws DataError, with the place, for bytes that are not one whole value. */
export function readUbjson(bytes: Uint8Array): UbjValue {
  const reader = new UbjReader(bytes);
  const value = reader.value(reader.mark(), 0);
  if (reader.position !== bytes.length)
    throw new DataError(`The UBJSON ends at byte ${reader.position}, but the file has ${bytes.length}`);
  return value;
}

const utf8 = new TextDecoder();

class UbjReader {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next type mark, past those that say nothing. */
  mark(): string {
    for (;;) {
      const mark = String.fromCharCode(this.#view.getUint8(this.#forward(1)));
      if (mark !== 'N') return mark;
    }
  }

  value(mark: string, depth: number): UbjValue {
    if (depth > depthMax) throw this.#fault(`nests deeper than ${depthMax}`);
    switch (mark) {
      case 'Z':
        return null;
      case 'T':
        return true;
      case 'F':
        return false;
      case 'S':
        return this.#text();
      case 'C':
        return String.fromCharCode(this.#view.getUint8(this.#forward(1)));
      case '[':
        return this.#array(depth);
      case '{':
        return this.#object(depth);
      default:
        return this.#number(mark);
    }
  }

  #number(mark: string): number {
    const view = this.#view;
    switch (mark) {
      case 'i':
        return view.getInt8(this.#forward(1));
      case 'U':
        return view.getUint8(this.#forward(1));
      case 'I':
        return view.getInt16(this.#forward(2));
      case 'l':
        return view.getInt32(this.#forward(4));
      case 'L':
        return Number(view.getBigInt64(this.#forward(8)));
      case 'd':
        return view.getFloat32(this.#forward(4));
      case 'D':
        return view.getFloat64(this.#forward(8));
      default:
        throw this.#fault(`has the unknown type mark ${JSON.stringify(mark)}`);
    }
  }

  #array(depth: number): UbjValue[] | UbjNumbers {
    const { type, count } = this.#header();
    if (type !== undefined && type in widths) return this.#numbers(type, count!);
    const values: UbjValue[] = [];
    if (count !== undefined) {
      for (let i = 0; i < count; i++) values.push(this.value(type ?? this.mark(), depth + 1));
      return values;
    }
    for (let mark = this.mark(); mark !== ']'; mark = this.mark()) values.push(this.value(mark, depth + 1));
    return values;
  }

  #object(depth: number): UbjObject {
    const { type, count } = this.#header();
    const object: UbjObject = Object.create(null);
    for (let i = 0; count === undefined || i < count; i++) {
      if (count === undefined) {
        const mark = this.mark();
        if (mark === '}') break;
        this.position--;
      }
      const key = this.#text();
      object[key] = this.value(type ?? this.mark(), depth + 1);
    }
    return object;
  }

  /** `$type` and `#count` behind the beginning of an array or object; a count's end is not marked. */
  #header(): { type?: string; count?: number } {
    const type = this.#passes('$') ? this.mark() : undefined;
    if (!this.#passes('#')) {
      if (type !== undefined) throw this.#fault('has a type without a count');
      return {};
    }
    const count = this.#length();
    return type === undefined ? { count } : { type, count };
  }

  #passes(mark: string): boolean {
    if (this.#bytes[this.position] !== mark.charCodeAt(0)) return false;
    this.position++;
    return true;
  }

  #numbers(type: string, count: number): UbjNumbers {
    const width = widths[type]!;
    const start = this.#forward(count * width);
    const view = this.#view;
    switch (type) {
      case 'd':
        return Float32Array.from({ length: count }, (_, i) => view.getFloat32(start + 4 * i));
      case 'l':
        return Int32Array.from({ length: count }, (_, i) => view.getInt32(start + 4 * i));
      case 'I':
        return Int16Array.from({ length: count }, (_, i) => view.getInt16(start + 2 * i));
      case 'U':
        return this.#bytes.slice(start, start + count);
      case 'i':
        return new Int8Array(this.#bytes.slice(start, start + count).buffer);
      case 'D':
        return Float64Array.from({ length: count }, (_, i) => view.getFloat64(start + 8 * i));
      default:
        return Float64Array.from({ length: count }, (_, i) => Number(view.getBigInt64(start + 8 * i)));
    }
  }

  #length(): number {
    const length = this.#number(this.mark());
    // Every value takes a byte at least, but those whose type says all.
    if (Number.isInteger(length) && length >= 0 && length <= this.#bytes.length) return length;
    throw this.#fault(`has a length of ${length}`);
  }

  #text(): string {
    const length = this.#length();
    const start = this.#forward(length);
    return utf8.decode(this.#bytes.subarray(start, start + length));
  }

  #forward(length: number): number {
    const start = this.position;
    if (length > this.#bytes.length - start) throw this.#fault('ends inside a value');
    this.position = start + length;
    return start;
  }

  #fault(fact: string): DataError {
    return new DataError(`The UBJSON ${fact} at byte ${this.position}`);
  }
}

const widths: Readonly<Record<string, number>> = { d: 4, D: 8, l: 4, L: 8, I: 2, i: 1, U: 1 };
