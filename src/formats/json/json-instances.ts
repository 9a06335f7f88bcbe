/**
 * Inference requests in JSON (AWS developer guide, "Common data formats for inference"): `{"instances": [I, ...]}`,
 * or one I a line. An instance I is
 *   {"features": [1, 2]}                                                     short
 *   {"data": {"features": {"values": [1, 2]}}}                               long
 *   {"data": {"features": {"keys": [0], "shape": [2], "values": [1]}}}       sparse, positions from 0
 * or, as in other model servers, a bare array.
 */
import { DataError } from '../../base/index.ts';
import { beyondSingle, whyNoJsonNumber } from '../decimal/no-number.ts';
import { quoted } from '../row-decoder.ts';
import { SparseBuilder } from '../sparse-rows.ts';
import { denseWidthMax, type RowBlock, type SparseBlock, sparseWidthMax } from '../table.ts';
import { isWritten, type Parse, withWritten } from './as-written.ts';

export type CheckWidth = (featureCount: number, row: number) => void;

/** Values that the sparse instances of one request may expand to: 512 MiB. */
const valuesMax = 1 << 26;

/** Rows of an `application/json` request. Throws DataError naming instance and feature, both from 1. */
export function parseJsonInstances(bytes: Uint8Array, checkWidth?: CheckWidth): RowBlock {
  return withWritten(JSON.parse, (parse) => instancesToRows(instancesIn(bytes, parse), 'Instance', checkWidth));
}

/** Rows of an `application/jsonlines` request: one instance a line. Throws DataError. */
export function parseJsonLines(bytes: Uint8Array, checkWidth?: CheckWidth): RowBlock {
  return withWritten(JSON.parse, (parse) => instancesToRows(linesIn(bytes, parse), 'Line', checkWidth));
}

/** As `parseJsonInstances`, without the zeros: instances of up to 2^32 features, of any width each. */
export const parseSparseJsonInstances = (bytes: Uint8Array): SparseBlock =>
  withWritten(JSON.parse, (parse) => instancesToSparse(instancesIn(bytes, parse), 'Instance'));

/** As `parseJsonLines`, without the zeros: lines of up to 2^32 features, of any width each. */
export const parseSparseJsonLines = (bytes: Uint8Array): SparseBlock =>
  withWritten(JSON.parse, (parse) => instancesToSparse(linesIn(bytes, parse), 'Line'));

function instancesIn(bytes: Uint8Array, parse: Parse): readonly unknown[] {
  const body = parseJson(bytes, 'The request', parse);
  const instances = isObject(body) ? body.instances : undefined;
  if (Array.isArray(instances)) return instances;
  throw new DataError('The request has no list "instances"; send {"instances": [...]}');
}

/** The values of a request of JSON Lines, one a line. Throws DataError. */
export function linesIn(bytes: Uint8Array, parse?: Parse): readonly unknown[] {
  const lines = decodeUtf8(bytes, 'The request').split('\n');
  while (lines.length > 0 && lines.at(-1)!.trim() === '') lines.pop();
  return lines.map((line, index) => {
    if (line.trim() === '') throw new DataError(`Line ${index + 1} is empty`, { row: index + 1 });
    return parseText(line, `Line ${index + 1}`, parse);
  });
}

function instancesToRows(instances: readonly unknown[], noun: string, checkWidth?: CheckWidth): RowBlock {
  let featureCount = -1;
  let features = new Float64Array(0);
  for (const [index, instance] of instances.entries()) {
    const place = `${noun} ${index + 1}`;
    const vector = readElement(elementOf(instance, place), place);
    if (vector.width !== featureCount) {
      checkWidth?.(vector.width, index + 1);
      if (featureCount >= 0) {
        throw fault(`${place} has ${vector.width} features, but those before have ${featureCount}`, index + 1);
      }
      featureCount = vector.width;
      if (featureCount === 0) throw fault(`${place} has no features`, index + 1);
      if (featureCount * instances.length > valuesMax) {
        throw fault(`${instances.length} instances of ${featureCount} features are more than ${valuesMax} values`, 1);
      }
      features = new Float64Array(featureCount * instances.length);
    }
    fillRow(features, index * featureCount, vector, place, index + 1);
  }
  return { rowCount: instances.length, featureCount: Math.max(featureCount, 0), features, labels: new Float64Array(0) };
}

function instancesToSparse(instances: readonly unknown[], noun: string): SparseBlock {
  const builder = new SparseBuilder();
  let featureCount = 0;
  for (const [index, instance] of instances.entries()) {
    const place = `${noun} ${index + 1}`;
    const vector = readElement(elementOf(instance, place), place, sparseWidthMax);
    if (vector.width === 0) throw fault(`${place} has no features`, index + 1);
    featureCount = Math.max(featureCount, vector.width);
    const cells = vector.values.map((_, i): [number, number] => {
      const key = keyAt(vector, i, place, index + 1);
      return [key, valueAt(vector, i, key, place, index + 1)];
    });
    if (vector.keys !== undefined) cells.sort(([a], [b]) => a - b);
    for (const [key, value] of cells) builder.add(key, value);
    builder.endRow(0);
  }
  return builder.take(featureCount, 0);
}

export interface Vector {
  width: number;
  values: readonly unknown[];
  /** Positions of the values, for sparse vectors. */
  keys: readonly unknown[] | undefined;
}

