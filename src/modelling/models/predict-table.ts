import { DataError } from '../../base/index.ts';
import {
  contributionsByColumn,
  type OutsideColumn,
  outsideByColumn,
  type ScoreParts,
  sumsOf,
  type Trust,
  trustOf,
} from '../../learners/index.ts';
import {
  type Cell,
  type PreparedColumns,
  preparedColumns,
  type RowPreparer,
  rowPreparer,
  type Table,
} from '../../tables/index.ts';
import type { TrainedModel } from './open-model.ts';

const blockRows = 2048;

export interface PredictedRow {
  /** A class by its name, or a value. */
  prediction: string | number;
  /** Of two classes that of the second one; of more, that of the predicted one. */
  probability?: number;
  /** Of several classes, in the order of the label's classes. */
  probabilities?: readonly number[];
  /** By column, what it adds to the score before any link; most first, what adds nothing left out. */
  contributions?: readonly { column: string; value: number }[];
  baseline?: number;
  /** A better one, where held-out rows showed one: see docs/explanations.md. */
  calibrated?: Trust['probability'];
  interval?: Trust['interval'];
  set?: { level: number; classes: string[]; from: string };
  /** Columns whose values lie outside the range of the training rows. */
  outside?: OutsideColumn[];
}

export interface Predicting {
  preparer: RowPreparer;
  /** Blocks of rows with their cells. */
  blocks: AsyncGenerator<{ cells: readonly (readonly Cell[])[]; rows: PredictedRow[] }>;
}

/** Predictions of every row of a table, by column name. Throws DataError for a model without a preparation, and for columns that lack. */
export function predictTable(model: TrainedModel, table: Table, { explain }: { explain: boolean }): Predicting {
  if (model.preparation === undefined)
    throw new DataError(
      'The model holds no preparation of raw rows, since it was not made by linnet train: send it rows of numbers through an endpoint',
    );
  if (explain && model.explain === undefined)
    throw new DataError('The model holds no means of its training rows, which contributions are counted from');
  const preparer = rowPreparer(model.preparation, table.columns);
  return { preparer, blocks: blocksOf(model, table, preparer, explain) };
}

async function* blocksOf(
  model: TrainedModel,
  table: Table,
  preparer: RowPreparer,
  explain: boolean,
): AsyncGenerator<{ cells: readonly (readonly Cell[])[]; rows: PredictedRow[] }> {
  const { featureCount } = model;
  for await (const { rows } of table.chunks()) {
    for (let from = 0; from < rows.length; from += blockRows) {
      const cells = rows.slice(from, from + blockRows);
      const features = new Float64Array(cells.length * featureCount);
      for (const [at, row] of cells.entries()) preparer.features(row, features, at * featureCount);
      yield { cells, rows: predicted(model, cells.length, features, explain) };
    }
  }
}

function predicted(model: TrainedModel, rowCount: number, features: Float64Array, explain: boolean): PredictedRow[] {
  const { task, classCount, preparation } = model;
  const { classes } = preparation!.label;
  const { predictions, probabilities } = model.score({ rowCount, features });
  const parts = explain ? model.explain!({ rowCount, features }) : undefined;
  const columns = explain ? preparedColumns(preparation!) : undefined;
  return Array.from({ length: rowCount }, (_, row) => {
    const answer = predictions[row]!;
    const own = parts?.[row];
    return {
      prediction: task === 'regression' ? answer : classes[answer]!,
      ...(probabilities && {
        probability: task === 'binary' ? probabilities[row]! : probabilities[row * classCount + answer]!,
      }),
      ...(probabilities &&
        task === 'multiclass' && {
          probabilities: Array.from(probabilities.subarray(row * classCount, (row + 1) * classCount)),
        }),
      ...(own && because(own, columns!, model, { row, features, answer })),
    };
  });
}

/** What of a prediction is explained. */
function because(
  parts: ScoreParts,
  columns: PreparedColumns,
  { explanations, featureCount, task }: TrainedModel,
  { row, features, answer }: { row: number; features: Float64Array; answer: number },
): Partial<PredictedRow> {
  const output = parts.baselines.length > 1 ? answer : 0;
  const reasons = { contributions: contributionsByColumn(parts, output, columns), baseline: parts.baselines[output]! };
  if (explanations === undefined) return reasons;
  const { probability, interval, set } = trustOf(
    explanations,
    sumsOf(parts),
    task === 'regression' ? answer : Number.NaN,
  );
  const outside = outsideByColumn(explanations, (feature) => features[row * featureCount + feature]!, columns);
  return {
    ...reasons,
    ...(probability && { calibrated: probability }),
    ...(interval && { interval }),
    ...(set && { set: { ...set, classes: set.classes.map((k) => columns.classes[k]!) } }),
    ...(outside.length > 0 && { outside }),
  };
}
