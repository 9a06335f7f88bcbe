import type { RowSource } from '../../formats/index.ts';
import { firstRows } from './rows.ts';
import { type Scaler, tooFarFromZero } from './scaler.ts';

/** With a mean of so many spreads from 0, numbers of single precision are a thousandth of a spread apart. */
const spreadsOfSingle = 2 ** 14;
const columnsToldMax = 3;

/** A line for each column whose digits the rows, or double precision itself, do not hold beside its spread. */
export async function lostDigits(
  source: RowSource,
  scaler: Scaler,
  { isSingle }: { isSingle: boolean },
): Promise<string[]> {
  const { featureMean, featureStd, labelMean, labelStd } = scaler;
  const lost: Column[] = [];
  const isLost = (mean: number, std: number, single: boolean): boolean =>
    std > 0 && (tooFarFromZero(mean, std) || (single && Math.abs(mean) > spreadsOfSingle * std));
  featureMean.forEach((mean, j) => {
    if (isLost(mean, featureStd[j], isSingle)) lost.push({ feature: j, spread: featureStd[j], mean });
  });
  if (isLost(labelMean, labelStd, false)) lost.push({ feature: undefined, spread: labelStd, mean: labelMean });
  const named = lost.slice(0, columnsToldMax);
  const ranges = named.length === 0 ? [] : await rangesOf(firstRows(source, scaler.rowCount), named);
  const lines = named.map((column, place) => describe(column, ranges[place]));
  if (lost.length > named.length) lines.push(`The same holds for ${lost.length - named.length} more columns`);
  return lines;
}

interface Column {
  /** Undefined for the label. */
  feature: number | undefined;
  spread: number;
  mean: number;
}

interface Range {
  low: number;
  high: number;
}

async function rangesOf(source: RowSource, columns: readonly Column[]): Promise<Range[]> {
  const ranges = columns.map((): Range => ({ low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY }));
  const widen = (place: number, value: number): void => {
    const range = ranges[place];
    range.low = Math.min(range.low, value);
    range.high = Math.max(range.high, value);
  };
  if (source.sparseBlocks !== undefined) {
    const places = new Map(columns.map(({ feature }, place) => [feature, place]));
    for await (const { rowCount, rowStart, columns: features, values, labels } of source.sparseBlocks()) {
      for (let at = 0; at < rowStart[rowCount]; at += 1) {
        const place = places.get(features[at]);
        if (place !== undefined) widen(place, values[at]);
      }
      const place = places.get(undefined);
      for (let row = 0; place !== undefined && row < rowCount; row += 1) widen(place, labels[row]);
    }
    return ranges;
  }
  for await (const { rowCount, featureCount: d, features, base, labels } of source.blocks()) {
    columns.forEach(({ feature: j }, place) => {
      for (let row = 0; row < rowCount; row += 1)
        widen(place, j === undefined ? labels[row] : features[row * d + j] + (base?.[j] ?? 0));
    });
  }
  return ranges;
}

function describe({ feature, spread, mean }: Column, { low, high }: Range): string {
  const name = feature === undefined ? 'The label' : `Feature ${feature + 1}`;
  const facts = `${name} has values from ${low} to ${high} with a spread of ${Number(spread.toPrecision(3))}`;
  if (tooFarFromZero(mean, spread))
    return `${facts}: double precision holds too few of its digits, and it counts as constant; subtract a number near its mean from it in all data`;
  const step = 2 ** (Math.floor(Math.log2(Math.max(Math.abs(low), Math.abs(high)))) - 23);
  return `${facts}, but comes in single precision, where numbers of that size are ${step} apart; send it as CSV, dense JSON Lines, float64 tensors of RecordIO or DOUBLE columns of Parquet, or subtract a number near its mean from it in all data`;
}
