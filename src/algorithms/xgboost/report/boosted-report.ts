/** The report of a model of XGBoost that was trained. */
import { type BoostedModel, contributionsOfBoosted, seededRandom } from '../../../learners/index.ts';
import {
  type Baseline,
  type ChannelFacts,
  type LearningCurve,
  type ModelFacts,
  makeReport,
  type Report,
  type ReportInput,
  type Reproduction,
  type Warning,
} from '../../../reports/index.ts';
import type { ColumnNames } from '../../report/column-names.ts';
import { answersOf, taskOf } from './answers.ts';
import { driversOf } from './drivers.ts';
import type { ReportRows } from './row-sample.ts';

export interface BoostedReportOptions {
  model: BoostedModel;
  modelFacts: ModelFacts;
  train: ReportRows;
  validation: ReportRows | undefined;
  /** All labels of each channel. */
  labels: Readonly<Record<string, ArrayLike<number>>>;
  permutation: ArrayLike<number> | undefined;
  names: ColumnNames;
  rowsShown: boolean;
  curves: readonly LearningCurve[];
  choice: string;
  warnings: readonly Warning[];
  reproduction: Reproduction;
  seed: number;
}

/** Undefined for an objective that no report is made of. */
export function boostedReport(options: BoostedReportOptions): Report | undefined {
  const { model, train, validation, labels, names } = options;
  const task = taskOf(model.objective);
  if (task === undefined) return undefined;
  const rows = validation ?? train;
  const classCount = { binary: 2, multiclass: model.groupCount, regression: 0 }[task];
  const answers = answersOf(model, rows);
  const drivers = driversOf({ ...options, task, rows });
  const columns = drivers.map(({ name, column }) => ({ name, column: column! }));
  const contributions = contributionsIn(model, rows, answers.scores, columns);
  return makeReport({
    task,
    rowsShown: options.rowsShown,
    label: names.label,
    classes: Array.from({ length: classCount }, (_, k) => names.classes[k] ?? String(k)),
    model: options.modelFacts,
    channels: Object.entries(labels).map(([name, own]) => channelFacts(name, own, classCount)),
    from: validation === undefined ? 'training' : names.isTest ? 'test' : 'validation',
    rows,
    trainRows: validation === undefined ? undefined : train,
    answers,
    columns,
    columnsLeftOut: model.featureCount - columns.length,
    drivers,
    decisions: names.decisions,
    candidates: [],
    choice: options.choice,
    curves: options.curves,
    warnings: [...names.notes, ...options.warnings],
    reproduction: options.reproduction,
    ...(contributions && { contributions }),
    baseline: baselineOf(train, labels.train!, classCount),
    random: seededRandom(options.seed),
  });
}

function channelFacts(name: string, labels: ArrayLike<number>, classCount: number): ChannelFacts {
  if (classCount === 0) return { name, rows: labels.length, labels: null };
  const counts = countsOf(labels, classCount);
  return { name, rows: labels.length, labels: Array.from(counts, (rows, label) => ({ label, rows })) };
}

function countsOf(labels: ArrayLike<number>, classCount: number): Float64Array {
  const counts = new Float64Array(classCount);
  for (let row = 0; row < labels.length; row++) counts[labels[row]!]! += 1;
  return counts;
}

function baselineOf({ labels: some }: ReportRows, labels: ArrayLike<number>, classCount: number): Baseline {
  const sorted = some.slice().sort();
  const n = sorted.length;
  return {
    shares: Array.from(countsOf(labels, classCount), (rows) => rows / labels.length),
    mean: sorted.reduce((sum, label) => sum + label, 0) / n,
    median: (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2,
  };
}

/** Nodes up to which the ten worst rows are explained: Shapley values take the square of a tree's depth. */
const explainedNodesMax = 500_000;

/** Exact Shapley values, for several classes of the called one over the label's. */
function contributionsIn(
  model: BoostedModel,
  rows: ReportRows,
  scores: Float64Array,
  columns: ReportInput['columns'],
): ReportInput['contributions'] {
  const { booster, groupCount: K, featureCount: d } = model;
  if (booster.kind === 'trees' && booster.trees.features.length > explainedNodesMax) return undefined;
  return (row) => {
    const features = rows.features.subarray(row * rows.featureCount, (row + 1) * rows.featureCount);
    const { values } = contributionsOfBoosted(model, { rowCount: 1, featureCount: rows.featureCount, features });
    const of = (group: number, column: number): number => values[group * (d + 1) + column]!;
    if (K === 1) return Float64Array.from(columns, ({ column }) => of(0, column));
    const own = scores.subarray(row * K, (row + 1) * K);
    const called = own.indexOf(Math.max(...own));
    return Float64Array.from(columns, ({ column }) => of(called, column) - of(rows.labels[row]!, column));
  };
}
