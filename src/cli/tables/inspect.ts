/** `linnet inspect`: what a model.tar.gz, of Linnet's or of Amazon's, holds. */
import { openModel } from '../../modelling/index.ts';
import { inColumns } from '../terminal/columns.ts';
import { plural } from '../terminal/numbers.ts';
import { terminalWidth, wrapLine } from '../terminal/wrapped.ts';

export async function inspect({ json }: { json?: boolean }, file: string): Promise<void> {
  const { algorithm, task, classCount, featureCount, text, preparation, features, files } = await openModel(file);
  const members = [...files].map(([name, bytes]) => ({ name, bytes: bytes.length }));
  if (json) {
    const facts = { algorithm, task, classCount, featureCount, members, preparation: preparation ?? null };
    process.stdout.write(`${JSON.stringify({ ...facts, features: features?.map(({ name }) => name) ?? null })}\n`);
    return;
  }
  const width = Math.min(terminalWidth(), 100);
  const counts = new Map<string, number>();
  for (const { column } of features ?? []) counts.set(column, (counts.get(column) ?? 0) + 1);
  const lines = [
    `${file}: ${text}, of ${algorithm}`,
    '',
    ...inColumns(
      members.map(({ name, bytes }) => [name, plural(bytes, 'byte')]),
      width,
    ),
    '',
    ...(preparation === undefined
      ? ['It holds no preparation: its rows are numbers, in the order in which it was trained on them.']
      : [
          `It predicts ${preparation.label.column}${preparation.label.classes.length === 0 ? '' : `: ${preparation.label.classes.join(', ')}`}`,
          '',
          ...inColumns(
            [
              ['column', 'as', 'features'],
              ...preparation.columns.map(({ column, as }) => [column, as, String(counts.get(column) ?? 0)]),
            ],
            width,
          ),
          ...(preparation.leftOut.length === 0
            ? []
            : ['', `Not used: ${preparation.leftOut.map(({ column }) => column).join(', ')}`]),
        ]),
  ];
  process.stdout.write(
    `${lines.map((line) => (line.startsWith('  ') ? line : wrapLine(line, width, 0))).join('\n')}\n`,
  );
}
