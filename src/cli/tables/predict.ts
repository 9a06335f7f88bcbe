/** `linnet predict`: a model's answers for the rows of a table, by column name. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { openModel, type PredictedRow, predictTable, type TrainedModel } from '../../modelling/index.ts';
import { checkOutputFile } from '../output-file.ts';
import { plural } from '../terminal/numbers.ts';
import { progressLine } from '../terminal/progress.ts';
import type { TableFlags } from './flags.ts';
import { tableOf } from './source.ts';

export interface PredictFlags extends TableFlags {
  output?: string;
  explain?: boolean;
  json?: boolean;
}

/** Contributions of so many columns stand in a row of CSV. */
const reasonsShown = 5;

export async function predict(flags: PredictFlags, modelFile: string, file: string): Promise<void> {
  const { output, explain = false, json = false } = flags;
  if (output !== undefined) checkOutputFile(output);
  const model = await openModel(modelFile);
  const table = await tableOf(flags, file);
  const { preparer, blocks } = predictTable(model, table, { explain });
  const progress = progressLine();
  const out = output === undefined ? process.stdout : createWriteStream(output);
  // A reader such as head may go away early.
  out.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  let rowCount = 0;
  const write = async (text: string): Promise<void> => {
    if (!out.write(text)) await once(out, 'drain');
  };
  if (!json) await write(`${headOf(model, explain)}\n`);
  for await (const { rows } of blocks) {
    await write(rows.map((row) => `${json ? JSON.stringify(row) : csvLine(model, row, explain)}\n`).join(''));
    rowCount += rows.length;
    if (output !== undefined) progress.show(`${plural(rowCount, 'row')} predicted`);
  }
  progress.clear();
  if (out !== process.stdout) {
    out.end();
    await finished(out);
  }
  for (const note of notesOf(preparer)) process.stderr.write(`${note}\n`);
  if (output !== undefined) process.stderr.write(`${plural(rowCount, 'prediction')} in ${output}\n`);
}

function headOf({ preparation, task }: TrainedModel, explain: boolean): string {
  const { column, classes } = preparation!.label;
  const probability =
    task === 'binary' ? [`probability of ${classes[1]}`] : task === 'multiclass' ? ['probability'] : [];
  return [column, ...probability, ...(explain ? ['because'] : [])].map(csvCell).join(',');
}

function csvLine(
  { task }: TrainedModel,
  { prediction, probability, contributions }: PredictedRow,
  explain: boolean,
): string {
  const cells = [
    String(prediction),
    ...(task === 'regression' ? [] : [probability === undefined ? '' : String(probability)]),
    ...(explain ? [reasons(contributions ?? [])] : []),
  ];
  return cells.map(csvCell).join(',');
}

/** `age +1.2; income -0.4`: what moves the score most, in its own units. */
const reasons = (contributions: NonNullable<PredictedRow['contributions']>): string =>
  contributions
    .slice(0, reasonsShown)
    .map(({ column, value }) => `${column} ${value > 0 ? '+' : ''}${Number(value.toPrecision(3))}`)
    .join('; ');

const csvCell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const namesShown = 5;

/** What was unlike the training rows, in sentences. */
export function notesOf({
  extra,
  unseen,
}: {
  extra: readonly string[];
  unseen: ReadonlyMap<string, { count: number; example: string }>;
}): string[] {
  const names = extra.slice(0, namesShown).map((name) => JSON.stringify(name));
  const more = extra.length > namesShown ? ` and ${extra.length - namesShown} more` : '';
  return [
    ...(extra.length > 0 ? [`Not used, since the model does not know them: ${names.join(', ')}${more}`] : []),
    ...[...unseen].map(
      ([column, { count, example }]) =>
        `${JSON.stringify(column)}: ${plural(count, 'value')} that training rows never had, such as ${JSON.stringify(example)}; they count as missing or as none of the known ones`,
    ),
  ];
}
