/** `linnet compare`: models on the same labelled rows, and whether their differences are more than chance. */
import { type Compared, compareModels, openModel } from '../../modelling/index.ts';
import type { Task } from '../../tables/index.ts';
import { inColumns } from '../terminal/columns.ts';
import { plural, three } from '../terminal/numbers.ts';
import { terminalWidth, wrapLine } from '../terminal/wrapped.ts';
import type { TableFlags } from './flags.ts';
import { notesOf } from './predict.ts';
import { errorText, interval } from './score-text.ts';
import { tableOf } from './source.ts';

export interface CompareFlags extends TableFlags {
  json?: boolean;
}

export async function compare(flags: CompareFlags, modelFiles: readonly string[], file: string): Promise<void> {
  const models = await Promise.all(modelFiles.map(async (name) => ({ name, model: await openModel(name) })));
  const table = await tableOf(flags, file);
  const compared = await compareModels(models, table);
  for (const note of new Set(compared.flatMap(({ preparer }) => notesOf(preparer)))) process.stderr.write(`${note}\n`);
  if (flags.json) {
    const results = compared.map(({ score, difference }, at) => ({
      model: modelFiles[at],
      ...score,
      difference: difference ?? null,
    }));
    process.stdout.write(`${JSON.stringify({ passedOver: compared[0]!.passedOver, models: results })}\n`);
    return;
  }
  const { task } = models[0]!.model;
  const width = Math.min(terminalWidth(), 100);
  const { score, passedOver } = compared[0]!;
  const over = passedOver === 0 ? '' : `; ${plural(passedOver, 'row')} without a label of theirs passed over`;
  const rows = compared.map((each, at) => [
    modelFiles[at]!,
    errorText(each.score, { task }),
    each.difference === undefined ? '' : differenceText(each.difference, task),
  ]);
  const lines = [
    wrapLine(`On the same ${plural(score.rowCount, 'row')} of ${file}${over}:`, width, 0),
    '',
    ...inColumns([['model', 'error', 'more than the first'], ...rows], width),
    '',
    ...compared.slice(1).map((each, at) => wrapLine(verdict(modelFiles[at + 1]!, modelFiles[0]!, each), width, 0)),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

const unit = (task: Task): ((value: number) => string) =>
  task === 'regression' ? three : (share) => three(100 * share);

function differenceText(difference: NonNullable<Compared['difference']>, task: Task): string {
  const text = unit(task);
  const points = task === 'regression' ? '' : ' points';
  return `${difference.value > 0 ? '+' : ''}${text(difference.value)}${points} ${interval(difference, text)}`;
}

function verdict(name: string, first: string, { difference }: Compared): string {
  const { low, high } = difference!;
  if (low > 0) return `${name} is worse than ${first}: more than chance explains.`;
  if (high < 0) return `${name} is better than ${first}: more than chance explains.`;
  return `${name} and ${first} differ by no more than chance explains on so many rows.`;
}
