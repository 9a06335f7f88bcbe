/** `linnet export`: a model for other programs and languages. */
import { writeFileSync } from 'node:fs';
import { DataError } from '../../base/index.ts';
import { type ExportTarget, exportTargets, openModel } from '../../modelling/index.ts';
import { settings } from '../../server/index.ts';
import { quoted } from '../environment.ts';
import { checkOutputFile } from '../output-file.ts';
import { plural } from '../terminal/numbers.ts';
import { terminalWidth, wrapLine } from '../terminal/wrapped.ts';

export interface ExportFlags {
  to?: keyof typeof exportTargets;
  output?: string;
  json?: boolean;
}

export async function exportModel({ to, output, json = false }: ExportFlags, modelFile: string): Promise<void> {
  const target: ExportTarget = exportTargets[to ?? targetOf(output, modelFile)];
  const file = output ?? `model.${target.extension}`;
  if (output !== '-') checkOutputFile(file);
  const model = await openModel(modelFile);
  const bytes = target.write(model);
  if (output === '-') {
    process.stdout.write(bytes);
    return;
  }
  writeFileSync(file, bytes);
  const columns = target.takesRawRows ? model.preparation?.columns.map(({ column }) => column) : undefined;
  if (json) {
    const facts = { file, bytes: bytes.length, to: target.name, takes: columns === undefined ? 'features' : 'rows' };
    process.stdout.write(`${JSON.stringify({ ...facts, columns: columns ?? null })}\n`);
    return;
  }
  const takes =
    columns === undefined
      ? `It takes ${plural(model.featureCount, 'feature')} in their order: linnet inspect ${quoted(modelFile)} --json lists them.`
      : `It takes raw rows by the names of ${plural(columns.length, 'column')}.`;
  const text = `Saved ${file}: ${model.text}, as ${target.name} (${plural(bytes.length, 'byte')}). ${takes}`;
  process.stdout.write(`${wrapLine(text, Math.min(terminalWidth(), 100), 0)}\n`);
}

/** What the name of a file says. */
function targetOf(output: string | undefined, modelFile: string): keyof typeof exportTargets {
  const names = Object.keys(exportTargets) as (keyof typeof exportTargets)[];
  const found = names.find((name) => output?.endsWith(`.${exportTargets[name].extension}`));
  if (found !== undefined) return found;
  const asked =
    output === undefined || output === '-'
      ? 'What is the model to become?'
      : `"${output}" does not say what it is to hold.`;
  throw new DataError(
    `${asked} Name one of ${names.join(', ')}, such as\nlinnet export ${quoted(modelFile)} --to sql`,
    { source: settings },
  );
}
