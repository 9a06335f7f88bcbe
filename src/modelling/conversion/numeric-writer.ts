import { DataError } from '../../base/index.ts';
import { encodeRows } from '../../formats/index.ts';
import { shown } from '../../tables/index.ts';
import { byteWriter, type RowWriter } from './byte-writer.ts';
import type { TypedColumn } from './typed-columns.ts';

/** libsvm (columns from 0, missing cells left out) and RecordIO (doubles where singles would lose digits). */
export function numericWriter(
  file: string,
  format: 'libsvm' | 'recordio',
  columns: readonly TypedColumn[],
  label: string | undefined,
): RowWriter {
  const words = columns.find(({ type }) => type === 'text');
  if (words !== undefined)
    throw new DataError(
      `The column ${shown(words.name)} holds words, and ${format === 'libsvm' ? 'libsvm' : 'RecordIO'} holds numbers alone; csv, tsv, jsonl and parquet hold both`,
    );
  if (format === 'libsvm' && label === undefined)
    throw new DataError('A row of libsvm begins with its label: name the column by --label');
  const out = byteWriter(file);
  const labelAt = columns.findIndex(({ name }) => name === label);
  const features = columns.map((_, at) => at).filter((at) => at !== labelAt);
  const numberAt = (row: Parameters<RowWriter['add']>[0][number], at: number): number =>
    Number(columns[at]!.typed(row[at]!) ?? Number.NaN);
  let rowCount = 0;
  return {
    async add(rows) {
      const needed = format === 'libsvm' ? [labelAt] : columns.map((_, at) => at);
      for (const [place, row] of rows.entries()) {
        const gap = needed.find((at) => at >= 0 && Number.isNaN(numberAt(row, at)));
        if (gap !== undefined)
          throw new DataError(
            `Row ${rowCount + place + 1} has no value in ${shown(columns[gap]!.name)}, and ${format === 'libsvm' ? 'a row of libsvm begins with its label' : 'RecordIO has no word for that: csv, jsonl and parquet have'}`,
          );
      }
      rowCount += rows.length;
      if (format === 'libsvm') {
        const lines = rows.map((row) => {
          const cells = features.map((at, place) => [place, numberAt(row, at)] as const);
          const present = cells
            .filter(([, value]) => !Number.isNaN(value))
            .map(([place, value]) => `${place}:${value}`);
          return `${[numberAt(row, labelAt), ...present].join(' ')}\n`;
        });
        return out.write(lines.join(''));
      }
      const block = {
        rowCount: rows.length,
        featureCount: features.length,
        features: Float64Array.from(rows.flatMap((row) => features.map((at) => numberAt(row, at)))),
        labels: labelAt < 0 ? new Float64Array(0) : Float64Array.from(rows, (row) => numberAt(row, labelAt)),
      };
      const fitsSingles = [block.features, block.labels].every((values) =>
        values.every((value) => Object.is(Math.fround(value), value)),
      );
      return out.write(encodeRows(block, fitsSingles ? 'float32' : 'float64'));
    },
    end: () => out.end(),
    abandon: () => out.abandon(),
  };
}
