/** The columns of a model of trees by what their splits gain, and how its answers depend on them. */
import { type BoostedModel, importanceOf, predictBoosted } from '../../../learners/index.ts';
import type { Driver, Point, Report } from '../../../reports/index.ts';
import type { ColumnNames } from '../../report/column-names.ts';
import type { ReportRows } from './row-sample.ts';

/** Columns that a report lists: what comes after them moves little. */
const listedMax = 40;
const dependencesMax = 6;
const gridPoints = 10;
const dependenceRowsMax = 200;
/** Node visits that all dependences may cost: some hundredths of a second. */
const visitsMax = 2e7;

export interface DriverOptions {
  model: BoostedModel;
  task: Report['task'];
  rows: ReportRows;
  names: ColumnNames;
  /** How much the loss grows when a column is shuffled, where that was computed. */
  permutation: ArrayLike<number> | undefined;
}

export function driversOf({ model, task, rows, names, permutation }: DriverOptions): Driver[] {
  const importances = importanceOf(model);
  const sizeOf = (column: number): number => {
    const { totalGain, weight } = importances[column]!;
    return model.booster.kind === 'trees' ? totalGain : weight;
  };
  const total = importances.reduce((sum, _, column) => sum + sizeOf(column), 0);
  const order = [...importances.keys()].sort((a, b) => sizeOf(b) - sizeOf(a) || a - b).slice(0, listedMax);
  const treeCount = model.booster.kind === 'trees' ? model.booster.trees.roots.length : 1;
  const dependenceRows = Math.min(
    dependenceRowsMax,
    Math.floor(visitsMax / (dependencesMax * gridPoints * treeCount * 8)),
  );
  return order.map((column, place): Driver => {
    const { totalGain, weight } = importances[column]!;
    const drawn = place < dependencesMax && task !== 'multiclass' && sizeOf(column) > 0 && dependenceRows > 0;
    return {
      name: names.of(column),
      column,
      share: total === 0 ? 0 : sizeOf(column) / total,
      linear: null,
      trees: { gain: totalGain, splits: weight, permutation: permutation?.[column] ?? null },
      dependence: drawn ? dependenceOn(model, rows, column, dependenceRows) : [],
    };
  });
}

/** Mean answers over some rows, the column's value replaced. Source: J. Friedman, Ann. Stat. 29 (2001) 1189. */
function dependenceOn(model: BoostedModel, rows: ReportRows, column: number, rowsMax: number): Point[] {
  const sorted = rows
    .column(column)
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (sorted.length < 2 * gridPoints) return [];
  const grid = [
    ...new Set(Array.from({ length: gridPoints }, (_, at) => middle(sorted, 0.05 + (0.9 * at) / (gridPoints - 1)))),
  ];
  const { featureCount } = rows;
  const count = Math.min(rowsMax, rows.rowCount);
  const features = new Float32Array(count * featureCount);
  for (let at = 0; at < count; at++) {
    const row = Math.floor((at * rows.rowCount) / count);
    features.set(rows.features.subarray(row * featureCount, (row + 1) * featureCount), at * featureCount);
  }
  return grid.map((value): Point => {
    for (let at = 0; at < count; at++) features[at * featureCount + column] = value;
    const { values } = predictBoosted(model, { rowCount: count, featureCount, features });
    return [value, values.reduce((sum, answer) => sum + answer, 0) / count];
  });
}

const middle = (sorted: Float64Array, level: number): number => sorted[Math.round(level * (sorted.length - 1))]!;
