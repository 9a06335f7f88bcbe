/** How well the model does on rows that have a value in common. */
import { categoriesMax } from './columns.ts';
import type { Subgroups } from './document.ts';
import { shownRowsMin } from './histogram.ts';
import { quantile, share, z95 } from './intervals.ts';

/** Below so many rows a group's figure says little. */
const smallRows = 30;

/** What is measured of each row. */
export interface MeasuredRow {
  metric: string;
  /** Whether the numbers are 0 or 1, so that their mean is a share. */
  isShare: boolean;
  values: Float64Array;
  /** 1 for rows of the positive class; undefined where there is none. */
  positives: Float64Array | undefined;
}

/** Groups by value, or by the quarters of a column of many values; undefined for a constant one. */
export function subgroupsOf(
  { column, name }: { column: number; name: string },
  values: Float64Array,
  measured: MeasuredRow,
): Subgroups | undefined {
  const { names, groupOf } = groupsOf(values);
  const sums = names.map(() => ({ rows: 0, sum: 0, squares: 0, positives: 0, caught: 0 }));
  for (let row = 0; row < values.length; row += 1) {
    const own = sums[groupOf(values[row])];
    const value = measured.values[row];
    own.rows += 1;
    own.sum += value;
    own.squares += value * value;
    if (measured.positives?.[row] !== 1) continue;
    own.positives += 1;
    own.caught += value;
  }
  const groups = names.flatMap((group, at) => {
    const { rows, sum, squares, positives, caught } = sums[at];
    if (rows < shownRowsMin) return [];
    const score = measured.isShare ? share(sum, rows) : meanOf(rows, sum, squares);
    const isBinary = measured.positives !== undefined;
    return [
      {
        group,
        rows,
        positives: isBinary ? positives : null,
        score,
        recall: isBinary ? share(caught, positives) : null,
        small: rows < smallRows,
      },
    ];
  });
  return groups.length < 2 ? undefined : { name, column, metric: measured.metric, groups };
}

function meanOf(rows: number, sum: number, squares: number) {
  const value = sum / rows;
  const radius = z95 * Math.sqrt(Math.max(0, squares / rows - value * value) / (rows - 1));
  return { value, low: value - radius, high: value + radius };
}

interface Groups {
  names: Subgroups['groups'][number]['group'][];
  /** The place of a value's group among the names. */
  groupOf(value: number): number;
}

function groupsOf(values: Float64Array): Groups {
  const counts = new Map<number, number>();
  for (let row = 0; row < values.length && counts.size <= categoriesMax; row += 1)
    if (!Number.isNaN(values[row])) counts.set(values[row], (counts.get(values[row]) ?? 0) + 1);
  return counts.size <= categoriesMax ? valueGroups(counts) : quarterGroups(values);
}

/** Values of few rows are one group. */
function valueGroups(counts: ReadonlyMap<number, number>): Groups {
  const kept = [...counts].filter(([, rows]) => rows >= shownRowsMin).map(([value]) => value);
  kept.sort((a, b) => a - b);
  const names: Groups['names'] = [...kept.map((value) => ({ value })), 'others', 'missing'];
  const places = new Map(kept.map((value, at) => [value, at]));
  const others = kept.length;
  return { names, groupOf: (value) => (Number.isNaN(value) ? others + 1 : (places.get(value) ?? others)) };
}

function quarterGroups(values: Float64Array): Groups {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const cuts = [...new Set([0.25, 0.5, 0.75].map((level) => quantile(sorted, level)))];
  const ranges = Array.from({ length: cuts.length + 1 }, (_, at) => ({
    from: cuts[at - 1] ?? null,
    to: cuts[at] ?? null,
  }));
  return {
    names: [...ranges, 'missing'],
    groupOf(value) {
      if (Number.isNaN(value)) return ranges.length;
      let at = 0;
      while (at < cuts.length && value >= cuts[at]) at += 1;
      return at;
    },
  };
}
