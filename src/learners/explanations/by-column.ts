/** What is said of features, said of the columns that they are made of. */
import type { Explanations } from './document.ts';
import type { ScoreParts } from './score-parts.ts';
import { outsideOf } from './trust.ts';

export interface FeatureColumns {
  columns: readonly { name: string }[];
  /** By feature, the place of its column in `columns`: names may be there twice. */
  placeOf: readonly number[];
  /** A feature's value as the column has it; undefined where it is none of a number. */
  original(feature: number, value: number): number | undefined;
}

type Columns = Pick<FeatureColumns, 'columns' | 'placeOf'>;

/** What each column adds to a score, in the order of the columns. */
export function columnSums({ baselines, values }: ScoreParts, output: number, { columns, placeOf }: Columns): number[] {
  const sums = columns.map(() => 0);
  for (const [feature, place] of placeOf.entries()) sums[place] += values[feature * baselines.length + output];
  return sums;
}

/** The same, most first; columns that add nothing are left out. */
export function contributionsByColumn(
  parts: ScoreParts,
  output: number,
  columns: Columns,
): { column: string; value: number }[] {
  return columnSums(parts, output, columns)
    .map((value, place) => ({ column: columns.columns[place].name, value }))
    .filter(({ value }) => value !== 0)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
}

export interface OutsideColumn {
  column: string;
  value: number;
  low: number;
  high: number;
}

/** The columns of a row whose values lie outside the range of the training rows. */
export function outsideByColumn(
  explanations: Explanations,
  read: (feature: number) => number,
  { columns, placeOf, original }: FeatureColumns,
): OutsideColumn[] {
  return outsideOf(explanations, read).flatMap(({ feature, ...each }) => {
    const [value, low, high] = [each.value, each.low, each.high].map((own) => original(feature, own));
    return value === undefined || low === undefined || high === undefined
      ? []
      : [{ column: columns[placeOf[feature]].name, value, low, high }];
  });
}
