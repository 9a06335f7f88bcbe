/**
 * Parquet to rows: the column named `label`, else the first, is the label; all others are features, in the file's order.
 * Row groups pass one after the other, a column at a time, so that memory holds a part of one group only.
 */
import { type FileMetaData, parquetMetadataAsync, parquetRead, type RowGroup, type SchemaElement } from 'hyparquet';
import { checkUnpacked, DataError, messageOf } from '../../base/index.ts';
import { quoted } from '../row-decoder.ts';
import { denseWidthMax, type Numbers, type RowBlock } from '../table.ts';
import { compressors, openCodecs } from './codecs.ts';
import { pagesOf } from './pages.ts';
import { checkPages, isPlain, type PageNumbers, valuesOf } from './values.ts';

/** Gives any part of a file's bytes. */
export interface FileSlices {
  byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

export interface ParquetOptions {
  /** Name of the file, for messages. */
  source: string;
  /** `nan`: a feature that is null, or NaN, is NaN; left out, it is refused. */
  missing?: 'nan';
}

export interface ParquetFile {
  rowCount: number;
  featureCount: number;
  /** All rows, in order. A block's memory is reused by the next one. Rejects with DataError. */
  blocks(): AsyncGenerator<RowBlock>;
}

/** The bytes that are read at once, 128 MiB: a wide row group is read in parts of that size, each of which opens every column again. */
const partBytesMax = 1 << 27;
/** The size of the first part: often only a file's first rows are needed. Each further part is four times as large. */
const firstPartValues = 1 << 20;
/** The most bytes that the pages of a column in one row group may unpack to. */
const columnBytesMax = 2 ** 36;
/** Values of a block, 512 KiB. */
const pieceValuesMax = 1 << 16;

/** Reads the file's table of contents. Rejects with DataError for columns that are not numeric. */
export async function openParquet(file: FileSlices, options: ParquetOptions): Promise<ParquetFile> {
  const metadata = await readable(options.source, () => parquetMetadataAsync(file, { geoparquet: false }));
  const columns = columnsOf(metadata, options.source);
  await openCodecs(
    metadata.row_groups.flatMap((group) => group.columns.map(({ meta_data }) => meta_data?.codec ?? '')),
  );
  return {
    rowCount: Number(metadata.num_rows),
    featureCount: columns.length - 1,
    blocks: () => blocksOf(file, metadata, columns, options),
  };
}

/** The label's column first. */
function columnsOf(metadata: FileMetaData, source: string): string[] {
  const names: string[] = [];
  const [root, ...elements] = metadata.schema;
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i]!;
    if (typeof element.name !== 'string') throw notReadable(source, 'a column has no name');
    // The index that pandas writes is not a column of the table.
    if (/^__index_level_\d+__$/.test(element.name) && !element.num_children) continue;
    const wrong = wrongType(element);
    if (wrong !== undefined) {
      throw new DataError(`Column ${quoted(element.name)} of "${source}" ${wrong}; it must hold numbers or booleans`, {
        source,
        column: element.name,
      });
    }
    if (names.includes(element.name)) {
      throw new DataError(`"${source}" has the column ${quoted(element.name)} twice`, { source, column: element.name });
    }
    names.push(element.name);
  }
  if (root === undefined || names.length < 2) {
    throw new DataError(`"${source}" has ${names.length} columns; it needs a label and at least one feature`, {
      source,
    });
  }
  if (names.length - 1 > denseWidthMax) {
    throw new DataError(`"${source}" has ${names.length} columns; the limit is ${denseWidthMax + 1}`, { source });
  }
  const label = Math.max(0, names.indexOf('label'));
  return [names[label]!, ...names.slice(0, label), ...names.slice(label + 1)];
}

