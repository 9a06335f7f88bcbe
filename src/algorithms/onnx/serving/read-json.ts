/**
 * Requests of JSON. Rows are `{"instances": [R, ...]}`, a bare list of them, or in JSON Lines one R a line. A row R is
 *   [1, 2]                       all values, in the order of the inputs
 *   {"features": [1, 2]}         the same, as the Linear Learner reads it; also {"data": {"features": {"values": [1, 2]}}}
 *   {"a": 1, "b": [2, 3]}        by the names of the inputs
 * Whole tensors, whose first size counts rows, are `{"inputs": {"a": [1, 4], "b": [[2, 3], [5, 6]]}}`, or without "inputs".
 */
import { DataError } from '../../../base/index.ts';
import { jsonLinesIn, parseJson } from '../../../formats/index.ts';
import type { InputPort } from './ports.ts';
import { feedOf, type RequestRows, rowShapeOf, shapeText, sizeOf, valuesMax, type Written } from './request-rows.ts';

/** Throws DataError that names row, input and value. */
export function readJson(body: Uint8Array, inputs: readonly InputPort[]): RequestRows {
  const value = parseJson(body, 'The request');
  if (Array.isArray(value)) return readRows(value.some(isNested) || isColumn(inputs) ? value : [value], inputs);
  if (!isObject(value)) throw new DataError(`The request is neither a list nor an object; send ${forms(inputs)}`);
  if (Array.isArray(value.instances)) return readRows(value.instances, inputs);
  if (value.instances !== undefined) throw new DataError('"instances" of the request is not a list of rows');
  if (isObject(value.inputs) && !inputs.some(({ name }) => name === 'inputs')) return readTensors(value.inputs, inputs);
  if (value.inputs !== undefined && inputs.length === 1 && inputs[0]!.name !== 'inputs')
    return readTensors({ [inputs[0]!.name]: value.inputs }, inputs);
  if (isRowOfFeatures(value, inputs)) return readRows([value], inputs);
  return readTensors(value, inputs);
}

export const readJsonLines = (body: Uint8Array, inputs: readonly InputPort[]): RequestRows =>
  readRows(jsonLinesIn(body), inputs);

/** One value a row is enough. */
const isColumn = (inputs: readonly InputPort[]): boolean => inputs.length === 1 && inputs[0]!.width === 1;

function readRows(rows: readonly unknown[], inputs: readonly InputPort[]): RequestRows {
  if (rows.length === 0) return { rowCount: 0, feeds: [] };
  const gathered = inputs.map((): { values: unknown[]; rowShape?: readonly number[] } => ({ values: [] }));
  for (const [index, row] of rows.entries()) {
    const place = `Row ${index + 1}`;
    for (const [at, part] of partsOf(row, inputs, place).entries()) {
      const into = gathered[at]!;
      const { values, shape } = flatten(part, place);
      const rowShape = rowShapeOf(inputs[at]!, values.length, shape, place);
      into.rowShape ??= rowShape;
      if (sizeOf(rowShape) !== sizeOf(into.rowShape) || String(rowShape) !== String(into.rowShape))
        throw new DataError(
          `${place}: input "${inputs[at]!.name}" has ${rowShape.join(' × ')} values, and ${into.rowShape.join(' × ')} in the rows before; rows of one request are of one size`,
        );
      for (const value of values) into.values.push(value);
      if (into.values.length > valuesMax) throw new DataError(`The request has more than ${valuesMax} values`);
    }
  }
  return {
    rowCount: rows.length,
    feeds: inputs.map((port, at) => feedOf(port, gathered[at] as Written)),
  };
}

/** A row's part for each input. */
function partsOf(row: unknown, inputs: readonly InputPort[], place: string): unknown[] {
  const whole = wholeRow(row, inputs);
  if (whole === undefined) {
    const named = row as Record<string, unknown>;
    checkNames(named, inputs, place);
    return inputs.map(({ name }) => named[name]);
  }
  if (inputs.length === 1) return [whole];
  const parts = Array.isArray(whole) ? whole : [whole];
  if (parts.length === inputs.length && parts.some(isNested)) return parts;
  const { values } = flatten(parts, place);
  const total = inputs.reduce((sum, { width }) => sum + (width ?? Number.NaN), 0);
  if (values.length !== total)
    throw new DataError(
      `${place} has ${values.length} values; the model has the inputs ${listed(inputs)}: give an object with one member for each`,
    );
  let first = 0;
  return inputs.map(({ width = 0 }) => {
    first += width;
    return values.slice(first - width, first);
  });
}

