/** How well the model does on rows that have a value in common. */

import { categoriesMax } from './columns.ts';
import type { Measured, Subgroups } from './document.ts';
import { shownRowsMin } from './histogram.ts';
import { mean, quantile, share } from './intervals.ts';

/** Below so many rows a group's figure says little. */
const smallRows = 30;

export interface SubgroupOptions {
  column: number;
  name: string;
  values: Float64Array;
  /** The name of what is measured, and its value on some rows. */
  metric: string;
  scoreOf(rows: readonly number[]): Measured;
  /** Whether a row is positive, and whether it is called rightly; undefined where there is no such class. */
  binary: { isPositive(row: number): boolean; isRight(row: number): boolean } | undefined;
}

/** Groups by value, or by the quarters of a column of many values; undefined for a constant one. */
export function subgroupsOf(options: SubgroupOptions): Subgroups | undefined {
  const { column, name, metric, scoreOf, binary } = options;
  const groups = groupsOf(options.values).filter(({ rows }) => rows.length >= shownRowsMin);
  if (groups.length < 2) return undefined;
  return {
    name,
    column,
    metric,
    groups: groups.map(({ group, rows }) => {
      const positive = binary && rows.filter((row) => binary.isPositive(row));
      return {
        group,
        rows: rows.length,
        positives: positive?.length ?? null,
        score: scoreOf(rows),
        recall: binary && positive ? shareOf(positive, (row) => binary.isRight(row)) : null,
        small: rows.length < smallRows,
      };
    }),
  };
}

interface Group {
  group: Subgroups['groups'][number]['group'];
  rows: number[];
}

function groupsOf(values: Float64Array): Group[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const missing: Group = { group: 'missing', rows: [] };
  const byValue = new Map<number, number[]>();
  values.forEach((value, row) => {
    if (Number.isNaN(value)) missing.rows.push(row);
    else if (byValue.size <= categoriesMax) byValue.set(value, byValue.get(value) ?? []);
  });
  const groups = byValue.size <= categoriesMax ? valueGroups(values, byValue) : quarterGroups(values, sorted);
  return [...groups, missing];
}

function valueGroups(values: Float64Array, byValue: Map<number, number[]>): Group[] {
  values.forEach((value, row) => {
    byValue.get(value)?.push(row);
  });
  const groups = [...byValue].sort(([a], [b]) => a - b);
  const others = groups.filter(([, rows]) => rows.length < shownRowsMin).flatMap(([, rows]) => rows);
  return [
    ...groups
      .filter(([, rows]) => rows.length >= shownRowsMin)
      .map(([value, rows]): Group => ({ group: { value }, rows })),
    { group: 'others', rows: others },
  ];
}

function quarterGroups(values: Float64Array, sorted: Float64Array): Group[] {
  const cuts = [...new Set([0.25, 0.5, 0.75].map((level) => quantile(sorted, level)))];
  const groups = Array.from(
    { length: cuts.length + 1 },
    (_, at): Group => ({
      group: { from: cuts[at - 1] ?? null, to: cuts[at] ?? null },
      rows: [],
    }),
  );
  values.forEach((value, row) => {
    if (!Number.isNaN(value)) groups[cuts.filter((cut) => value >= cut).length].rows.push(row);
  });
  return groups;
}

/** Share of rows for which something holds. */
export const shareOf = (rows: readonly number[], holds: (row: number) => boolean): Measured =>
  share(rows.filter(holds).length, rows.length);

/** The mean of a number of each row. */
export const meanOf = (rows: readonly number[], of: (row: number) => number): Measured =>
  mean(Float64Array.from(rows, of));