function wrongType({
  type,
  num_children,
  repetition_type,
  converted_type,
  logical_type,
}: SchemaElement): string | undefined {
  if (num_children !== undefined || type === undefined || repetition_type === 'REPEATED') return 'is nested';
  const kind = logical_type?.type ?? converted_type ?? '';
  if (kind === 'DECIMAL' || kind === 'FLOAT16') return undefined;
  if (/^(STRING|UTF8|ENUM|JSON)$/.test(kind)) return 'holds strings';
  if (/^(DATE|TIME|INTERVAL)/.test(kind) || type === 'INT96') return 'holds dates or times';
  if (type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY') return 'holds bytes';
  return undefined;
}

async function* blocksOf(
  file: FileSlices,
  metadata: FileMetaData,
  columns: readonly string[],
  { source, missing }: ParquetOptions,
): AsyncGenerator<RowBlock> {
  const width = columns.length - 1;
  let values = firstPartValues;
  const features = metadata.schema.filter(({ name }) => columns.indexOf(name) > 0);
  const isSingle = features.every(({ type }) => type === 'FLOAT' || type === 'BOOLEAN');
  const partValuesMax = partBytesMax / (isSingle ? 4 : 8);
  let part: Part | undefined;
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    for (let start = groupStart; start < groupEnd; ) {
      const rowCount = Math.min(Math.max(1, Math.floor(values / width)), groupEnd - start);
      if (part === undefined || part.labels.length < rowCount)
        part = new Part({ source, width, rowCount, isSingle, hasMissing: missing === 'nan' });
      part.begin(start, rowCount);
      for (const [place, name] of columns.entries()) {
        await readColumn({ file, metadata, group, groupStart, name }, part, place);
      }
      yield* part.blocks();
      start += rowCount;
      values = Math.min(4 * values, partValuesMax);
    }
    groupStart = groupEnd;
  }
}

/** A column in one row group. */
interface ColumnOfGroup {
  file: FileSlices;
  metadata: FileMetaData;
  group: RowGroup;
  groupStart: number;
  name: string;
}

/** Fills a part's rows with those of a column. */
async function readColumn(column: ColumnOfGroup, part: Part, place: number): Promise<void> {
  const { file, metadata, group, groupStart, name } = column;
  const from = part.firstRow - groupStart;
  const element = metadata.schema.find((candidate) => candidate.name === name)!;
  const { meta, start, end, pages } = await readable(part.source, () => pagesAt(file, group, name));
  const unpacked = pages.reduce((sum, { header }) => sum + header.uncompressed_page_size, 0);
  checkUnpacked(
    `Column ${quoted(name)} of "${part.source}"`,
    { stored: end.byte - start, unpacked },
    { bytesMax: columnBytesMax },
  );
  if (!isPlain(pages, element)) {
    await readable(part.source, async () => checkPages(pages, element, meta));
    const held: FileSlices = {
      byteLength: file.byteLength,
      slice: async (first, last = file.byteLength) =>
        first >= start && last <= end.byte ? end.chunk.slice(first - start, last - start) : file.slice(first, last),
    };
    await readByLibrary(held, metadata, part, place, element);
    return;
  }
  const read = valuesOf(pages, element, meta, { from, to: from + part.rowCount, nullIsNaN: part.takesNaN(place) });
  for (;;) {
    const next = await readable(part.source, async () => read.next());
    if (next.done) return;
    const { firstRow, values, nullAt } = next.value;
    if (nullAt !== undefined) throw part.fault(null, groupStart + firstRow + nullAt, name);
    part.fill(values, groupStart + firstRow, place, name);
  }
}

async function pagesAt(file: FileSlices, group: RowGroup, name: string) {
  const meta = group.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data;
  if (meta === undefined) throw new Error(`a row group has no column ${quoted(name)}`);
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  const end = start + Number(meta.total_compressed_size);
  if (!(start >= 0 && end >= start && end <= file.byteLength)) throw new Error('a column lies beyond the end');
  const chunk = await file.slice(start, end);
  return { meta, start, end: { byte: end, chunk }, pages: pagesOf(chunk, meta, Number(group.num_rows)) };
}

