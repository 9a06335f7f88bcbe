/**
 * Amazon's Record message (package aialgs.data, proto2), which carries training rows, requests and answers inside
 * RecordIO. Written by hand because rows pass here by the million; `record-rows.ts` is the way for rows, this file
 * for whole records.
 */
import type { DataError } from '../../base/index.ts';
import { bytesField, concatBytes, ProtobufCursor, varintBytes, wire } from './protobuf.ts';

/** Field numbers of Value's oneof, by kind of tensor. */
export const tensorFields = { float32: 2, float64: 3, int32: 7 } as const;
export const recordFields = { features: 1, label: 2, uid: 3, metadata: 4, configuration: 5 } as const;
export type TensorKind = keyof typeof tensorFields;

const bytesValueField = 9;
const entryFields = { key: 1, value: 2 } as const;
const listFields = { values: 1, keys: 2, shape: 3 } as const;

/** One tensor. Dense without keys; sparse with keys (positions from 0) and its shape. */
export interface Tensor {
  kind: TensorKind;
  values: ArrayLike<number>;
  keys?: readonly number[];
  shape?: readonly number[];
}

export interface RecordMessage {
  features?: Readonly<Record<string, Tensor>>;
  label?: Readonly<Record<string, Tensor>>;
  uid?: string;
  metadata?: string;
  configuration?: string;
}

/** The payload of one record; maps are written in their order. */
export function encodeRecord(record: RecordMessage): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const map of ['features', 'label'] as const) {
    for (const [key, tensor] of Object.entries(record[map] ?? {})) {
      parts.push(bytesField(recordFields[map], encodeEntry(key, tensor)));
    }
  }
  for (const name of ['uid', 'metadata', 'configuration'] as const) {
    const text = record[name];
    if (text !== undefined) parts.push(bytesField(recordFields[name], new TextEncoder().encode(text)));
  }
  return concatBytes(parts);
}

function encodeEntry(key: string, tensor: Tensor): Uint8Array {
  const lists = [bytesField(listFields.values, packedValues(tensor))];
  if (tensor.keys !== undefined) lists.push(bytesField(listFields.keys, packedVarints(tensor.keys)));
  if (tensor.shape !== undefined) lists.push(bytesField(listFields.shape, packedVarints(tensor.shape)));
  const value = bytesField(tensorFields[tensor.kind], concatBytes(lists));
  return concatBytes([
    bytesField(entryFields.key, new TextEncoder().encode(key)),
    bytesField(entryFields.value, value),
  ]);
}

const packedVarints = (numbers: readonly number[]): Uint8Array => Uint8Array.from(numbers.flatMap(varintBytes));

function packedValues({ kind, values }: Tensor): Uint8Array {
  if (kind === 'int32') {
    // A negative int32 is its 64-bit two's complement: ten bytes.
    return Uint8Array.from(
      Array.from(values).flatMap((value) => (value < 0 ? negativeVarint(value) : varintBytes(value))),
    );
  }
  const size = kind === 'float32' ? 4 : 8;
  const view = new DataView(new ArrayBuffer(values.length * size));
  for (let i = 0; i < values.length; i++) {
    if (size === 4) view.setFloat32(4 * i, values[i]!, true);
    else view.setFloat64(8 * i, values[i]!, true);
  }
  return new Uint8Array(view.buffer);
}

function negativeVarint(value: number): number[] {
  const low = varintBytes(value >>> 0);
  low[4] = (low[4]! & 15) | 0xf0;
  return [...low, 255, 255, 255, 255, 1];
}

/** One record's payload. Strings are given only where present. Throws DataError, worded by `fault`. */
export function decodeRecord(payload: Uint8Array, fault?: (fact: string) => DataError): RecordMessage {
  const cursor = new ProtobufCursor();
  if (fault !== undefined) cursor.fault = fault;
  cursor.open(payload, 0, payload.length);
  const features: Record<string, Tensor> = {};
  const label: Record<string, Tensor> = {};
  const texts: { uid?: string; metadata?: string; configuration?: string } = {};
  const text = (): string => {
    const end = cursor.lengthEnd();
    return new TextDecoder().decode(payload.subarray(cursor.forward(end - cursor.position), end));
  };
  while (cursor.position < payload.length) {
    const tag = cursor.tag();
    if (tag === tagOf(recordFields.features) || tag === tagOf(recordFields.label)) {
      const view = new TensorView();
      const key = readEntry(cursor, view, undefined);
      const map = tag === tagOf(recordFields.features) ? features : label;
      if (view.kind !== undefined) Object.defineProperty(map, key, entryProperty(view.materialise(cursor)));
    } else if (tag === tagOf(recordFields.uid)) texts.uid = text();
    else if (tag === tagOf(recordFields.metadata)) texts.metadata = text();
    else if (tag === tagOf(recordFields.configuration)) texts.configuration = text();
    else cursor.skip(tag);
  }
  return { features, label, ...texts };
}

