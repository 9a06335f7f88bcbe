/** A report of what a training program knows: a pure function. */
import { binaryMetrics, binaryNumbers } from './binary.ts';
import { columnNumbers } from './columns.ts';
import { type Report, reportFormat, reportVersion, type Subgroups } from './document.ts';
import type { ReportInput } from './input.ts';
import { mistakesOf } from './mistakes.ts';
import { calledClass, multiclassMetrics, multiclassNumbers } from './multiclass.ts';
import { regressionMetrics, regressionNumbers } from './regression.ts';
import { subgroupsOf } from './subgroups.ts';
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

function groupsOf({ columns, rows, task, answers, classes }: ReportInput): Subgroups[] {
  const { labels } = rows;
  const { scores, threshold } = answers;
  const of: Readonly<Record<Report['task'], (label: number, row: number) => number>> = {
    binary: (label, row) => Number(scores[row] >= threshold === (label === 1)),
    multiclass: (label, row) => Number(calledClass(scores, row, classes.length) === label),
    regression: (label, row) => Math.abs(scores[row] - label),
  };
  const isShare = task !== 'regression';
  const measured = {
    metric: isShare ? 'accuracy' : 'mean absolute error',
    isShare,
    values: labels.map(of[task]),
    positives: task === 'binary' ? labels : undefined,
  };
  return columns.slice(0, groupedColumnsMax).flatMap((column) => {
    const groups = subgroupsOf(column, rows.column(column.column), measured);
    return groups === undefined ? [] : [groups];
  });
}
