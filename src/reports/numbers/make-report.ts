/** A report of what a training program knows: a pure function. */
import { binaryMetrics, binaryNumbers } from './binary.ts';
import { columnNumbers } from './columns.ts';
import { type Measured, type Report, reportFormat, reportVersion, type Subgroups } from './document.ts';
import type { ReportInput } from './input.ts';
import { mistakesOf } from './mistakes.ts';
import { calledClass, multiclassMetrics, multiclassNumbers } from './multiclass.ts';
import { regressionMetrics, regressionNumbers } from './regression.ts';
import { meanOf, shareOf, subgroupsOf } from './subgroups.ts';
import { warningsOf } from './warnings.ts';

/** Columns whose groups are measured. */
const groupedColumnsMax = 20;

export function makeReport(input: ReportInput): Report {
  const { rows, model, from, task } = input;
  return {
    format: reportFormat,
    version: reportVersion,
    task,
    model,
    rowsShown: input.rowsShown,
    label: input.label,
    classes: input.classes,
    channels: input.channels,
    heldOut: { from, rows: rows.rowCount, every: rows.every, channel: rows.channel },
    ...measured(input),
    drivers: input.drivers,
    columnsLeftOut: input.columnsLeftOut,
    columns: columnsOf(input),
    decisions: input.decisions,
    subgroups: groupsOf(input),
    mistakes: mistakesOf(input),
    candidates: input.candidates,
    choice: input.choice,
    curves: input.curves,
    warnings: warningsOf(input),
    reproduction: input.reproduction,
  };
}

type Numbers = Pick<Report, 'metrics' | 'binary' | 'multiclass' | 'regression'>;

function measured(input: ReportInput): Numbers {
  const { rows, answers, baseline, random, classes } = input;
  const { labels } = rows;
  const none = { binary: null, multiclass: null, regression: null };
  const of: Readonly<Record<Report['task'], () => Numbers>> = {
    binary: () => {
      const given = { answers, labels, baseline, random };
      return { ...none, metrics: binaryMetrics(given), binary: binaryNumbers(given) };
    },
    multiclass: () => {
      const given = { answers, labels, baseline, random, classCount: classes.length };
      const multiclass = multiclassNumbers(given);
      return { ...none, metrics: multiclassMetrics(given, multiclass), multiclass };
    },
    regression: () => {
      const given = { predictions: answers.scores, labels, baseline, random };
      return { ...none, metrics: regressionMetrics(given), regression: regressionNumbers(given) };
    },
  };
  return of[input.task]();
}

/** Distributions of the rows trained on, which are the most. */
function columnsOf({ columns, rows, trainRows = rows, task, classes, rowsShown }: ReportInput): Report['columns'] {
  const { labels } = trainRows;
  return columns.map(({ column, name }) =>
    columnNumbers({
      column,
      name,
      values: trainRows.column(column),
      classOf: task === 'regression' ? () => 0 : (row) => labels[row],
      classCount: task === 'regression' ? 1 : classes.length,
      rowsShown,
    }),
  );
}

function groupsOf(input: ReportInput): Subgroups[] {
  const { columns, rows, task, answers, classes } = input;
  const { labels } = rows;
  const { scores, threshold } = answers;
  const isRight =
    task === 'binary'
      ? (row: number) => scores[row] >= threshold === (labels[row] === 1)
      : (row: number) => calledClass(scores, row, classes.length) === labels[row];
  const scoreOf = (own: readonly number[]): Measured =>
    task === 'regression' ? meanOf(own, (row) => Math.abs(scores[row] - labels[row])) : shareOf(own, isRight);
  return columns.slice(0, groupedColumnsMax).flatMap(({ column, name }) => {
    const groups = subgroupsOf({
      column,
      name,
      values: rows.column(column),
      metric: task === 'regression' ? 'mean absolute error' : 'accuracy',
      scoreOf,
      binary: task === 'binary' ? { isPositive: (row) => labels[row] === 1, isRight } : undefined,
    });
    return groups === undefined ? [] : [groups];
  });
}
