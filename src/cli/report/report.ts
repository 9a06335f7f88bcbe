import { writeFileSync } from 'node:fs';
import { drawReport, type Report, summaryOf } from '../../reports/index.ts';
import type { ServerOptions } from '../../server/index.ts';
import { checkOutputFile } from '../output-file.ts';
import { findReport } from './find-report.ts';

export interface ReportFlags extends Pick<ServerOptions, 'dataDir'> {
  output?: string;
  json?: boolean;
}

const fileDefault = 'report.html';

/** `linnet report`: the page of a training's report. */
export async function report(flags: ReportFlags, source: string): Promise<void> {
  const file = flags.output ?? fileDefault;
  if (flags.json !== true && file !== '-') checkOutputFile(file);
  const { report: found, title } = await findReport(flags, source);
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return;
  }
  const page = await drawReport(found, title === undefined ? {} : { title });
  if (file === '-') {
    process.stdout.write(page);
    return;
  }
  writeFileSync(file, page);
  process.stdout.write(`${said(found)}\nThe report is in ${file}: open it in a browser\n`);
}

const said = (found: Report): string => {
  const notes = found.warnings.length;
  return `${summaryOf(found)}${notes === 0 ? '' : ` The report has ${notes} ${notes === 1 ? 'note' : 'notes'} to read first.`}`;
};
