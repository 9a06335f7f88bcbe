/** `linnet explain`: which columns move a model's score, over the rows of a table. */
import { explainTable, openModel } from '../../modelling/index.ts';
import { inColumns } from '../terminal/columns.ts';
import { percent, plural, three } from '../terminal/numbers.ts';
import { terminalWidth, wrapLine } from '../terminal/wrapped.ts';
import type { TableFlags } from './flags.ts';
import { notesOf } from './predict.ts';
import { tableOf } from './source.ts';

export interface ExplainFlags extends TableFlags {
  json?: boolean;
}

const columnsShown = 20;

export async function explain(flags: ExplainFlags, modelFile: string, file: string): Promise<void> {
  const model = await openModel(modelFile);
  const table = await tableOf(flags, file);
  const { rowCount, columns, preparer } = await explainTable(model, table);
  for (const note of notesOf(preparer)) process.stderr.write(`${note}\n`);
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ rowCount, columns })}\n`);
    return;
  }
  const total = columns.reduce((sum, { mean }) => sum + mean, 0);
  const shown = columns.slice(0, columnsShown);
  const width = Math.min(terminalWidth(), 100);
  const most = shown[0]?.mean ?? 0;
  const [first] = shown;
  const lines = [
    first === undefined
      ? 'No column moves the score.'
      : `${first.column} moves the score most, over ${plural(rowCount, 'row')}: ${percent(first.mean / total)} of all that columns add or take away.`,
    '',
    ...inColumns(
      shown.map(({ column, mean }) => [column, three(mean), '#'.repeat(Math.round((30 * mean) / most))]),
      width,
    ),
    ...(columns.length > columnsShown ? [`  and ${plural(columns.length - columnsShown, 'more column')}`] : []),
    '',
    'Each number is the mean size of what the column adds to the score of a row, before any link such as the logistic.',
  ];
  process.stdout.write(
    `${lines.map((line) => (line.startsWith('  ') ? line : wrapLine(line, width, 0))).join('\n')}\n`,
  );
}
