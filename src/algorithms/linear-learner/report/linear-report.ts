/** The report of a linear model that was trained. */
import { type FitResult, seededRandom } from '../../../learners/index.ts';
import {
  type ModelFacts,
  makeReport,
  type Report,
  type ReportInput,
  type Reproduction,
  type Warning,
} from '../../../reports/index.ts';
import { baselineOf, channelFacts } from '../../report/channel-facts.ts';
import type { ColumnNames } from '../../report/column-names.ts';
import { type MeasuredRows, measuredRows, type Taps } from './answers.ts';
import { termsOf } from './drivers.ts';
import type { Recorder } from './recorder.ts';

export interface LinearReportOptions {
  result: FitResult;
  taps: Taps;
  recorded: Pick<Recorder, 'deviations' | 'curves'>;
  names: ColumnNames;
  model: ModelFacts;
  rowsShown: boolean;
  warnings: readonly Warning[];
  reproduction: Reproduction;
  seed: number;
}

const tasks = { binary_classifier: 'binary', multiclass_classifier: 'multiclass', regressor: 'regression' } as const;

export function linearReport(options: LinearReportOptions): Report {
  const { result, taps, recorded, names, rowsShown, seed } = options;
  const { model } = result;
  const task = tasks[model.predictorType];
  const classCount = { binary: 2, multiclass: model.outputCount, regression: 0 }[task];
  const measured = measuredRows(result, taps);
  const { drivers, columns } = termsOf(result, recorded.deviations() ?? [], names);
  // Hashed columns have no values of their own.
  const listed = model.hashBits === undefined ? columns : [];
  const named = listed.map((column) => ({ column, name: names.of(column) }));
  const contributions = contributionsOf(options, measured, listed);
  return makeReport({
    task,
    rowsShown,
    label: names.label,
    classes: Array.from({ length: classCount }, (_, k) => names.classes[k] ?? String(k)),
    model: options.model,
    channels: Object.values(taps).flatMap((tap) => (tap === undefined ? [] : [channelFacts(tap, classCount)])),
    ...measured,
    trainRows: measured.rows.channel === 'train' ? undefined : taps.train.sampled(),
    columns: named,
    columnsLeftOut: model.featureCount - named.length,
    drivers,
    decisions: names.decisions,
    candidates: candidatesOf(result),
    choice: choiceOf(result),
    curves: recorded.curves(result.best.index),
    warnings: [...names.notes, ...separation(result), ...options.warnings],
    reproduction: options.reproduction,
    ...(contributions && { contributions }),
    baseline: baselineOf(taps.train, classCount),
    random: seededRandom(seed),
  });
}

/** Of a model without powers and products: w (x - mean) of the listed columns, for several classes of the called one over the label's. */
function contributionsOf(
  { result: { model }, taps }: LinearReportOptions,
  { rows, answers }: MeasuredRows,
  listed: readonly number[],
): ReportInput['contributions'] {
  if (model.expansion !== undefined || listed.length === 0) return undefined;
  const { outputCount: K, weights } = model;
  const train = taps.train.sampled();
  const means = listed.map(
    (column) => train.column(column).reduce((sum, x) => sum + x, 0) / Math.max(1, train.rowCount),
  );
  return (row) => {
    const own = answers.scores.subarray(row * K, (row + 1) * K);
    const called = own.indexOf(Math.max(...own));
    return Float64Array.from(listed, (column, at) => {
      const of = (k: number): number => weights[column * K + k]!;
      const weight = K === 1 ? of(0) : of(called) - of(rows.labels[row]!);
      return weight * (rows.column(column)[row]! - means[at]!);
    });
  };
}

const candidatesMax = 12;

function candidatesOf({ table }: FitResult): Report['candidates'] {
  const value = (number: number | undefined): number => (Number.isFinite(number) ? number! : Number.POSITIVE_INFINITY);
  return [...table]
    .sort((a, b) => Number(b.chosen) - Number(a.chosen) || value(a.selection) - value(b.selection))
    .slice(0, candidatesMax)
    .map((row) => Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== undefined)));
}

function choiceOf({ table, validationMetrics }: FitResult): string {
  const where = validationMetrics === undefined ? 'rows left out of training' : 'the validation channel';
  const count = table.length;
  return count === 1 ? 'One model was trained' : `Of ${count} models this one did best on ${where}`;
}

function separation({ solved, statistics }: FitResult): Warning[] {
  const firth =
    statistics !== undefined && !('missing' in statistics.inference) && statistics.inference.method === 'Firth';
  if (solved?.separable !== true && !firth) return [];
  return [
    {
      kind: 'separation',
      text: 'Some combination of columns separates the classes of the training rows perfectly: without a penalty the coefficients would grow without end, so their sizes say little (intervals are by Firth’s method where there are some)',
    },
  ];
}
