import type { ColumnMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';

/** Limits of a page: what it unpacks to, and its values, of which a run of equal ones takes a few bytes. */
export const pageBytesMax = 256 * 1024 ** 2;
const pageValuesMax = 1 << 26;

/**
 * Walks along the page headers of a column chunk, and throws for what the library takes on trust: a damaged size makes it
 * read the same page for ever, a damaged count makes it ask for all memory.
 */
export function checkPages(chunk: ArrayBuffer, { codec }: ColumnMetaData, rowCount: number): void {
  const reader = { view: new DataView(chunk), offset: 0 };
  let values = 0;
  // The library stops at the last byte too.
  while (reader.offset < chunk.byteLength - 1 && values < rowCount) {
    const header = parquetHeader(reader);
    const stored = header.compressed_page_size;
    const unpacked = header.uncompressed_page_size;
    if (!isCount(stored, chunk.byteLength - reader.offset)) throw new Error('a page runs past its column');
    if (!isCount(unpacked, pageBytesMax)) throw new Error(`a page of ${unpacked} bytes is above ${pageBytesMax}`);
    if (codec === 'UNCOMPRESSED' && stored !== unpacked) throw new Error('a page has two sizes');
    reader.offset += stored;
    const data = header.data_page_header ?? header.data_page_header_v2;
    const count = (data ?? header.dictionary_page_header)?.num_values;
    if (!isCount(count, pageValuesMax)) throw new Error(`a page of ${count} values is above ${pageValuesMax}`);
    if (data === undefined) continue;
    const { data_page_header_v2: v2 } = header;
    if (v2 !== undefined && v2.num_rows !== count) throw new Error('a page has more values than rows');
    values += count;
  }
  if (values !== rowCount) throw new Error(`a column has ${values} values for ${rowCount} rows`);
}

const isCount = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
