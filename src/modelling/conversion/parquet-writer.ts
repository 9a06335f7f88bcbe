import { closeSync, openSync, writeSync } from 'node:fs';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Cell } from '../../tables/index.ts';
import type { RowWriter } from './byte-writer.ts';
import type { TypedColumn } from './typed-columns.ts';

/** Cells and rows of a row group, which is what is held in memory. */
const groupCells = 2e6;
const groupRowsMax = 50_000;

/** Parquet with Snappy, a row group after the other: doubles, and texts in UTF-8. */
export function parquetWriter(file: string, columns: readonly TypedColumn[]): RowWriter {
  const groupRows = Math.max(1, Math.min(groupRowsMax, Math.floor(groupCells / columns.length)));
  const descriptor = openSync(file, 'w');
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [
      { name: 'root', num_children: columns.length },
      ...columns.map(({ name, type }) =>
        type === 'number'
          ? ({ name, type: 'DOUBLE', repetition_type: 'OPTIONAL' } as const)
          : ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' } as const),
      ),
    ],
  });
  let held: (readonly Cell[])[] = [];
  // What is written stays counted in `offset`; the places of pages are from the file's beginning.
  const toFile = (): void => {
    writeSync(descriptor, bytes.getBytes());
    bytes.index = 0;
  };
  const flush = async (): Promise<void> => {
    if (held.length === 0) return;
    await writer.write({
      columnData: columns.map(({ name, typed }, at) => ({ name, data: held.map((row) => typed(row[at]!)) })),
      rowGroupSize: groupRows,
    });
    held = [];
    toFile();
  };
  return {
    async add(rows) {
      for (const row of rows) {
        held.push(row);
        if (held.length === groupRows) await flush();
      }
    },
    async end() {
      await flush();
      await writer.finish();
      toFile();
      closeSync(descriptor);
    },
    abandon: () => closeSync(descriptor),
  };
}