/** Defined, not assigned, so that a hostile key such as `__proto__` is only a key. */
const entryProperty = (value: Tensor): PropertyDescriptor => ({
  value,
  enumerable: true,
  configurable: true,
  writable: true,
});

export const tagOf = (field: number): number => field * 8 + wire.bytes;

/** A tensor as it lies in the bytes; made once and refilled for each record. */
export class TensorView {
  kind: TensorKind | 'bytes' | undefined;
  /** Packed floats stay where they are, from `packedStart` to `packedEnd`; all else goes to `values`. */
  packedStart = 0;
  packedEnd = 0;
  readonly values: number[] = [];
  readonly keys: number[] = [];
  readonly shape: number[] = [];

  clear(): void {
    this.kind = undefined;
    this.packedStart = this.packedEnd = 0;
    // Setting the length of an empty array costs ten times the test.
    if (this.values.length > 0) this.values.length = 0;
    if (this.keys.length > 0) this.keys.length = 0;
    if (this.shape.length > 0) this.shape.length = 0;
  }

  get length(): number {
    const packed = this.packedEnd - this.packedStart;
    return this.values.length + (this.kind === 'float64' ? packed >> 3 : packed >> 2);
  }

  materialise(cursor: ProtobufCursor): Tensor {
    if (this.kind === 'bytes' || this.kind === undefined) throw cursor.fault('holds bytes where numbers belong');
    const list = this.kind === 'float64' ? new Float64Array(this.length) : new Float32Array(this.length);
    const values = this.kind === 'int32' ? Int32Array.from(this.values) : list;
    if (this.kind !== 'int32') for (let i = 0; i < values.length; i++) values[i] = this.valueAt(cursor, i);
    return {
      kind: this.kind,
      values,
      ...(this.keys.length > 0 && { keys: [...this.keys] }),
      ...(this.shape.length > 0 && { shape: [...this.shape] }),
    };
  }

  valueAt(cursor: ProtobufCursor, index: number): number {
    if (this.packedEnd === this.packedStart) return this.values[index]!;
    return this.kind === 'float64'
      ? cursor.view.getFloat64(this.packedStart + 8 * index, true)
      : cursor.view.getFloat32(this.packedStart + 4 * index, true);
  }

  /** Moves packed values to the list, when more of them follow elsewhere. */
  unpack(cursor: ProtobufCursor): void {
    const count = this.length - this.values.length;
    const packed: number[] = [];
    for (let i = 0; i < count; i++) packed.push(this.valueAt(cursor, i));
    for (const value of packed) this.values.push(value);
    this.packedStart = this.packedEnd = 0;
  }
}

const valuesKey = [...new TextEncoder().encode('values')];

/**
 * Reads one map entry, the cursor being at its length. Fills `view` when the key is `wanted` (any key, when that is
 * undefined) and returns the key; with `wanted` given, returns it, or '' for every other key.
 */
export function readEntry(cursor: ProtobufCursor, view: TensorView, wanted: 'values' | undefined): string {
  const outerEnd = cursor.end;
  const entryEnd = cursor.lengthEnd();
  cursor.end = entryEnd;
  let keyStart = 0;
  let keyEnd = 0;
  let valueStart = 0;
  let valueEnd = 0;
  while (cursor.position < entryEnd) {
    const tag = cursor.tag();
    if (tag === tagOf(entryFields.key)) {
      keyEnd = cursor.lengthEnd();
      keyStart = cursor.forward(keyEnd - cursor.position);
    } else if (tag === tagOf(entryFields.value)) {
      valueEnd = cursor.lengthEnd();
      valueStart = cursor.forward(valueEnd - cursor.position);
    } else cursor.skip(tag);
  }
  let key = '';
  if (wanted === undefined) key = new TextDecoder().decode(cursor.bytes.subarray(keyStart, keyEnd));
  else if (isValuesKey(cursor.bytes, keyStart, keyEnd)) key = wanted;
  if (wanted === undefined || key === wanted) {
    view.clear();
    cursor.position = valueStart;
    cursor.end = valueEnd;
    readValue(cursor, view);
  }
  cursor.position = entryEnd;
  cursor.end = outerEnd;
  return key;
}

