import { DataError } from '../../base/index.ts';
import type { Breather } from '../breather.ts';
import type { LabelledRows, Labels, Matrix, Row, Rows } from './inputs.ts';
import { badCell, cellsMax, columnsOf, isUsable, shown, type Table, TableBuilder, whyNot } from './table.ts';

/** Features and labels in memory. */
export interface LabelledTable extends Table {
  labels: Float64Array;
}

/** The rows as a table; `name` is what messages call them. Rejects with DataError naming row, column and value. */
export async function readRows(name: string, rows: Rows, breather: Breather): Promise<Table> {
  if (typeof rows === 'string') return readText(name, [rows], breather);
  if (isMatrix(rows)) return matrixTable(name, rows);
  if (Array.isArray(rows)) return listTable(name, rows, breather);
  const items = itemsOf(name, rows);
  const first = await items.next();
  if (first.done === true) throw new DataError(`There are no rows in "${name}"`);
  const all = withFirst(first.value, items);
  if (typeof first.value === 'string') return readText(name, all as AsyncIterable<string>, breather);
  const builder = new TableBuilder(name);
  for await (const row of all) {
    builder.add(row as Row);
    await breather.breathe();
  }
  return builder.table();
}

/** A page loads the reading of CSV with its first text. */
const readText: typeof import('./csv-text.ts').readCsv = async (...args) =>
  (await import('./csv-text.ts')).readCsv(...args);

/** The rows without the column of their labels, or with the labels given. */
export async function readLabelled(
  name: string,
  { rows, labels }: LabelledRows,
  breather: Breather,
): Promise<LabelledTable> {
  const table = await readRows(name, rows, breather);
  if (isColumn(labels)) return splitColumn(name, table, labels.column);
  const values = await readLabels(name, labels);
  if (values.length === table.rowCount) return { ...table, labels: values };
  throw new DataError(`There are ${values.length} labels for ${table.rowCount} rows in "${name}"`);
}

/** Without a promise a row, which would cost more than the row. */
async function listTable(name: string, rows: readonly Row[], breather: Breather): Promise<Table> {
  const builder = new TableBuilder(name);
  for (let at = 0; at < rows.length; at += 1) {
    builder.add(rows[at]!);
    if (at % 1024 === 0) await breather.breathe();
  }
  return builder.table();
}

async function* itemsOf(name: string, rows: Exclude<Rows, string | Matrix>): AsyncGenerator<Row | string> {
  if (typeof rows === 'object' && rows !== null) {
    if (Symbol.asyncIterator in rows || Symbol.iterator in rows) return yield* rows as AsyncIterable<Row | string>;
  }
  throw new DataError(
    `"${name}" is ${shown(rows)}: give CSV text, a list of rows, { values, columns }, or an iterable of rows`,
  );
}

async function* withFirst<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

const isMatrix = (rows: Rows): rows is Matrix =>
  typeof rows === 'object' && rows !== null && 'values' in rows && 'columns' in rows;

function matrixTable(name: string, { values, columns }: Matrix): Table {
  if (!Number.isInteger(columns) || columns < 1)
    throw new DataError(`"${name}" has columns ${shown(columns)}: it must be an integer of at least 1`);
  if (typeof values?.length !== 'number')
    throw new DataError(`"${name}" has values ${shown(values)}: it must be a list of numbers`);
  const rowCount = values.length / columns;
  if (!Number.isInteger(rowCount))
    throw new DataError(`"${name}" has ${values.length} values, which is no multiple of its ${columnsOf(columns)}`);
  if (rowCount === 0) throw new DataError(`There are no rows in "${name}"`);
  if (values.length > cellsMax) throw new DataError(`"${name}" holds more than ${cellsMax} numbers`);
  for (let at = 0; at < values.length; at += 1) {
    if (!isUsable(values[at])) throw badCell(name, Math.floor(at / columns) + 1, at % columns, values[at]);
  }
  const kept = values instanceof Float32Array || values instanceof Float64Array ? values : Float64Array.from(values);
  return { rowCount, columnCount: columns, values: kept };
}

const isColumn = (labels: Labels): labels is { column: number | string } =>
  typeof labels === 'object' && labels !== null && 'column' in labels;

async function readLabels(name: string, labels: Exclude<Labels, { column: number | string }>): Promise<Float64Array> {
  const isList = typeof labels === 'object' && labels !== null;
  if (!isList || !('length' in labels || Symbol.iterator in labels || Symbol.asyncIterator in labels)) {
    const advice = 'give a list of numbers, or { column } where they are a column of the rows';
    throw new DataError(`The labels of "${name}" are ${shown(labels)}: ${advice}`);
  }
  const values: ArrayLike<number> = 'length' in labels ? labels : await collect(labels);
  const read = new Float64Array(values.length);
  for (let at = 0; at < read.length; at += 1) {
    const value: unknown = values[at];
    if (!isUsable(value)) {
      const message = `Label ${at + 1} of "${name}": ${whyNot(value)}`;
      throw new DataError(message, { source: name, row: at + 1, value });
    }
    read[at] = value;
  }
  return read;
}

async function collect(values: Iterable<number> | AsyncIterable<number>): Promise<number[]> {
  const list: number[] = [];
  for await (const value of values) {
    if (list.length >= cellsMax) throw new DataError(`There are more than ${cellsMax} labels`);
    list.push(value);
  }
  return list;
}

function splitColumn(name: string, table: Table, column: number | string): LabelledTable {
  const { rowCount, columnCount, values, names } = table;
  const place = typeof column === 'number' ? column : (names?.indexOf(column) ?? -1);
  if (!Number.isInteger(place) || place < 0 || place >= columnCount) {
    const among =
      typeof column === 'number'
        ? `the columns are 0 to ${columnCount - 1}`
        : names === undefined
          ? 'the rows have no header that names columns'
          : `the header names ${names
              .map((each) => JSON.stringify(each))
              .join(', ')
              .slice(0, 200)}`;
    throw new DataError(`There is no label column ${shown(column)} in "${name}": ${among}`);
  }
  if (columnCount === 1) throw new DataError(`"${name}" has only the column of the labels and no features`);
  const width = columnCount - 1;
  const features =
    values instanceof Float32Array ? new Float32Array(rowCount * width) : new Float64Array(rowCount * width);
  const labels = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const from = row * columnCount;
    features.set(values.subarray(from, from + place), row * width);
    features.set(values.subarray(from + place + 1, from + columnCount), row * width + place);
    labels[row] = values[from + place]!;
  }
  return {
    rowCount,
    columnCount: width,
    values: features,
    labels,
    ...(names && { names: names.filter((_, at) => at !== place) }),
  };
}