/** For encodings that are not ours. */
async function readByLibrary(
  file: FileSlices,
  metadata: FileMetaData,
  part: Part,
  place: number,
  { name, converted_type, scale = 0 }: SchemaElement,
): Promise<void> {
  const { firstRow, rowCount } = part;
  // The library multiplies decimals by a power of ten that is no double: their digits are right, not their last bit.
  const exact = (value: number): number => (converted_type === 'DECIMAL' ? Number(value.toFixed(scale)) : value);
  let filled = 0;
  // A fault must not be thrown where the library calls us: it would be taken for one of the library's own.
  let fault: unknown;
  await readable(part.source, () =>
    parquetRead({
      file,
      metadata,
      columns: [name],
      rowStart: firstRow,
      rowEnd: firstRow + rowCount,
      compressors,
      onChunk: ({ columnData, rowStart }) => {
        try {
          const values = Float64Array.from(columnData as ArrayLike<unknown>, (value) => exact(numberOf(value)));
          const wrong = values.findIndex(
            (value, at) => Number.isNaN(value) && !(part.takesNaN(place) && isMissing(columnData[at])),
          );
          if (wrong >= 0) throw part.fault(columnData[wrong], rowStart + wrong, name);
          filled += part.fill(values, rowStart, place, name);
        } catch (error) {
          fault ??= error;
        }
      },
    }),
  );
  if (fault !== undefined) throw fault;
  if (filled === rowCount) return;
  throw notReadable(part.source, `column ${quoted(name)} ends before row ${firstRow + rowCount}`);
}

interface PartOptions {
  source: string;
  width: number;
  /** At most. */
  rowCount: number;
  isSingle: boolean;
  hasMissing: boolean;
}

/** So many rows, filled column by column. */
class Part {
  readonly source: string;
  readonly labels: Float64Array;
  /** From 0. */
  firstRow = 0;
  rowCount = 0;
  readonly #width: number;
  readonly #features: Numbers;
  readonly #hasMissing: boolean;

  constructor({ source, width, rowCount, isSingle, hasMissing }: PartOptions) {
    this.source = source;
    this.#width = width;
    this.#features = isSingle ? new Float32Array(rowCount * width) : new Float64Array(rowCount * width);
    this.labels = new Float64Array(rowCount);
    this.#hasMissing = hasMissing;
  }

  /** Whether a column's values may be missing: a label never is. */
  takesNaN(place: number): boolean {
    return this.#hasMissing && place > 0;
  }

  begin(firstRow: number, rowCount: number): void {
    this.firstRow = firstRow;
    this.rowCount = rowCount;
  }

  /** Takes those of the values, which begin at `rowStart`, that belong to this part; returns how many. */
  fill(values: PageNumbers, rowStart: number, place: number, name: string): number {
    const from = Math.max(this.firstRow, rowStart);
    const end = Math.min(this.firstRow + this.rowCount, rowStart + values.length);
    const stride = place === 0 ? 1 : this.#width;
    const to = place === 0 ? this.labels : this.#features;
    const takesNaN = this.takesNaN(place);
    let out = (from - this.firstRow) * stride + Math.max(0, place - 1);
    for (let row = from; row < end; row++, out += stride) {
      const value = values[row - rowStart]!;
      const single = Math.fround(value);
      if (single - single !== 0 && !(takesNaN && Number.isNaN(value))) throw this.fault(value, row, name);
      to[out] = value;
    }
    return Math.max(0, end - from);
  }

  /** The pieces are small: training can stop between two, and copies take little memory. */
  *blocks(): Generator<RowBlock> {
    const width = this.#width;
    const rowsAtOnce = Math.max(1, Math.floor(pieceValuesMax / width));
    for (let start = 0; start < this.rowCount; start += rowsAtOnce) {
      const end = Math.min(start + rowsAtOnce, this.rowCount);
      yield {
        rowCount: end - start,
        featureCount: width,
        features: this.#features.subarray(start * width, end * width),
        labels: this.labels.subarray(start, end),
      };
    }
  }

  /** Of a value of row `row`, from 0. */
  fault(value: unknown, row: number, name: string): DataError {
    const what =
      value === null || value === undefined
        ? 'is null: missing values are not supported'
        : `is ${String(value).slice(0, 40)}, not a finite 32-bit number`;
    return new DataError(`Row ${row + 1}, column ${quoted(name)} of "${this.source}" ${what}`, {
      source: this.source,
      row: row + 1,
      column: name,
    });
  }
}

const isMissing = (value: unknown): boolean => value === null || value === undefined || Number.isNaN(value);

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value);
  return Number.NaN;
}

async function readable<T>(source: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // Some of the library's errors are JavaScript's own, because it trusts the file.
    if (error instanceof DataError || (error as { name?: string }).name === 'Unavailable') throw error;
    throw notReadable(source, messageOf(error));
  }
}

const notReadable = (source: string, fact: string): DataError =>
  new DataError(`"${source}" is not a readable Parquet file: ${fact}`, { source });
