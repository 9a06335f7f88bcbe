/** JSON Lines, and a JSON list of objects, as rows of cells: an object is a row, its members the columns. */
import { DataError, messageOf } from '../../base/index.ts';
import type { Cell } from '../cell.ts';
import { shown } from '../cell.ts';
import { columnsMax, type RowChunk, type Table, type TableSource } from '../table.ts';
import { decoded, encodingOf } from './encoding.ts';

/** Rows whose members are the columns: a later row may lack some, but brings no new ones. */
const namingRows = 10_000;
const lineLengthMax = 1 << 24;
const chunkRows = 1000;
/** A list is read as a whole. */
const listLengthMax = 1 << 28;

export async function openJson(source: TableSource, start: Uint8Array, format: 'json' | 'json lines'): Promise<Table> {
  const objects = (): AsyncGenerator<Record<string, unknown>> =>
    format === 'json' ? objectsOfList(source, start) : objectsOfLines(source, start);
  const columns = await membersOf(source, objects());
  return {
    name: source.name,
    format,
    columns,
    hasHeader: true,
    facts: [format === 'json' ? 'a list of objects' : 'an object a line'],
    chunks: () => chunksOf(source, columns, objects()),
  };
}

/** Objects in memory as a table. Rejects with DataError where there are none. */
export async function objectTable(name: string, objects: readonly unknown[]): Promise<Table> {
  const source: TableSource = { name, stream: async function* () {} };
  async function* checked(): AsyncGenerator<Record<string, unknown>> {
    for (const [at, value] of objects.entries()) yield checkedObject(name, `Item ${at + 1}`, value);
  }
  const columns = await membersOf(source, checked());
  return {
    name,
    format: 'json',
    columns,
    hasHeader: true,
    facts: [],
    chunks: () => chunksOf(source, columns, checked()),
  };
}

async function membersOf(source: TableSource, objects: AsyncIterable<Record<string, unknown>>): Promise<string[]> {
  const names = new Set<string>();
  let rows = 0;
  for await (const object of objects) {
    for (const name of Object.keys(object)) names.add(name);
    if (names.size > columnsMax)
      throw new DataError(`"${source.name}" has more than ${columnsMax} columns`, { source: source.name });
    rows += 1;
    if (rows === namingRows) break;
  }
  if (names.size === 0) throw new DataError(`"${source.name}" has no rows`, { source: source.name });
  return [...names];
}

async function* chunksOf(
  { name: source }: TableSource,
  columns: readonly string[],
  objects: AsyncIterable<Record<string, unknown>>,
): AsyncGenerator<RowChunk> {
  const places = new Map(columns.map((name, at) => [name, at]));
  let firstRow = 0;
  let rows: Cell[][] = [];
  for await (const object of objects) {
    const row = new Array<Cell>(columns.length).fill(null);
    for (const [name, value] of Object.entries(object)) {
      const place = places.get(name);
      if (place === undefined)
        throw new DataError(
          `Row ${firstRow + rows.length + 1} of "${source}" has the member ${shown(name)}, which no row up to ${namingRows} has`,
          { source, row: firstRow + rows.length + 1, column: name },
        );
      row[place] = cellOf(value);
    }
    rows.push(row);
    if (rows.length < chunkRows) continue;
    yield { firstRow, rows };
    firstRow += rows.length;
    rows = [];
  }
  if (rows.length > 0) yield { firstRow, rows };
}

/** Booleans are the words true and false; what is nested is its own JSON. */
export function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'bigint')
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

async function* objectsOfLines(source: TableSource, start: Uint8Array): AsyncGenerator<Record<string, unknown>> {
  let rest = '';
  let line = 0;
  const read = (text: string): Record<string, unknown> | undefined => {
    line += 1;
    return text.trim() === '' ? undefined : objectOf(source.name, `Line ${line}`, text);
  };
  for await (const text of decoded(source.stream(), encodingOf(start), source.name)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    if (rest.length > lineLengthMax)
      throw new DataError(
        `Line ${line + lines.length + 1} of "${source.name}" has more than ${lineLengthMax} characters`,
      );
    for (const each of lines) {
      const object = read(each);
      if (object !== undefined) yield object;
    }
  }
  const object = read(rest);
  if (object !== undefined) yield object;
}

async function* objectsOfList(source: TableSource, start: Uint8Array): AsyncGenerator<Record<string, unknown>> {
  let whole = '';
  for await (const text of decoded(source.stream(), encodingOf(start), source.name)) {
    whole += text;
    if (whole.length > listLengthMax)
      throw new DataError(
        `"${source.name}" has more than ${listLengthMax} characters: write an object a line (JSON Lines)`,
      );
  }
  const list: unknown = parse(source.name, 'The text', whole);
  for (const [at, value] of (list as unknown[]).entries()) yield checkedObject(source.name, `Item ${at + 1}`, value);
}

const objectOf = (source: string, place: string, text: string): Record<string, unknown> =>
  checkedObject(source, place, parse(source, place, text));

function checkedObject(source: string, place: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new DataError(`${place} of "${source}" is no object such as {"age": 30}`, { source });
}

function parse(source: string, place: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataError(`${place} of "${source}" is not JSON: ${messageOf(error)}`, { source });
  }
}
