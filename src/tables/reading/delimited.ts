/** Delimited text (CSV, TSV) as rows of cells. */
import Papa from 'papaparse';
import { DataError } from '../../base/index.ts';
import { shown } from '../cell.ts';
import { columnsMax, type ReadOptions, type RowChunk, type Table, type TableSource } from '../table.ts';
import {
  type Dialect,
  delimiterNames,
  dialectOf,
  isHeader,
  notBlank,
  parsed,
  rowsAbove,
  sampleLength,
  withoutReturn,
} from './dialect.ts';
import { decoded, type Encoding, encodingOf } from './encoding.ts';

/** A row longer than this has a quote that does not end. */
const rowLengthMax = 1 << 24;

/** Finds out how the text is written, and what its columns are called. Rejects with DataError. */
export async function openDelimited(source: TableSource, start: Uint8Array, options: ReadOptions): Promise<Table> {
  const { name } = source;
  const encoding = encodingOf(start, options.encoding);
  const { sample, isWhole } = await sampleOf(source, encoding);
  const dialect = dialectOf(sample, isWhole, options.delimiter);
  const text = dialect.skippedLines === 1 ? sample.slice(sample.indexOf('\n') + 1) : sample;
  const all = withoutEmptyEnd(parsed(text, dialect, isWhole));
  const above = rowsAbove(all, options.header);
  const rows = all.slice(above).filter(notBlank);
  const [first] = rows;
  if (first === undefined) throw new DataError(`"${name}" has no rows`, { source: name });
  const hasHeader = options.header ?? isHeader(rows);
  if (hasHeader && rows.length === 1) throw new DataError(`"${name}" has a header and no rows`, { source: name });
  const { length: width } = rows[Number(hasHeader)]!;
  const columns = namesOf(name, hasHeader ? first : undefined, width);
  return {
    name,
    format: 'csv',
    columns,
    hasHeader,
    prefersDecimalComma: dialect.delimiter === ';',
    facts: [
      `columns between ${delimiterNames[dialect.delimiter] ?? shown(dialect.delimiter)}`,
      ...(encoding.name === 'UTF-8' ? [] : [`encoded in ${encoding.name}`]),
      ...(above > 0 && all.slice(0, above).some(notBlank)
        ? [`${above === 1 ? 'one line' : `${above} lines`} above the table passed over`]
        : []),
      hasHeader ? 'the first row names the columns' : 'no row of names: columns are called column_1, column_2, ...',
    ],
    chunks: () => rowsOf(source, { encoding, dialect, columns, above: above + Number(hasHeader) }),
  };
}

async function sampleOf(source: TableSource, encoding: Encoding): Promise<{ sample: string; isWhole: boolean }> {
  let sample = '';
  for await (const text of decoded(source.stream(), encoding, source.name)) {
    sample += text;
    if (sample.length >= sampleLength) return { sample, isWhole: false };
  }
  return { sample, isWhole: true };
}

/** Without last columns that have neither a name nor a value: delimiters that end every row. */
function withoutEmptyEnd(rows: readonly string[][]): string[][] {
  let length = Math.max(0, ...rows.map((row) => row.length));
  const isEmpty = (at: number): boolean => rows.every((row) => (row[at] ?? '').trim() === '');
  while (length > 1 && isEmpty(length - 1)) length -= 1;
  return rows.map((row) => row.slice(0, length));
}

function namesOf(source: string, header: readonly string[] | undefined, width: number): string[] {
  if (width > columnsMax)
    throw new DataError(`"${source}" has ${width} columns; the limit is ${columnsMax}`, { source });
  if (header === undefined) return Array.from({ length: width }, (_, at) => `column_${at + 1}`);
  let names = header.map((name) => name.trim());
  // R writes no name above the names of rows; others end every row with a delimiter.
  if (names.length === width - 1) names = ['row_name', ...names];
  while (names.length > width && names.at(-1) === '') names.pop();
  const taken = new Set<string>();
  return names.map((given, at) => {
    const name = given === '' ? `column_${at + 1}` : given;
    if (taken.has(name))
      throw new DataError(`"${source}" has two columns called ${shown(name)}: rename one of them`, {
        source,
        row: 1,
        column: at + 1,
      });
    taken.add(name);
    return name;
  });
}

interface Written {
  encoding: Encoding;
  dialect: Dialect;
  columns: readonly string[];
  /** Rows above the first one: titles, and the names of columns. */
  above: number;
}

async function* rowsOf(source: TableSource, written: Written): AsyncGenerator<RowChunk> {
  const { delimiter, newline } = written.dialect;
  const parser = new Papa.Parser({ delimiter, newline });
  const width = written.columns.length;
  let rest = '';
  let toSkip = written.dialect.skippedLines + written.above;
  let firstRow = 0;
  const take = (isLast: boolean): RowChunk | undefined => {
    const { data, errors, meta } = parser.parse(rest, 0, !isLast);
    if (isLast && errors.some(({ code }: { code: string }) => code === 'MissingQuotes'))
      throw unended(source.name, firstRow + data.length);
    rest = isLast ? '' : rest.slice(meta.cursor);
    if (rest.length > rowLengthMax) throw unended(source.name, firstRow + data.length + 1);
    const rows = (data as string[][]).slice(toSkip).filter(notBlank);
    toSkip -= Math.min(toSkip, data.length);
    if (rows.length === 0) return undefined;
    for (const [at, row] of rows.entries()) checkWidth(source.name, withoutReturn(row), width, firstRow + at);
    const chunk = { firstRow, rows };
    firstRow += rows.length;
    return chunk;
  };
  for await (const text of decoded(source.stream(), written.encoding, source.name)) {
    rest += text;
    const chunk = take(false);
    if (chunk !== undefined) yield chunk;
  }
  const chunk = take(true);
  if (chunk !== undefined) yield chunk;
}

function checkWidth(source: string, row: string[], width: number, number: number): void {
  while (row.length > width && row.at(-1) === '') row.pop();
  if (row.length === width) return;
  const cells = row.length === 1 ? '1 cell' : `${row.length} cells`;
  const columns = width === 1 ? 'there is 1 column' : `there are ${width} columns`;
  throw new DataError(
    `Row ${number + 1} of "${source}", which begins with ${shown(row[0]!, 20)}, has ${cells}, but ${columns}: its quotes or delimiters are wrong, or it was cut`,
    { source, row: number + 1 },
  );
}

const unended = (source: string, row: number): DataError =>
  new DataError(`Row ${row} of "${source}" has a quote (") that does not end`, { source, row });
