import { DataError } from '../../base/index.ts';
import { type RowPreparer, rowPreparer, shown, type Table } from '../../tables/index.ts';
import { type HeldOutRows, type HeldOutScore, heldOutScore } from '../scores/held-out-score.ts';
import type { TrainedModel } from './open-model.ts';
import { predictTable } from './predict-table.ts';

const blockRows = 2048;

export interface Evaluated {
  score: HeldOutScore;
  /** What the rule without columns answers: the most frequent class of these rows, or their median. */
  baseline: string;
  /** Rows without a label, or with one that the model does not know. */
  passedOver: number;
  preparer: RowPreparer;
}

/** A model's score on labelled rows. Rejects as `labelledAnswers` does. */
export async function evaluateTable(model: TrainedModel, table: Table): Promise<Evaluated> {
  const { rows, rule, passedOver, preparer } = await labelledAnswers(model, table);
  const { classes } = model.preparation!.label;
  return {
    score: heldOutScore(model.task, classes.length, rows),
    baseline: classes[rule] ?? String(Number(rule.toPrecision(3))),
    passedOver,
    preparer,
  };
}

export interface LabelledAnswers extends Pick<Evaluated, 'passedOver' | 'preparer'> {
  rows: HeldOutRows;
  /** What the rule without columns answers, as a number. */
  rule: number;
}

/** What a model answers for labelled rows. Rejects with DataError for a model without a preparation, and for rows without labels. */
export async function labelledAnswers(model: TrainedModel, table: Table): Promise<LabelledAnswers> {
  if (model.preparation === undefined)
    throw new DataError('The model holds no preparation of raw rows, since it was not made by linnet train');
  const { label } = model.preparation;
  if (!table.columns.includes(label.column))
    throw new DataError(`"${table.name}" has no column ${shown(label.column)}, which holds the right answers`);
  const preparer = rowPreparer(model.preparation, table.columns);
  const [labels, predictions, probabilities]: [number[], number[], number[]] = [[], [], []];
  let passedOver = 0;
  let hasProbabilities = model.task !== 'regression';
  for await (const { rows } of table.chunks()) {
    for (let from = 0; from < rows.length; from += blockRows) {
      const block = rows.slice(from, from + blockRows).filter((row) => !Number.isNaN(preparer.label(row)));
      passedOver += Math.min(blockRows, rows.length - from) - block.length;
      const features = new Float64Array(block.length * model.featureCount);
      for (const [at, row] of block.entries()) {
        preparer.features(row, features, at * model.featureCount);
        labels.push(preparer.label(row));
      }
      const scores = model.score({ rowCount: block.length, features });
      for (const value of scores.predictions) predictions.push(value);
      for (const value of scores.probabilities ?? []) probabilities.push(value);
      hasProbabilities &&= scores.probabilities !== undefined;
    }
  }
  if (labels.length === 0)
    throw new DataError(`No row of "${table.name}" has a label that the model knows in ${shown(label.column)}`);
  const rule = model.task === 'regression' ? medianOf(labels) : mostFrequent(labels);
  return {
    rows: {
      labels: Float64Array.from(labels),
      predictions: Float64Array.from(predictions),
      probabilities: hasProbabilities ? Float64Array.from(probabilities) : undefined,
      baseline: new Float64Array(labels.length).fill(rule),
    },
    rule,
    passedOver,
    preparer,
  };
}

const medianOf = (values: readonly number[]): number => Float64Array.from(values).sort()[values.length >> 1]!;

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

export interface Explained {
  rowCount: number;
  /** Mean size of what each column adds to the scores, most first. */
  columns: readonly { column: string; mean: number }[];
  preparer: RowPreparer;
}

/** Which columns move the scores of these rows. Rejects as `predictTable` does. */
export async function explainTable(model: TrainedModel, table: Table): Promise<Explained> {
  const { blocks, preparer } = predictTable(model, table, { explain: true });
  const sums = new Map<string, number>();
  let rowCount = 0;
  for await (const { rows } of blocks) {
    rowCount += rows.length;
    for (const { contributions } of rows)
      for (const { column, value } of contributions ?? []) sums.set(column, (sums.get(column) ?? 0) + Math.abs(value));
  }
  const columns = [...sums]
    .map(([column, sum]) => ({ column, mean: sum / rowCount }))
    .sort((a, b) => b.mean - a.mean || (a.column < b.column ? -1 : 1));
  return { rowCount, columns, preparer };
}
