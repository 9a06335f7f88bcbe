import Papa from 'papaparse';
import { byteWriter, type RowWriter } from './byte-writer.ts';
import type { TypedColumn } from './typed-columns.ts';

/** CSV and TSV with cells as they stand; JSON Lines with numbers where a column has them, and null where one is missing. */
export function textWriter(
  file: string,
  names: readonly string[],
  format: 'csv' | 'tsv' | 'jsonl',
  columns: readonly TypedColumn[] = [],
): RowWriter {
  const out = byteWriter(file);
  const delimiter = format === 'tsv' ? '\t' : ',';
  const lines = (rows: readonly (readonly unknown[])[]): string =>
    `${Papa.unparse(rows as unknown[][], { delimiter, newline: '\n' })}\n`;
  let isFirst = true;
  return {
    async add(rows) {
      if (format === 'jsonl') {
        const objects = rows.map((row) =>
          Object.fromEntries(columns.map(({ name, typed }, at) => [name, typed(row[at]!)])),
        );
        return out.write(objects.map((object) => `${JSON.stringify(object)}\n`).join(''));
      }
      if (isFirst) await out.write(lines([names]));
      isFirst = false;
      if (rows.length > 0) await out.write(lines(rows));
    },
    end: () => out.end(),
    abandon: () => out.abandon(),
  };
}
