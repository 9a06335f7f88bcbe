import { buildCommand } from '@stricli/core';
import { proposeFiles } from '../completion/completion.ts';
import { jobNames } from '../completion/propose.ts';
import { dataDirFlag } from '../options.ts';
import type { ReportFlags } from './report.ts';

export const reportCommand = buildCommand({
  docs: {
    brief: 'Draw the report of a training as a page: linnet report JOB',
    fullDescription:
      'Takes the name of a training job of the running service, or an output.tar.gz, model.tar.gz or report.json. The page is one HTML file that needs nothing else.',
  },
  parameters: {
    flags: {
      ...dataDirFlag,
      output: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'File to write, - for standard output; default report.html',
        placeholder: 'file',
      },
      json: {
        kind: 'boolean',
        optional: true,
        withNegated: false,
        brief: 'Print the numbers as JSON, and draw nothing',
      },
    },
    aliases: { o: 'output' },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          brief: 'Job, or file with its report',
          parse: String,
          placeholder: 'source',
          proposeCompletions: async () => [...(await jobNames()), ...proposeFiles()],
        },
      ],
    },
  },
  func: async (flags: ReportFlags, source: string) => (await import('./report.ts')).report(flags, source),
});
