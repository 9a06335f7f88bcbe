/** Parquet's columns of any type as rows of cells. */
import { DataError } from '../../base/index.ts';
import { type FileSlices, openParquetCells } from '../../formats/index.ts';
import { columnsMax, type RowChunk, type Table, type TableSource } from '../table.ts';
import { collected } from './collected.ts';
import { cellOf } from './json-table.ts';

const rowsAtOnce = 10_000;

export async function openParquetTable(source: TableSource): Promise<Table> {
  const { name } = source;
  const { columns, rowCount, rows } = await openParquetCells(await slicesOf(source), name);
  if (columns.length > columnsMax)
    throw new DataError(`"${name}" has ${columns.length} columns; the limit is ${columnsMax}`, { source: name });
  if (rowCount === 0) throw new DataError(`"${name}" has no rows`, { source: name });
  async function* chunks(): AsyncGenerator<RowChunk> {
    for (let firstRow = 0; firstRow < rowCount; firstRow += rowsAtOnce) {
      const values = await rows(firstRow, Math.min(rowCount, firstRow + rowsAtOnce));
      yield { firstRow, rows: values.map((row) => row.map(cellOf)) };
    }
  }
  return { name, format: 'parquet', columns, hasHeader: true, facts: [], chunks };
}

async function slicesOf(source: TableSource): Promise<FileSlices> {
  const { byteLength, slice } = source;
  if (slice !== undefined && byteLength !== undefined) return { byteLength, slice };
  const bytes = await collected(source);
  return { byteLength: bytes.length, slice: async (start, end) => bytes.slice(start, end).buffer };
}
