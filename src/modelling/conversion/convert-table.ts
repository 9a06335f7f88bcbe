/** A table as a file of another format. Rows pass through, some at a time. */
import { rmSync } from 'node:fs';
import { DataError, messageOf } from '../../base/index.ts';
import { profileTable, shown, type Table } from '../../tables/index.ts';
import type { RowWriter } from './byte-writer.ts';
import { numericWriter } from './numeric-writer.ts';
import { parquetWriter } from './parquet-writer.ts';
import { textWriter } from './text-writer.ts';
import { typedColumns } from './typed-columns.ts';

export const tableFormats = ['csv', 'tsv', 'jsonl', 'parquet', 'libsvm', 'recordio'] as const;
export type ConvertFormat = (typeof tableFormats)[number];

export interface ConvertWishes {
  format: ConvertFormat;
  /** Of libsvm and RecordIO: the column that is the label. */
  label?: string;
  onRows?: (count: number) => void;
}

/** The format that a file's name says; undefined where it says none. */
export function formatOfName(file: string): ConvertFormat | undefined {
  const [, ending = ''] = /\.([a-z]+)(?:\.gz)?$/i.exec(file) ?? [];
  return endings[ending.toLowerCase()];
}

const endings: Readonly<Record<string, ConvertFormat>> = {
  csv: 'csv',
  tsv: 'tsv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
  libsvm: 'libsvm',
  svm: 'libsvm',
  recordio: 'recordio',
  rec: 'recordio',
  pbr: 'recordio',
};

/** Answers the number of rows. Rejects with DataError for a column that the format cannot hold, and leaves no file then. */
export async function convertTable(table: Table, file: string, wishes: ConvertWishes): Promise<number> {
  const { format, label = table.labelColumn, onRows } = wishes;
  if (label !== undefined && !table.columns.includes(label))
    throw new DataError(`"${table.name}" has no column ${shown(label)}`);
  const writer = await openWriter(table, file, format, label);
  let count = 0;
  try {
    for await (const { rows } of table.chunks()) {
      await writer.add(rows);
      count += rows.length;
      onRows?.(count);
    }
    await writer.end();
  } catch (error) {
    writer.abandon();
    if (file !== '-') rmSync(file, { force: true });
    throw error instanceof DataError ? error : new DataError(`"${file}" cannot be written: ${messageOf(error)}`);
  }
  return count;
}

async function openWriter(
  table: Table,
  file: string,
  format: ConvertFormat,
  label: string | undefined,
): Promise<RowWriter> {
  if (format === 'csv' || format === 'tsv') return textWriter(file, table.columns, format);
  // The kind of a column shows in its cells alone: a pass of its own.
  const columns = typedColumns(await profileTable(table), table.columns);
  if (format === 'jsonl') return textWriter(file, table.columns, 'jsonl', columns);
  if (format === 'parquet') return parquetWriter(file, columns);
  return numericWriter(file, format, columns, label);
}
