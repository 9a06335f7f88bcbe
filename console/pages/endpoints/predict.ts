import { rowPreparer } from '../../../src/tables/index.ts';
import { csvLine } from '../../api/csv-line.ts';
import { invoke } from '../../api/runtime.ts';
import type { FormColumn, TableColumns } from '../../api/table-columns.ts';

export type Value = number | string;

export const typicalOf = (column: FormColumn): Value => (column.kind === 'number' ? column.median : column.typical);

interface Prediction {
  score?: number | number[];
  predicted_label?: number;
}

/**
 * The prediction for the values, and how far each value moves the score: the same row is asked again with what is typical of the
 * column in its place, all in one request.
 */
export async function predict(endpoint: string, table: TableColumns, values: readonly Value[]) {
  const { columns } = table;
  const rows = [values, ...columns.map((column, place) => values.with(place, typicalOf(column)))];
  const { predictions } = await ask(endpoint, rows.map(featuresOf(table)).join('\n'));
  const label = predictions[0] && labelOf(predictions[0], table.classes?.length ?? 0);
  const scores = predictions.map(({ score }) => scoreOf(score, label));
  const effects = columns.map(({ name }, place) => ({
    name,
    effect: (scores[0] ?? 0) - (scores[place + 1] ?? scores[0] ?? 0),
  }));
  return { score: scores[0], label, effects };
}

/** As JSON where the program speaks it, else a line of numbers for each row. */
async function ask(endpoint: string, csv: string): Promise<{ predictions: Prediction[] }> {
  const answer = await invoke(endpoint, csv);
  if (typeof answer !== 'string') return answer as { predictions: Prediction[] };
  const predictions = answer
    .trim()
    .split('\n')
    .map((line) => {
      const scores = line.split(',').map(Number);
      return { score: scores.length === 1 ? scores[0]! : scores };
    });
  return { predictions };
}

/** The class that is called. XGBoost gives scores alone: one of class 1, or one of each class. */
function labelOf({ predicted_label, score }: Prediction, classCount: number): number | undefined {
  if (predicted_label !== undefined || score === undefined) return predicted_label;
  if (Array.isArray(score)) return score.indexOf(Math.max(...score));
  if (classCount === 2) return score >= 0.5 ? 1 : 0;
  // With multi:softmax the score is the class.
  return classCount > 2 ? score : undefined;
}

/** Of several classes, that of the class which was called. */
const scoreOf = (score: Prediction['score'], label: number | undefined): number | undefined =>
  Array.isArray(score) ? score[label ?? 0] : score;

/** A row of the form as a line of the model's features. */
function featuresOf({ columns, preparation }: TableColumns): (row: readonly Value[]) => string {
  if (preparation === undefined) return (row) => row.join(',');
  const preparer = rowPreparer(
    preparation,
    columns.map(({ name }) => name),
  );
  const features = new Float64Array(preparer.featureCount);
  return (row) => {
    preparer.features(row, features, 0);
    return csvLine(features);
  };
}
