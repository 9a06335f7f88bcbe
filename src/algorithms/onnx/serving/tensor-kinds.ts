/** The types of elements that tensors of requests and answers have, by their numbers in onnx.proto. */
import { DataError } from '../../../base/index.ts';
import { showJson } from '../../../formats/index.ts';

export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;
export type TensorValues = NumberArray | BigInt64Array | BigUint64Array | string[];

export interface TensorKind {
  /** As the runtime calls it. */
  name:
    | 'float32'
    | 'float64'
    | 'int8'
    | 'uint8'
    | 'int16'
    | 'uint16'
    | 'int32'
    | 'uint32'
    | 'int64'
    | 'uint64'
    | 'bool'
    | 'string';
  /** Makes the values of a tensor. */
  make(count: number): TensorValues;
  /** Sets a value to one of a request: of JSON, or text of CSV. Throws DataError, which `place` begins. */
  set(values: TensorValues, index: number, value: unknown, place: () => string): void;
}

const floats = (name: TensorKind['name'], make: (count: number) => NumberArray): TensorKind => ({
  name,
  make,
  set(values, index, value, place) {
    // What is missing is NaN, which a model may have a rule for.
    const number = value === null ? Number.NaN : numberOf(value, place);
    if (Number.isFinite(number) && name === 'float32' && !Number.isFinite(Math.fround(number)))
      throw new DataError(`${place()}: ${showJson(value)} is beyond the range of float32`);
    (values as NumberArray)[index] = number;
  },
});

const wholes = (
  name: TensorKind['name'],
  make: (count: number) => NumberArray,
  low: number,
  high: number,
): TensorKind => ({
  name,
  make,
  set(values, index, value, place) {
    (values as NumberArray)[index] = wholeOf(value, name, low, high, place);
  },
});

const bigs = (
  name: TensorKind['name'],
  make: (count: number) => BigInt64Array | BigUint64Array,
  low: number,
): TensorKind => ({
  name,
  make,
  set(values, index, value, place) {
    const whole = wholeOf(value, name, low, Number.MAX_SAFE_INTEGER, place);
    (values as BigInt64Array)[index] = BigInt(whole);
  },
});

const booleans: TensorKind = {
  name: 'bool',
  make: (count) => new Uint8Array(count),
  set(values, index, value, place) {
    const truth = truths.get(typeof value === 'string' ? value.toLowerCase() : value);
    if (truth === undefined) throw new DataError(`${place()}: ${showJson(value)} is neither true nor false`);
    (values as Uint8Array)[index] = truth;
  },
};

const truths = new Map<unknown, 0 | 1>([
  [true, 1],
  [1, 1],
  ['true', 1],
  ['1', 1],
  [false, 0],
  [0, 0],
  ['false', 0],
  ['0', 0],
]);

const texts: TensorKind = {
  name: 'string',
  make: (count) => new Array<string>(count).fill(''),
  set(values, index, value, place) {
    if (typeof value !== 'string') throw new DataError(`${place()}: ${showJson(value)} is not a string`);
    (values as string[])[index] = value;
  },
};

const kinds: Readonly<Record<number, TensorKind>> = {
  1: floats('float32', (count) => new Float32Array(count)),
  2: wholes('uint8', (count) => new Uint8Array(count), 0, 255),
  3: wholes('int8', (count) => new Int8Array(count), -128, 127),
  4: wholes('uint16', (count) => new Uint16Array(count), 0, 65_535),
  5: wholes('int16', (count) => new Int16Array(count), -32_768, 32_767),
  6: wholes('int32', (count) => new Int32Array(count), -(2 ** 31), 2 ** 31 - 1),
  7: bigs('int64', (count) => new BigInt64Array(count), Number.MIN_SAFE_INTEGER),
  8: texts,
  9: booleans,
  11: floats('float64', (count) => new Float64Array(count)),
  12: wholes('uint32', (count) => new Uint32Array(count), 0, 2 ** 32 - 1),
  13: bigs('uint64', (count) => new BigUint64Array(count), 0),
};

/** What the others are called, for messages. */
const otherKinds: Readonly<Record<number, string>> = {
  10: 'float16',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
};

/** The kind of a number; a text, its name, for one that requests cannot have. */
export const tensorKind = (element: number): TensorKind | string =>
  kinds[element] ?? otherKinds[element] ?? `element type ${element}`;

const missing = /^(nan|null|na)?$/i;
const infinite = /^([+-]?)inf(inity)?$/i;
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A cell of CSV as the value that JSON would have there. */
export function valueOfCell(cell: string, { name }: TensorKind): unknown {
  if (name === 'string') return cell;
  const text = cell.trim();
  if (decimal.test(text)) return Number(text);
  if (missing.test(text)) return null;
  const [, sign] = infinite.exec(text) ?? [];
  if (sign === undefined) return text;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function numberOf(value: unknown, place: () => string): number {
  if (typeof value === 'number') return value;
  throw new DataError(`${place()}: ${value === null ? 'a value is missing' : `${showJson(value)} is not a number`}`);
}

function wholeOf(value: unknown, name: string, low: number, high: number, place: () => string): number {
  const number = numberOf(value, place);
  if (!Number.isInteger(number))
    throw new DataError(`${place()}: ${showJson(value)} is not a whole number, as ${name} is`);
  if (number < low || number > high)
    throw new DataError(`${place()}: ${showJson(value)} is not within ${low} and ${high}`);
  return number;
}
