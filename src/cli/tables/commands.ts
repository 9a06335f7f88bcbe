/** The commands that work on tables and models, without a server. */
import { buildCommand } from '@stricli/core';
import { proposeFiles } from '../completion/completion.ts';
import { dataDirFlag } from '../options.ts';
import type { CompareFlags } from './compare.ts';
import type { ConvertFlags } from './convert.ts';
import type { DescribeFlags } from './describe.ts';
import type { EvaluateFlags } from './evaluate.ts';
import type { ExplainFlags } from './explain.ts';
import type { ExportFlags } from './export.ts';
import type { TrainFlags, TuneFlags } from './flags.ts';
import type { PredictFlags } from './predict.ts';
import type { ServeFlags } from './serve.ts';

const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, optional: true, brief, placeholder }) as const;
const names = (brief: string) => ({ ...text(brief, 'columns'), variadic: ',' }) as const;
const on = (brief: string) => ({ kind: 'boolean', optional: true, withNegated: false, brief }) as const;
const json = on('JSON for programs');
const file = (brief: string, placeholder: string) =>
  ({ brief, parse: String, placeholder, proposeCompletions: proposeFiles }) as const;

const table = (brief: string) => file(`${brief}: a file, s3://BUCKET/KEY of the running service, or -`, 'table');

const tableFlags = {
  ...dataDirFlag,
  delimiter: text('Sign between the cells of text; found when left out', 'sign'),
  encoding: text('Encoding of text, such as windows-1252; found when left out', 'name'),
  header: {
    kind: 'enum',
    values: ['yes', 'no'],
    optional: true,
    brief: 'Whether the first row names the columns; found when left out',
  },
} as const;

const kinds = 'number, category, ordinal, date or words';

const trainFlags = {
  label: text('Column to predict, or first or last; else a column whose name says it', 'column'),
  algorithm: {
    kind: 'enum',
    values: ['auto', 'linear-learner', 'xgboost'],
    optional: true,
    brief: 'auto compares what there is by cross-validation; default auto',
  },
  keep: names('Columns to use that would be left out, between commas'),
  drop: names('Columns to leave out'),
  as: {
    ...text(`What a column is: COLUMN=KIND, with a kind of ${kinds}; again for each column`, 'wish'),
    variadic: true,
  },
  task: {
    kind: 'enum',
    values: ['classification', 'regression'],
    optional: true,
    brief: 'Whether the label is a class or a number; found when left out',
  },
  positive: text('Class of two that scores are the probability of', 'class'),
  seed: {
    kind: 'parsed',
    parse: seedOf,
    optional: true,
    brief: 'Start of every random choice; default 0',
    placeholder: 'number',
  },
  output: { ...text('File to write; default model.tar.gz', 'file') },
  ...tableFlags,
  json,
} as const;

const toLearnFrom = { kind: 'tuple', parameters: [table('Table to learn from')] } as const;

export const trainCommand = buildCommand({
  docs: {
    brief: 'Train a model on a table: linnet train data.csv --label income',
    fullDescription:
      "Reads a table (CSV, TSV, JSON Lines, Parquet, libsvm or RecordIO, gzip or not), decides what becomes of each column and says why, trains, and scores the model on rows that it never saw. The model.tar.gz holds the algorithm's own files and how raw rows are prepared. No server runs.",
  },
  parameters: {
    flags: trainFlags,
    aliases: { o: 'output', l: 'label' },
    positional: toLearnFrom,
  },
  func: async (flags: TrainFlags, table: string) => (await import('./train.ts')).train(flags, table),
});

export const tuneCommand = buildCommand({
  docs: {
    brief: 'Search hyperparameters, then train: linnet tune data.csv --label income',
    fullDescription:
      'Trains as linnet train does, and tries further hyperparameters of each candidate by cross-validation: of XGBoost its step, depth, weights, shares and penalty, of the Linear Learner its penalties. A Bayesian search chooses the next from the results so far.',
  },
  parameters: {
    flags: {
      ...trainFlags,
      trials: {
        kind: 'parsed',
        parse: trialsOf,
        optional: true,
        brief: 'Hyperparameters to try for each candidate; default 20',
        placeholder: 'number',
      },
    },
    aliases: { o: 'output', l: 'label' },
    positional: toLearnFrom,
  },
  func: async (flags: TuneFlags, table: string) =>
    (await import('./train.ts')).train({ ...flags, trials: flags.trials ?? 20 }, table),
});