/** The list of all values that a row is; undefined for one by the inputs' names. */
function wholeRow(row: unknown, inputs: readonly InputPort[]): unknown {
  if (!isObject(row)) return row;
  if (!isRowOfFeatures(row, inputs)) return undefined;
  if (row.features !== undefined) return isObject(row.features) ? row.features.values : row.features;
  const { features } = row.data as { features?: unknown };
  return isObject(features) ? features.values : features;
}

const isRowOfFeatures = (row: Record<string, unknown>, inputs: readonly InputPort[]): boolean =>
  !inputs.some(({ name }) => name in row) && ('features' in row || (isObject(row.data) && 'features' in row.data));

/** Values by the names of inputs, whose first size counts rows. */
function readTensors(tensors: Record<string, unknown>, inputs: readonly InputPort[]): RequestRows {
  checkNames(tensors, inputs, 'The request');
  // Plain values are those of one row.
  if (Object.values(tensors).every((value) => !isNested(value))) return readRows([tensors], inputs);
  let rowCount: number | undefined;
  const feeds = inputs.map((port) => {
    const { values, shape } = flatten(tensors[port.name], `Input "${port.name}"`);
    const { count, rowShape } = rowsIn(port, values.length, shape);
    rowCount ??= count;
    if (count !== rowCount)
      throw new DataError(`Input "${port.name}" has ${count} rows, and "${inputs[0]!.name}" has ${rowCount}`);
    return feedOf(port, { values, rowShape });
  });
  return { rowCount: rowCount ?? 0, feeds };
}

function rowsIn(port: InputPort, valueCount: number, shape: readonly number[]): { count: number; rowShape: number[] } {
  const [count = 1, ...nested] = shape;
  const { width, rowShape } = port;
  if (shape.length === rowShape.length + 1) {
    const place = 'The request';
    return { count, rowShape: rowShapeOf(port, sizeOf(nested), nested, place) };
  }
  if (shape.length <= 1 && width !== undefined && width > 0 && valueCount % width === 0)
    return { count: valueCount / width, rowShape: rowShape as number[] };
  if (shape.length <= 1 && width === undefined && rowShape.length === 1) return { count: 1, rowShape: [valueCount] };
  throw new DataError(
    `Input "${port.name}" takes ${shapeText(port)}, and a list of such rows; it has ${shape.join(' × ')} values`,
  );
}

function checkNames(named: Record<string, unknown>, inputs: readonly InputPort[], place: string): void {
  const absent = inputs.filter(({ name }) => named[name] === undefined).map(({ name }) => `"${name}"`);
  const unknown = Object.keys(named).find((name) => !inputs.some((port) => port.name === name));
  if (absent.length === 0 && unknown === undefined) return;
  const problem = unknown === undefined ? `lacks ${absent.join(', ')}` : `has "${unknown.slice(0, 60)}"`;
  throw new DataError(`${place} ${problem}; the inputs of the model are ${listed(inputs)}`);
}

const listed = (inputs: readonly InputPort[]): string => inputs.map(({ name }) => `"${name}"`).join(', ');

const forms = (inputs: readonly InputPort[]): string =>
  inputs.length === 1 ? '{"instances": [[...], ...]}' : `{"instances": [{"${inputs[0]!.name}": ..., ...}, ...]}`;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Tensors have few sizes; lists nested deeper are a mistake. */
const depthMax = 16;

/** The values of lists in lists, all of one size at each depth. */
function flatten(value: unknown, place: string): { values: unknown[]; shape: number[] } {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) {
    shape.push(inner.length);
    if (shape.length > depthMax) throw new DataError(`${place} has lists nested more than ${depthMax} deep`);
  }
  const values: unknown[] = [];
  const add = (item: unknown, depth: number): void => {
    if (depth === shape.length) {
      if (Array.isArray(item)) throw new DataError(`${place} has a list among its values`);
      if (isObject(item)) throw new DataError(`${place} has an object among its values`);
      values.push(item);
      return;
    }
    if (!Array.isArray(item)) throw new DataError(`${place} has a value among its lists`);
    if (item.length !== shape[depth])
      throw new DataError(`${place} has lists of different sizes: ${shape[depth]} and ${item.length}`);
    for (const each of item) add(each, depth + 1);
  };
  add(value, 0);
  return { values, shape };
}