function fillRow(features: Float64Array, base: number, vector: Vector, place: string, row: number): void {
  for (let i = 0; i < vector.values.length; i++) {
    const key = keyAt(vector, i, place, row);
    features[base + key] = valueAt(vector, i, key, place, row);
  }
}

function keyAt({ keys, width }: Vector, i: number, place: string, row: number): number {
  const key = keys === undefined ? i : keys[i];
  if (typeof key === 'number' && Number.isInteger(key) && key >= 0 && key < width) return key;
  throw fault(`${place} has the key ${show(key)}, but its shape allows 0 to ${width - 1}`, row, undefined, key);
}

function valueAt({ values }: Vector, i: number, key: number, place: string, row: number): number {
  const value = values[i];
  if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return value;
  const why = whyUnread(value);
  throw fault(`${place}, feature ${key + 1}: ${why}`, row, key + 1, value);
}

/** Why a value is not taken as a number. */
export const whyUnread = (value: unknown, isLabel = false): string =>
  typeof value === 'number' || isWritten(value)
    ? `${show(value)} ${beyondSingle}`
    : whyNoJsonNumber(value, show(value), isLabel);

/** The data element inside an instance: an array, or an object with values. */
export function elementOf(instance: unknown, place: string): unknown {
  if (Array.isArray(instance)) return instance;
  if (!isObject(instance)) throw new DataError(`${place} is ${show(instance)}; it must be an object with "features"`);
  if (instance.features !== undefined) return instance.features;
  const { data } = instance;
  if (!isObject(data)) throw new DataError(`${place} has neither "features" nor "data"`);
  if (data.features !== undefined) return data.features;
  const names = Object.keys(data);
  if (names.length === 1) return data[names[0]!];
  throw new DataError(`${place} has no "features" in its "data", but ${names.map(quoted).join(', ') || 'nothing'}`);
}

export function readElement(element: unknown, place: string, widthMax = denseWidthMax): Vector {
  if (Array.isArray(element)) return { width: element.length, values: element, keys: undefined };
  if (!isObject(element) || !Array.isArray(element.values)) {
    throw new DataError(`${place} has no list of numbers as its features`);
  }
  const { values, keys, shape } = element;
  if (keys === undefined && shape === undefined) return { width: values.length, values, keys: undefined };
  const sizes = Array.isArray(shape) ? shape : [];
  const width = sizes.reduce(
    (product: number, size) => product * (Number.isInteger(size) && size >= 0 ? size : Number.NaN),
    1,
  );
  if (sizes.length === 0 || !(width <= widthMax)) {
    throw new DataError(`${place} has the shape ${show(shape)}; it must be a list such as [2000], at most ${widthMax}`);
  }
  if (keys === undefined) {
    if (width !== values.length)
      throw new DataError(`${place} has ${values.length} values, but its shape says ${width}`);
    return { width, values, keys: undefined };
  }
  if (!Array.isArray(keys) || keys.length !== values.length) {
    throw new DataError(`${place} needs as many "keys" as "values"`);
  }
  if (new Set(keys).size < keys.length) throw new DataError(`${place} has the same key twice`);
  return { width, values, keys };
}

const fault = (message: string, row: number, column?: number, value?: unknown): DataError =>
  new DataError(message, { row, ...(column !== undefined && { column }), ...(value !== undefined && { value }) });

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function show(value: unknown): string {
  let text = 'a deeply nested value';
  try {
    text = typeof value === 'number' ? `${value}` : isWritten(value) ? value[''] : (JSON.stringify(value) ?? 'nothing');
  } catch {
    // Nested deeper than the stack is.
  }
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

/** JSON of a whole body. Throws DataError beginning with `what`. */
export const parseJson = (bytes: Uint8Array, what: string, parse?: Parse): unknown =>
  parseText(decodeUtf8(bytes, what), what, parse);

export function parseText(text: string, what: string, parse: Parse = JSON.parse): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new DataError(`${what} is not valid JSON: ${whyNoJson(text) ?? (error as SyntaxError).message}`);
  }
}

/** Mistakes that the engine's own words do not name. */
function whyNoJson(text: string): string | undefined {
  const bare = text.slice(0, 65_536).replace(/"([^"\\]|\\.)*"/g, '""');
  if (/^\s*[-+\d.][-+\d.eE]*(\s*,\s*[-+\d.][-+\d.eE]*)+\s*$/.test(bare))
    return 'it is CSV, whose content type is text/csv';
  if (/[\]}]\s*\r\s*[[{]/.test(bare))
    return 'lines end in a lone carriage return (CR): save it with line feeds (LF or CRLF)';
  const [token] = /(?<![\w.])-?(NaN|Infinity)(?!\w)/.exec(bare) ?? [];
  if (token !== undefined)
    return `${token} is no number there; missing and infinite values are not supported, fill them in or leave the row out`;
  if (/(?<!\w)(True|False|None)(?!\w)/.test(bare)) return 'it is Python; write it with json.dumps';
  if (/[{[,]\s*'/.test(bare)) return 'texts are quoted with ", not with \'';
  if (/^\s*([{[]\s*|[{[].*,\s*)$/s.test(bare)) return 'it ends in the middle; each line must be a whole value';
  return undefined;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new DataError(`${what} is not UTF-8 text`);
  }
}
