/** `linnet evaluate`: how good a model is on the rows of a labelled table. */
import { evaluateTable, openModel } from '../../modelling/index.ts';
import { plural } from '../terminal/numbers.ts';
import { terminalWidth, wrapLine } from '../terminal/wrapped.ts';
import type { TableFlags } from './flags.ts';
import { notesOf } from './predict.ts';
import { scoreSentences } from './score-text.ts';
import { tableOf } from './source.ts';

export interface EvaluateFlags extends TableFlags {
  json?: boolean;
}

export async function evaluate(flags: EvaluateFlags, modelFile: string, file: string): Promise<void> {
  const model = await openModel(modelFile);
  const table = await tableOf(flags, file);
  const { score, baseline, passedOver, preparer } = await evaluateTable(model, table);
  for (const note of notesOf(preparer)) process.stderr.write(`${note}\n`);
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ ...score, baseline, passedOver })}\n`);
    return;
  }
  const text = scoreSentences(score, model.preparation!.label, baseline, 'of this table').join(' ');
  const over =
    passedOver === 0
      ? ''
      : ` ${plural(passedOver, 'row')} without a label of the model's ${passedOver === 1 ? 'is' : 'are'} passed over.`;
  process.stdout.write(`${wrapLine(`${text}${over}`, Math.min(terminalWidth(), 100), 0)}\n`);
}