function isValuesKey(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== valuesKey.length) return false;
  for (let i = 0; i < valuesKey.length; i++) if (bytes[start + i] !== valuesKey[i]) return false;
  return true;
}

function readValue(cursor: ProtobufCursor, view: TensorView): void {
  const valueEnd = cursor.end;
  while (cursor.position < valueEnd) {
    const tag = cursor.tag();
    const kind = kindOf(tag);
    if (kind === undefined) {
      cursor.skip(tag);
      continue;
    }
    // The last member of a oneof wins.
    if (view.kind !== kind) view.clear();
    view.kind = kind;
    const end = cursor.lengthEnd();
    cursor.end = end;
    if (kind === 'bytes') cursor.position = end;
    else while (cursor.position < end) readList(cursor, view, kind);
    cursor.end = valueEnd;
  }
}

function kindOf(tag: number): TensorKind | 'bytes' | undefined {
  if (tag === tagOf(tensorFields.float32)) return 'float32';
  if (tag === tagOf(tensorFields.float64)) return 'float64';
  if (tag === tagOf(tensorFields.int32)) return 'int32';
  return tag === tagOf(bytesValueField) ? 'bytes' : undefined;
}

const unpackedTags = {
  float32: listFields.values * 8 + wire.fixed32,
  float64: listFields.values * 8 + wire.fixed64,
  int32: listFields.values * 8 + wire.varint,
} as const;

/** One field of a tensor. Repeated numbers come packed or one by one; parsers must take both. */
function readList(cursor: ProtobufCursor, view: TensorView, kind: TensorKind): void {
  const tag = cursor.tag();
  if (tag === tagOf(listFields.values)) readPackedValues(cursor, view, kind);
  else if (tag === unpackedTags[kind]) {
    if (view.packedEnd > view.packedStart) view.unpack(cursor);
    if (kind === 'int32') view.values.push(cursor.int32());
    else if (kind === 'float32') view.values.push(cursor.view.getFloat32(cursor.forward(4), true));
    else view.values.push(cursor.view.getFloat64(cursor.forward(8), true));
  } else if (tag === tagOf(listFields.keys)) readPackedVarints(cursor, view.keys);
  else if (tag === tagOf(listFields.shape)) readPackedVarints(cursor, view.shape);
  else if (tag === listFields.keys * 8 + wire.varint) view.keys.push(cursor.varint());
  else if (tag === listFields.shape * 8 + wire.varint) view.shape.push(cursor.varint());
  else cursor.skip(tag);
}

function readPackedValues(cursor: ProtobufCursor, view: TensorView, kind: TensorKind): void {
  const end = cursor.lengthEnd();
  if (kind === 'int32') {
    const outerEnd = cursor.end;
    cursor.end = end;
    while (cursor.position < end) view.values.push(cursor.int32());
    cursor.end = outerEnd;
    return;
  }
  const size = kind === 'float32' ? 4 : 8;
  const start = cursor.forward(end - cursor.position);
  if ((end - start) % size !== 0)
    throw cursor.fault(`holds ${end - start} bytes of ${kind} values, not a multiple of ${size}`);
  if (end === start) return;
  if (view.length === 0) {
    view.packedStart = start;
    view.packedEnd = end;
    return;
  }
  view.unpack(cursor);
  for (let p = start; p < end; p += size) {
    view.values.push(size === 4 ? cursor.view.getFloat32(p, true) : cursor.view.getFloat64(p, true));
  }
}

function readPackedVarints(cursor: ProtobufCursor, list: number[]): void {
  const outerEnd = cursor.end;
  const end = cursor.lengthEnd();
  cursor.end = end;
  while (cursor.position < end) list.push(cursor.varint());
  cursor.end = outerEnd;
}
