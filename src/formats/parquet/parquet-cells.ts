/** Parquet's flat columns of any type as values: strings and dates too, which rows of numbers cannot hold. */
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { DataError, messageOf } from '../../base/index.ts';
import { compressors, openCodecs } from './codecs.ts';
import type { FileSlices } from './parquet.ts';

export interface ParquetCells {
  columns: readonly string[];
  rowCount: number;
  /** The values of the rows from `from` to `to`, a list for each row. Rejects with DataError. */
  rows(from: number, to: number): Promise<unknown[][]>;
}

/** Reads the file's table of contents. Rejects with DataError for a file that is damaged, or whose columns are nested. */
export async function openParquetCells(file: FileSlices, source: string): Promise<ParquetCells> {
  const metadata = await readable(source, () => parquetMetadataAsync(file, { geoparquet: false }));
  const [, ...elements] = metadata.schema;
  const nested = elements.find(({ num_children, repetition_type }) => num_children || repetition_type === 'REPEATED');
  if (nested !== undefined)
    throw new DataError(`Column ${JSON.stringify(nested.name)} of "${source}" is nested: write a flat table`, {
      source,
    });
  // The index that pandas writes is not a column of the table.
  const columns = elements.map(({ name }) => name).filter((name) => !/^__index_level_\d+__$/.test(name));
  await openCodecs(
    metadata.row_groups.flatMap(({ columns: all }) => all.map(({ meta_data }) => meta_data?.codec ?? '')),
  );
  return {
    columns,
    rowCount: Number(metadata.num_rows),
    async rows(rowStart, rowEnd) {
      const read = { file, metadata, columns: [...columns], rowStart, rowEnd, compressors };
      const objects = await readable(source, () => parquetReadObjects(read));
      return objects.map((object) => columns.map((name) => object[name]));
    },
  };
}

async function readable<T>(source: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new DataError(`"${source}" is not a readable Parquet file: ${messageOf(error)}`, { source });
  }
}
