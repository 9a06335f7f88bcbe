import type { Cell } from '../cell.ts';
import type { Table } from '../table.ts';
import { ColumnProfiler } from './column-profiler.ts';
import type { Profile } from './profile.ts';

export interface ProfileOptions {
  /** Looks at no more rows. */
  rowsMax?: number;
  /** Whether a row is looked at; all are when left out. */
  takes?: (row: readonly Cell[], number: number) => boolean;
  /** The label of a row as a number, with which columns are compared; NaN for a row that has none. */
  labelOf?: (row: readonly Cell[]) => number;
  /** Called between parts of the table with the rows that were read. */
  onRows?: (count: number) => void;
}

/** One pass over a table. Rejects with DataError for rows that cannot be read. */
export async function profileTable(table: Table, options: ProfileOptions = {}): Promise<Profile> {
  const { rowsMax = Number.POSITIVE_INFINITY, takes, labelOf, onRows } = options;
  const profilers = table.columns.map(
    (name) => new ColumnProfiler(name, { prefersComma: table.prefersDecimalComma === true }),
  );
  let rowCount = 0;
  for await (const { firstRow, rows } of table.chunks()) {
    for (let i = 0; i < rows.length && rowCount < rowsMax; i++) {
      const row = rows[i]!;
      if (takes !== undefined && !takes(row, firstRow + i)) continue;
      const label = labelOf === undefined ? Number.NaN : labelOf(row);
      for (let j = 0; j < profilers.length; j++) profilers[j]!.add(row[j]!, label);
      rowCount += 1;
    }
    onRows?.(firstRow + rows.length);
    if (rowCount >= rowsMax) break;
  }
  const byHash = new Map<string, string>();
  const columns = profilers.map((profiler) => {
    const profile = profiler.profile();
    const sameAs = byHash.get(profiler.hash);
    if (sameAs !== undefined) return { ...profile, sameAs };
    byHash.set(profiler.hash, profile.name);
    return profile;
  });
  return { rowCount, columns };
}
