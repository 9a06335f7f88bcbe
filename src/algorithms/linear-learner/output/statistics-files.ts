import type { Coefficient, HeldOut, Statistics } from '../../../learners/index.ts';

/** Held-out predictions are written up to so many rows and scores: a table is one string, whose length is limited. */
const predictionRowsMax = 1_000_000;
const predictionScoresMax = 10_000_000;

/** The files of statistics beside the model, by name; tables are CSV with a header. */
export function statisticsFiles(statistics: Statistics): Readonly<Record<string, string>> {
  const { inference, heldOut } = statistics;
  return {
    'statistics.json': `${JSON.stringify(summaryOf(statistics), listed, 1)}\n`,
    ...(!('missing' in inference) && { 'coefficients.csv': coefficientsCsv(inference.coefficients) }),
    ...(!('missing' in heldOut) &&
      heldOut.rowCount <= predictionRowsMax &&
      heldOut.scores.length <= predictionScoresMax && { 'held-out-predictions.csv': heldOutCsv(heldOut) }),
  };
}

/** All but the predictions, row by row. */
export function summaryOf({ heldOut, ...rest }: Statistics): object {
  if ('missing' in heldOut) return { ...rest, heldOut };
  const { method, folds, rowCount, metrics } = heldOut;
  return { ...rest, heldOut: { method, folds, rowCount, metrics } };
}

/** For JSON.stringify, which would write a typed array as an object; numbers that are not finite become null. */
const listed = (_key: string, value: unknown): unknown =>
  ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;

const cells: readonly (readonly [string, (row: Coefficient) => Cell])[] = [
  ['feature', ({ feature }) => feature],
  ['name', ({ name }) => name],
  ['output', ({ output }) => output],
  ['estimate', ({ estimate }) => estimate],
  ['standard_error', ({ standardError }) => standardError],
  ['robust_standard_error', ({ robustStandardError }) => robustStandardError],
  ['statistic', ({ statistic }) => statistic],
  ['p_value', ({ pValue }) => pValue],
  ['robust_p_value', ({ robustPValue }) => robustPValue],
  ['low', ({ low }) => low],
  ['high', ({ high }) => high],
  ['robust_low', ({ robustLow }) => robustLow],
  ['robust_high', ({ robustHigh }) => robustHigh],
  ['likelihood_ratio', ({ likelihoodRatio }) => likelihoodRatio?.statistic],
  ['likelihood_ratio_degrees', ({ likelihoodRatio }) => likelihoodRatio?.degrees],
  ['likelihood_ratio_p_value', ({ likelihoodRatio }) => likelihoodRatio?.pValue],
];

type Cell = string | number | null | undefined;

/** Numbers that are not finite are left empty: readers differ in what they take for infinity. */
const cellOf = (value: Cell): string =>
  typeof value === 'number' && !Number.isFinite(value) ? '' : String(value ?? '');

const line = (values: readonly Cell[]): string => `${values.map(cellOf).join(',')}\n`;

const coefficientsCsv = (coefficients: readonly Coefficient[]): string =>
  [line(cells.map(([name]) => name)), ...coefficients.map((row) => line(cells.map(([, of]) => of(row))))].join('');

/** `row` counts the training channel's rows from 0; scores are raw, before any link. */
function heldOutCsv({ rows, labels, scores }: HeldOut): string {
  const K = scores.length / rows.length;
  const names = K === 1 ? ['score'] : Array.from({ length: K }, (_, k) => `score_${k}`);
  const lines = Array.from(rows, (row, at) => line([row, labels[at], ...scores.subarray(at * K, (at + 1) * K)]));
  return [line(['row', 'label', ...names]), ...lines].join('');
}
