/** `linnet inspect`: what a model.tar.gz, of Linnet's or of Amazon's, or a file of RecordIO holds. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { fileSource, openModel } from '../../modelling/index.ts';
import { openTable, profileTable } from '../../tables/index.ts';
import { inColumns } from '../terminal/columns.ts';
import { plural, three } from '../terminal/numbers.ts';
import { terminalWidth, wrapLine } from '../terminal/wrapped.ts';

export async function inspect({ json }: { json?: boolean }, file: string): Promise<void> {
  if (isRecordIo(file)) return inspectRecords(json, file);
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

/** The first word of each record. */
const recordIoMagic = 0xced7230a;

function isRecordIo(file: string): boolean {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return false;
  const descriptor = openSync(file, 'r');
  try {
    const word = Buffer.alloc(4);
    return readSync(descriptor, word, 0, 4, 0) === 4 && word.readUInt32LE() === recordIoMagic;
  } finally {
    closeSync(descriptor);
  }
}

async function inspectRecords(json: boolean | undefined, file: string): Promise<void> {
  const table = await openTable(fileSource(file));
  const { rowCount, columns } = await profileTable(table);
  const label = columns.find(({ name }) => name === table.labelColumn);
  const featureCount = columns.length - Number(label !== undefined);
  if (json) {
    const facts = { format: table.format, records: rowCount, featureCount, label: label ?? null };
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  const { number, distinct } = label ?? {};
  const labels =
    number === undefined
      ? 'without a label'
      : `and a label from ${three(number.min)} to ${three(number.max)} (${plural(distinct!, 'value')})`;
  process.stdout.write(
    `${file}: ${plural(rowCount, 'record')} of RecordIO, each of ${plural(featureCount, 'feature')} ${labels}\nNext: linnet describe ${file}\n`,
  );
}
