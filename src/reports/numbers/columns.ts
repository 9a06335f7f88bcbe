import type { ColumnNumbers } from './document.ts';
import { histogram, shownRowsMin } from './histogram.ts';
import { momentsOf, quantile } from './intervals.ts';

const levels = [0.05, 0.25, 0.5, 0.75, 0.95];
/** Values up to which a column counts as one of categories. */
export const categoriesMax = 10;
const binCount = 16;

export interface ColumnOptions {
  column: number;
  name: string;
  values: Float64Array;
  /** The class of each row; always 0 for a regression. */
  classOf: (row: number) => number;
  /** 1 for a regression. */
  classCount: number;
  rowsShown: boolean;
}

/** What one column's values are like, by class. */
export function columnNumbers({ column, name, values, classOf, classCount, rowsShown }: ColumnOptions): ColumnNumbers {
  const present = values.filter((value) => !Number.isNaN(value));
  const sorted = present.slice().sort();
  const { mean, deviation } = momentsOf(present);
  const distinct = distinctOf(sorted);
  const isCategory = distinct !== undefined;
  const [low, high] = [quantile(sorted, 0.01), quantile(sorted, 0.99)];
  const kind = distinct !== undefined && distinct.length < 2 ? 'constant' : isCategory ? 'category' : 'number';
  const enough = present.length >= 2 * shownRowsMin;
  return {
    name,
    column,
    kind,
    missing: values.length - present.length,
    mean: present.length === 0 ? null : mean,
    deviation: present.length < 2 ? null : deviation,
    quantiles: kind === 'number' && enough ? levels.map((level) => quantile(sorted, level)) : [],
    extremes: rowsShown && present.length > 0 ? [sorted[0], sorted[sorted.length - 1]] : null,
    classMeans: classCount === 1 ? null : classMeans(values, classOf, classCount),
    bins:
      kind === 'number' && enough && high > low
        ? histogram(values, { low, high, binCount, classOf, classCount })
        : null,
    values: distinct === undefined ? null : valueCounts(values, distinct, { classOf, classCount, rowsShown }),
  };
}

/** Undefined when there are too many to be categories. */
function distinctOf(sorted: Float64Array): number[] | undefined {
  const distinct: number[] = [];
  for (const value of sorted) {
    if (value === distinct.at(-1)) continue;
    if (distinct.length === categoriesMax) return undefined;
    distinct.push(value);
  }
  return distinct;
}

function classMeans(values: Float64Array, classOf: (row: number) => number, classCount: number): (number | null)[] {
  const sums = new Float64Array(classCount);
  const counts = new Float64Array(classCount);
  values.forEach((value, row) => {
    if (Number.isNaN(value)) return;
    sums[classOf(row)] += value;
    counts[classOf(row)] += 1;
  });
  return Array.from(sums, (sum, k) => (counts[k] < shownRowsMin ? null : sum / counts[k]));
}

/** Rows of each value by class; rare values together, as null, unless rows are shown. */
function valueCounts(
  values: Float64Array,
  distinct: readonly number[],
  { classOf, classCount, rowsShown }: Pick<ColumnOptions, 'classOf' | 'classCount' | 'rowsShown'>,
): { value: number | null; rows: number[] }[] {
  const counts = distinct.map((value) => ({
    value: value as number | null,
    rows: new Array<number>(classCount).fill(0),
  }));
  const places = new Map(distinct.map((value, at) => [value, at]));
  values.forEach((value, row) => {
    const at = places.get(value);
    if (at !== undefined) counts[at].rows[classOf(row)] += 1;
  });
  const total = ({ rows }: { rows: readonly number[] }): number => rows.reduce((sum, count) => sum + count, 0);
  const rare = rowsShown ? [] : counts.filter((each) => total(each) < shownRowsMin);
  if (rare.length === 0) return counts;
  const others = { value: null, rows: counts[0].rows.map((_, k) => rare.reduce((sum, { rows }) => sum + rows[k], 0)) };
  const kept = counts.filter((each) => !rare.includes(each));
  // A single rare value is not named by being the only one of the rest; its few rows are not shown at all then.
  return total(others) < shownRowsMin ? kept : [...kept, others];
}
