/** `linnet convert`: a table in another format. */
import { resolve } from 'node:path';
import { DataError } from '../../base/index.ts';
import { type ConvertFormat, convertTable, formatOfName, tableFormats } from '../../modelling/index.ts';
import { settings } from '../../server/index.ts';
import { quoted } from '../environment.ts';
import { checkOutputFile } from '../output-file.ts';
import { plural } from '../terminal/numbers.ts';
import { progressLine } from '../terminal/progress.ts';
import type { TableFlags } from './flags.ts';
import { tableOf } from './source.ts';

export interface ConvertFlags extends TableFlags {
  to?: ConvertFormat;
  label?: string;
  json?: boolean;
}

export async function convert(flags: ConvertFlags, from: string, to: string): Promise<void> {
  const { label, json = false } = flags;
  const format = flags.to ?? formatOfName(to);
  if (format === undefined)
    throw new DataError(
      `"${to}" does not say what it is to hold. Name one of ${tableFormats.join(', ')}, such as\nlinnet convert ${quoted(from)} ${quoted(to)} --to csv`,
      { source: settings },
    );
  if (to === '-' && format === 'parquet')
    throw new DataError('Parquet is written to a file, not to standard output', { source: settings });
  if (to !== '-' && resolve(from) === resolve(to))
    throw new DataError(`"${to}" would be written over while it is read: name another file`, { source: settings });
  if (to !== '-') checkOutputFile(to);
  const table = await tableOf(flags, from);
  const progress = progressLine();
  const rowCount = await convertTable(table, to, {
    format,
    ...(label !== undefined && { label }),
    onRows: (rows) => progress.show(`${plural(rows, 'row')} converted`),
  }).finally(() => progress.clear());
  if (to === '-') return;
  const columns = table.columns.length;
  process.stdout.write(
    json
      ? `${JSON.stringify({ file: to, format, rows: rowCount, columns })}\n`
      : `Saved ${to}: ${plural(rowCount, 'row')} of ${plural(columns, 'column')}, as ${format}\n`,
  );
}
