/**
 * MXNet's NDArray list (`.params` files; mxnet 1.x `src/ndarray/ndarray.cc`). Dense arrays of every version are
 * read; version 2 float32 is written, which all of MXNet 1.x reads.
 */
import { DataError } from '../../base/index.ts';

export interface NdArray {
  shape: readonly number[];
  type: NdType;
  /** Row-major. A double holds every value of every type but int64 beyond 2^53 exactly. */
  values: Float64Array;
}

export type NdType = 'float32' | 'float64' | 'float16' | 'uint8' | 'int32' | 'int8' | 'int64' | 'bool';

const listMagic = 0x112n;
const magics = { v1: 0xf993fac8, v2: 0xf993fac9, v3: 0xf993faca } as const;
const denseStorage = 0;
const cpu = 1;
const arraysMax = 1024;
const dimensionsMax = 32;
const nameBytesMax = 4096;

/** By MXNet's type number. */
const types: readonly { type: NdType; size: number; read: (view: DataView, p: number) => number }[] = [
  { type: 'float32', size: 4, read: (view, p) => view.getFloat32(p, true) },
  { type: 'float64', size: 8, read: (view, p) => view.getFloat64(p, true) },
  { type: 'float16', size: 2, read: (view, p) => float16(view.getUint16(p, true)) },
  { type: 'uint8', size: 1, read: (view, p) => view.getUint8(p) },
  { type: 'int32', size: 4, read: (view, p) => view.getInt32(p, true) },
  { type: 'int8', size: 1, read: (view, p) => view.getInt8(p) },
  { type: 'int64', size: 8, read: (view, p) => Number(view.getBigInt64(p, true)) },
  { type: 'bool', size: 1, read: (view, p) => view.getUint8(p) },
];

/** Arrays by name; unnamed ones by their number. Throws DataError when the bytes are not such a list. */
export function readNdArrays(bytes: Uint8Array): Map<string, NdArray> {
  const reader = new Reader(bytes);
  if (reader.u64() !== listMagic) throw fault('does not begin with the list magic 0x112');
  reader.u64();
  const arrays = Array.from({ length: reader.count(arraysMax, 'arrays') }, () => readArray(reader));
  const names = Array.from({ length: reader.count(arraysMax, 'names') }, () => reader.text());
  if (names.length > 0 && names.length !== arrays.length) {
    throw fault(`has ${arrays.length} arrays, but ${names.length} names`);
  }
  return new Map(arrays.map((array, index) => [names[index] ?? String(index), array]));
}

function readArray(reader: Reader): NdArray {
  const magic = reader.u32();
  const legacy = magic !== magics.v1 && magic !== magics.v2 && magic !== magics.v3;
  if (magic === magics.v2 || magic === magics.v3) {
    const storage = reader.i32();
    if (storage !== denseStorage)
      throw fault(`holds a sparse array (storage type ${storage}); only dense ones are read`);
  }
  // In the oldest form the word itself is the number of dimensions.
  const dimensions = legacy ? magic : reader.i32();
  if (dimensions > dimensionsMax || dimensions < -1) throw fault(`holds an array of ${dimensions} dimensions`);
  const shape = Array.from({ length: Math.max(dimensions, 0) }, () => (legacy ? reader.u32() : Number(reader.u64())));
  // No shape, no data; only version 3 knows true scalars, whose dimension count is 0.
  if (dimensions === -1 || (dimensions === 0 && magic !== magics.v3)) {
    return { shape, type: 'float32', values: new Float64Array(0) };
  }
  reader.u64();
  const number = reader.i32();
  const type = types[number];
  if (type === undefined) throw fault(`holds an array of the unknown type ${number}`);
  const count = shape.reduce((product, size) => product * size, 1);
  const start = reader.forward(count * type.size);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = type.read(reader.view, start + i * type.size);
  return { shape, type: type.type, values };
}

/** A list of named float32 arrays. Values are rounded to float32. */
export function writeNdArrays(
  arrays: readonly { name: string; shape: readonly number[]; values: ArrayLike<number> }[],
): Uint8Array {
  const names = arrays.map(({ name }) => new TextEncoder().encode(name));
  let length = 8 * 4;
  for (const { shape, values } of arrays) length += 24 + 8 * shape.length + 4 * values.length;
  for (const name of names) length += 8 + name.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let p = 0;
  const u32 = (value: number): void => {
    view.setUint32(p, value, true);
    p += 4;
  };
  const u64 = (value: number): void => {
    view.setBigUint64(p, BigInt(value), true);
    p += 8;
  };
  u64(Number(listMagic));
  u64(0);
  u64(arrays.length);
  for (const { shape, values } of arrays) {
    u32(magics.v2);
    u32(denseStorage);
    u32(shape.length);
    for (const size of shape) u64(size);
    u32(cpu);
    u32(0);
    u32(0);
    for (let i = 0; i < values.length; i++, p += 4) view.setFloat32(p, values[i]!, true);
  }
  u64(names.length);
  for (const name of names) {
    u64(name.length);
    bytes.set(name, p);
    p += name.length;
  }
  return bytes;
}

class Reader {
  readonly view: DataView;
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u32(): number {
    return this.view.getUint32(this.forward(4), true);
  }

  i32(): number {
    return this.view.getInt32(this.forward(4), true);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.forward(8), true);
  }

  count(max: number, what: string): number {
    const count = this.u64();
    if (count > BigInt(max)) throw fault(`has ${count} ${what}, the limit is ${max}`);
    return Number(count);
  }

  text(): string {
    const length = this.count(nameBytesMax, 'bytes in a name');
    const start = this.forward(length);
    return new TextDecoder().decode(this.#bytes.subarray(start, start + length));
  }

  forward(length: number): number {
    const start = this.#position;
    if (!(length <= this.#bytes.length - start)) throw fault(`is cut off at byte ${this.#bytes.length}`);
    this.#position = start + length;
    return start;
  }
}

const fault = (fact: string): DataError => new DataError(`The NDArray list ${fact}`);

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
