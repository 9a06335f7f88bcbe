/** Several models on the same rows, and their differences row by row. */
import { DataError } from '../../base/index.ts';
import { type RowPreparer, shown, type Table } from '../../tables/index.ts';
import { type HeldOutScore, heldOutScore, type Interval, meanInterval, missesOf } from '../scores/held-out-score.ts';
import { labelledAnswers } from './evaluate-table.ts';
import type { TrainedModel } from './open-model.ts';

export interface Compared {
  score: HeldOutScore;
  /** How much larger its error is than the first model's, of the same rows; undefined of the first. */
  difference: Interval | undefined;
  /** Rows without a label, or with one that the models do not know. */
  passedOver: number;
  preparer: RowPreparer;
}

/** One for each model, in their order. Rejects with DataError where they do not predict the same, or not of the same rows. */
export async function compareModels(
  models: readonly { name: string; model: TrainedModel }[],
  table: Table,
): Promise<Compared[]> {
  const [first] = models;
  const labelOf = ({ model: { task, preparation } }: (typeof models)[number]): string =>
    JSON.stringify([task, preparation?.label.column, [...(preparation?.label.classes ?? [])].sort()]);
  for (const each of models) {
    if (each.model.preparation !== undefined && labelOf(each) !== labelOf(first!))
      throw new DataError(
        `"${each.name}" predicts ${wordsOf(each.model)}, and "${first!.name}" ${wordsOf(first!.model)}: compare models of the same label`,
      );
  }
  const compared: Compared[] = [];
  let misses: Float64Array | undefined;
  let labels: string | undefined;
  for (const { name, model } of models) {
    const { rows, passedOver, preparer } = await labelledAnswers(model, table);
    const { classes } = model.preparation!.label;
    // Each model knows its own spellings of the classes: other rows make no pairs.
    const found = Array.from(rows.labels, (label) => classes[label] ?? label).join('\n');
    labels ??= found;
    if (found !== labels)
      throw new DataError(
        `"${name}" does not know the labels of the same rows as "${first!.name}": write each class as it is in the training rows of both`,
      );
    const score = heldOutScore(model.task, classes.length, rows);
    const own = missesOf(model.task, rows);
    const difference = misses && meanInterval(own.map((miss, row) => miss - misses![row]!));
    misses ??= own;
    compared.push({ score, difference, passedOver, preparer });
  }
  return compared;
}

function wordsOf({ preparation }: TrainedModel): string {
  const { column, classes } = preparation?.label ?? { column: 'label', classes: [] };
  return `${shown(column)}${classes.length === 0 ? '' : ` (${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', ...' : ''})`}`;
}
