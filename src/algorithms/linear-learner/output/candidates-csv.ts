import type { CandidateRow } from '../../../learners/index.ts';

const columns = [
  'kind',
  'wd',
  'l1',
  'positiveExampleWeightMult',
  'learningRate',
  'lrSchedulerStep',
  'lrSchedulerMinimumLr',
  'selection',
  'crossValidation',
  'objective',
  'gap',
  'nonZero',
  'chosen',
] as const satisfies readonly (keyof CandidateRow)[];

/** Column names of the file: the hyperparameter's name where there is one. */
const names: Readonly<Record<string, string>> = {
  positiveExampleWeightMult: 'positive_example_weight_mult',
  learningRate: 'learning_rate',
  lrSchedulerStep: 'lr_scheduler_step',
  lrSchedulerMinimumLr: 'lr_scheduler_minimum_lr',
  crossValidation: 'cross_validation',
  nonZero: 'non_zero',
};

/** The table of candidates as CSV with a header; a cell is empty where a candidate has no such number or it is infinite. */
export function candidatesCsv(table: readonly CandidateRow[]): string {
  const cell = (value: CandidateRow[keyof CandidateRow]): string =>
    value === undefined || (typeof value === 'number' && !Number.isFinite(value)) ? '' : String(value);
  const lines = [
    columns.map((column) => names[column] ?? column),
    ...table.map((row) => columns.map((column) => cell(row[column]))),
  ];
  return lines.map((line) => `${line.join(',')}\n`).join('');
}