function trialsOf(given: string): number {
  if (/^[1-9]\d{0,2}$/.test(given)) return Number(given);
  throw new RangeError(`${given} is no whole number from 1 to 999`);
}

function seedOf(given: string): number {
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new RangeError(`${given} is no whole number below 1000000000`);
}

export const predictCommand = buildCommand({
  docs: {
    brief: "Predict a table's rows: linnet predict model.tar.gz new.csv",
    fullDescription:
      'Takes rows by the names of their columns, in any order. Prints CSV with a row for each: the prediction, and of a classifier its probability. Notes about columns and values that training rows did not have go to standard error.',
  },
  parameters: {
    flags: {
      output: text('File to write; default standard output', 'file'),
      explain: on('Add what each column adds to the score, before any link such as the logistic'),
      ...tableFlags,
      json: on('A line of JSON for each row'),
    },
    aliases: { o: 'output' },
    positional: {
      kind: 'tuple',
      parameters: [file('model.tar.gz of linnet train', 'model'), table('Table to predict')],
    },
  },
  func: async (flags: PredictFlags, model: string, table: string) =>
    (await import('./predict.ts')).predict(flags, model, table),
});

const modelAndTable = {
  kind: 'tuple',
  parameters: [file('model.tar.gz of linnet train', 'model'), table('Table with the label')],
} as const;

export const evaluateCommand = buildCommand({
  docs: {
    brief: 'Score a model on a labelled table: linnet evaluate model.tar.gz test.csv',
    fullDescription:
      'Compares the predictions of rows with the label in the table, beside always saying the most frequent class of the table or its median. Rows that the model was trained on score too well.',
  },
  parameters: { flags: { ...tableFlags, json }, positional: modelAndTable },
  func: async (flags: EvaluateFlags, model: string, table: string) =>
    (await import('./evaluate.ts')).evaluate(flags, model, table),
});

export const compareCommand = buildCommand({
  docs: {
    brief: 'Compare models on a labelled table: linnet compare a.tar.gz b.tar.gz test.csv',
    fullDescription:
      'Each model answers the same rows, and the differences to the first model are taken row by row, with the interval in which they lie with a confidence of 95 %. Rows that a model was trained on score too well.',
  },
  parameters: {
    flags: { ...tableFlags, json },
    positional: {
      kind: 'array',
      parameter: file('Models of linnet train, then the table with the label', 'model... table'),
      minimum: 3,
    },
  },
  func: async (flags: CompareFlags, ...files: string[]) =>
    (await import('./compare.ts')).compare(flags, files.slice(0, -1), files.at(-1)!),
});

export const explainCommand = buildCommand({
  docs: {
    brief: 'Show which columns move the score: linnet explain model.tar.gz data.csv',
    fullDescription:
      'Averages the size of what each column adds to the score over the rows of a table. linnet predict --explain shows it for each row.',
  },
  parameters: {
    flags: { ...tableFlags, json },
    positional: {
      kind: 'tuple',
      parameters: [file('model.tar.gz of linnet train', 'model'), table('Table to explain')],
    },
  },
  func: async (flags: ExplainFlags, model: string, table: string) =>
    (await import('./explain.ts')).explain(flags, model, table),
});

export const describeCommand = buildCommand({
  docs: {
    brief: 'Show what the columns of a table hold: linnet describe data.csv',
    fullDescription:
      'Shows for each column its kind, missing and distinct values; with --label also what linnet train would make of it.',
  },
  parameters: {
    flags: { label: text('Column to predict', 'column'), ...tableFlags, json },
    positional: {
      kind: 'tuple',
      parameters: [table('Table to describe')],
    },
  },
  func: async (flags: DescribeFlags, table: string) => (await import('./describe.ts')).describe(flags, table),
});

