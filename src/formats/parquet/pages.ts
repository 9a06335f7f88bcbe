import type { ColumnMetaData, PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';

/** Limits of a page: its unpacked bytes, and its values, since a run of equal ones takes a few bytes. */
export const pageBytesMax = 256 * 1024 ** 2;
const pageValuesMax = 1 << 26;

export interface Page {
  header: PageHeader;
  /** Its stored bytes. */
  bytes: Uint8Array;
  /** Of data pages: the first row, counted from the row group's, and how many. */
  firstRow: number;
  rowCount: number;
}

/**
 * The pages of a flat column's chunk. Throws for faults that the library does not check: a damaged size makes it read the same
 * page for ever, a damaged count makes it ask for all memory.
 */
export function pagesOf(chunk: ArrayBuffer, { codec }: ColumnMetaData, rowCount: number): Page[] {
  const reader = { view: new DataView(chunk), offset: 0 };
  const pages: Page[] = [];
  let rows = 0;
  // The library stops at the last byte too.
  while (reader.offset < chunk.byteLength - 1 && rows < rowCount) {
    const header = parquetHeader(reader);
    const stored = header.compressed_page_size;
    const unpacked = header.uncompressed_page_size;
    if (!isCount(stored, chunk.byteLength - reader.offset)) throw new Error('a page runs past its column');
    if (!isCount(unpacked, pageBytesMax)) throw new Error(`a page of ${unpacked} bytes is above ${pageBytesMax}`);
    if (codec === 'UNCOMPRESSED' && stored !== unpacked) throw new Error('a page has two sizes');
    const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
    const parts = { DATA_PAGE: v1, DATA_PAGE_V2: v2, DICTIONARY_PAGE: dictionary } as Record<string, unknown>;
    if (parts[header.type] === undefined || [v1, v2, dictionary].filter(Boolean).length !== 1) {
      throw new Error('a page is of no known type');
    }
    const data = v1 ?? v2;
    const count = (data ?? dictionary)?.num_values;
    if (!isCount(count, pageValuesMax)) throw new Error(`a page of ${count} values is above ${pageValuesMax}`);
    if (v2 !== undefined && v2.num_rows !== count) throw new Error('a page has more values than rows');
    const page = { header, bytes: new Uint8Array(chunk, reader.offset, stored), firstRow: rows, rowCount: 0 };
    pages.push(page);
    reader.offset += stored;
    if (data === undefined) continue;
    page.rowCount = count;
    rows += count;
  }
  if (rows !== rowCount) throw new Error(`a column has ${rows} values for ${rowCount} rows`);
  return pages;
}

const isCount = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