export const inspectCommand = buildCommand({
  docs: {
    brief: 'Show what a model holds: linnet inspect model.tar.gz',
    fullDescription:
      "Reads a model.tar.gz of Linear Learner or XGBoost, or the model file in it, Linnet's or Amazon's, and files of RecordIO.",
  },
  parameters: {
    flags: { json },
    positional: { kind: 'tuple', parameters: [file('model.tar.gz', 'model')] },
  },
  func: async (flags: { json?: boolean }, model: string) => (await import('./inspect.ts')).inspect(flags, model),
});

export const exportCommand = buildCommand({
  docs: {
    brief: 'Write a model for other programs: linnet export model.tar.gz --to sql',
    fullDescription:
      'Writes a model as SQL, TypeScript, PMML or JSON, which take raw rows by the names of columns, or as ONNX, which takes features in their order: "features" (float32, NaN where missing) in, "score" and of classifiers "predicted_label" out. linnet export MODEL OUT takes what OUT ends in.',
  },
  parameters: {
    flags: {
      to: {
        kind: 'enum',
        values: ['onnx', 'pmml', 'json', 'sql', 'typescript'],
        optional: true,
        brief: 'What to write; else what the name of the file says',
      },
      output: text('File to write, - for standard output; default model.sql and so on', 'file'),
      json,
    },
    aliases: { o: 'output' },
    positional: {
      kind: 'tuple',
      parameters: [
        file('model.tar.gz, or the model file in it', 'model'),
        { ...file('File to write, as -o', 'out'), optional: true },
      ],
    },
  },
  func: async (flags: ExportFlags, model: string, out?: string) =>
    (await import('./export.ts')).exportModel(
      out === undefined ? flags : { ...flags, output: flags.output ?? out },
      model,
    ),
});

export const serveCommand = buildCommand({
  docs: {
    brief: 'Answer requests with a model: linnet serve model.tar.gz',
    fullDescription:
      "Answers POST /invocations and GET /ping on this machine as the model's container does, without a server, a key or a signature, until Ctrl-C.",
  },
  parameters: {
    flags: {
      port: {
        kind: 'parsed',
        parse: portOf,
        optional: true,
        brief: 'Port to listen on, 0 for any free one; default 8080',
        placeholder: 'port',
      },
      json: on('Print the address as JSON'),
    },
    positional: { kind: 'tuple', parameters: [file('model.tar.gz, or the model file in it', 'model')] },
  },
  func: async (flags: ServeFlags, model: string) => {
    process.exitCode = await (await import('./serve.ts')).serve(flags, model);
  },
});

function portOf(given: string): number {
  if (/^\d{1,5}$/.test(given) && Number(given) < 2 ** 16) return Number(given);
  throw new RangeError(`${given} is no port: ports are whole numbers up to 65535`);
}

export const convertCommand = buildCommand({
  docs: {
    brief: 'Write a table in another format: linnet convert data.csv data.parquet',
    fullDescription:
      'Reads every table that linnet train reads, and writes CSV, TSV, JSON Lines, Parquet, libsvm or RecordIO, as the name of the file says; .gz behind it packs it. - is standard output.',
  },
  parameters: {
    flags: {
      to: {
        kind: 'enum',
        values: ['csv', 'tsv', 'jsonl', 'parquet', 'libsvm', 'recordio'],
        optional: true,
        brief: 'Format to write; else what the name of the file says',
      },
      label: text('Column that is the label, for libsvm and RecordIO', 'column'),
      ...tableFlags,
      json,
    },
    aliases: { l: 'label' },
    positional: {
      kind: 'tuple',
      parameters: [table('Table to read'), file('File to write', 'out')],
    },
  },
  func: async (flags: ConvertFlags, from: string, to: string) =>
    (await import('./convert.ts')).convert(flags, from, to),
});
