/** Trains one candidate on some rows of a table, and scores others. */
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readBoostedModel } from '../../learners/index.ts';
import {
  type Decisions,
  featuresOf,
  type LabelDecision,
  preparationOf,
  rowPreparer,
  type Table,
} from '../../tables/index.ts';
import { modelOf, type TrainedModel } from '../models/open-model.ts';
import type { HeldOutRows } from '../scores/held-out-score.ts';
import type { Candidate } from './candidates.ts';
import { type LabelledRow, labelledRows, type Part, type Split } from './labelled-rows.ts';
import { channelFile, type ProgramJob, runProgram } from './run-program.ts';
import type { TrainWishes } from './wishes.ts';
import { ChannelWriter } from './write-channel.ts';

/** Doubles keep every digit of a cell; beyond so many numbers, half of the bytes. */
const doublesMax = 5e7;
const blockRows = 4096;

export interface FitJob {
  table: Table;
  decisions: Decisions;
  split: Split;
  candidate: Candidate;
  wishes: TrainWishes;
  learnsFrom: (part: Part) => boolean;
  holdsOut: (part: Part) => boolean;
  /** Rows that are expected. */
  rowCount: number;
  /** It is the model that is kept: the program writes all that it can about it. */
  isFinal: boolean;
  /** What the report says before its figures. */
  notes?: readonly string[];
  onLine?: (line: string) => void;
}

export interface Fit {
  /** The algorithm's own files, and what is known of them. */
  files: Map<string, Uint8Array>;
  model: TrainedModel;
  trainedRows: number;
}

export async function fit(given: FitJob): Promise<Fit> {
  const { table, decisions, split, candidate, wishes, learnsFrom, holdsOut, isFinal, onLine } = given;
  const { stopsEarly, algorithm, hyperparameters } = candidate;
  const preparation = preparationOf(decisions);
  const preparer = rowPreparer(preparation, table.columns);
  const root = mkdtempSync(join(wishes.folder, 'job-'));
  try {
    const kind =
      given.rowCount * preparer.featureCount <= doublesMax && algorithm === 'linear-learner' ? 'float64' : 'float32';
    const open = (name: string): ChannelWriter => new ChannelWriter(channelFile(root, name), preparer, kind);
    const train = open('train');
    const validation = stopsEarly ? open('validation') : undefined;
    const test = isFinal && split.testParts > 0 ? open('test') : undefined;
    for await (const rows of labelledRows(table, decisions.label, split)) {
      for (const row of rows) {
        if (learnsFrom(row.part)) await (row.part.isStopper && validation !== undefined ? validation : train).add(row);
        else if (test !== undefined && holdsOut(row.part)) await test.add(row);
      }
    }
    await Promise.all([train.end(), validation?.end(), test?.end()]);
    const job: ProgramJob = {
      root,
      algorithm,
      hyperparameters: {
        ...hyperparameters,
        ...(algorithm === 'linear-learner' && !isFinal && { statistics: 'false' }),
      },
      channels: [
        'train',
        ...(validation ? ['validation'] : []),
        ...(test && algorithm === 'linear-learner' ? ['test'] : []),
      ],
      ...(isFinal && {
        columns: { ...columnsOf(decisions), notes: given.notes ?? [], validationIsTest: algorithm === 'xgboost' },
      }),
      library: wishes.library,
      environment: wishes.environment,
      signal: wishes.signal,
      onLine: onLine,
    };
    let files = await runProgram(job);
    if (validation !== undefined) files = await runProgram(withAllRows(job, files, test !== undefined));
    return {
      files,
      model: { ...modelOf('the model', files), preparation, features: featuresOf(preparation) },
      trainedRows: train.rowCount + (validation?.rowCount ?? 0),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/**
 * The same once more with as many rounds as were best, on the rows too that stopped it: they are as good as the others. XGBoost knows no
 * channel called test: rows that are one are its validation, which now stops nothing, for the report to measure.
 */
function withAllRows(job: ProgramJob, files: ReadonlyMap<string, Uint8Array>, hasTest: boolean): ProgramJob {
  const { bestIteration } = readBoostedModel(files.get('xgboost-model')!);
  const { early_stopping_rounds: _, ...hyperparameters } = job.hyperparameters;
  renameSync(
    channelFile(job.root, 'validation'),
    channelFile(job.root, 'train').replace(/rows(?=\.recordio$)/, 'stoppers'),
  );
  if (hasTest) renameSync(channelFile(job.root, 'test'), channelFile(job.root, 'validation'));
  return {
    ...job,
    hyperparameters: {
      ...hyperparameters,
      ...(bestIteration !== undefined && { num_round: String(bestIteration + 1) }),
    },
    channels: hasTest ? job.channels : job.channels.filter((channel) => channel !== 'validation'),
  };
}

/** What the programs learn of the columns, for what they say about the model. */
const columnsOf = (decisions: Decisions): object => ({
  columns: featuresOf(preparationOf(decisions)).map(({ name }) => name),
  label: decisions.label.column,
  classes: decisions.label.classes,
  decisions: decisions.columns.map(({ column, as, why }) => ({ column, decision: as, why })),
});

export interface ScoreJob {
  table: Table;
  label: LabelDecision;
  split: Split;
  takes: (part: Part) => boolean;
  model: TrainedModel;
  /** What the rule without columns answers. */
  baseline: number;
}

/** What the model answers for some rows, beside their labels. */
export async function scoreRows({ table, label, split, takes, model, baseline }: ScoreJob): Promise<HeldOutRows> {
  const preparer = rowPreparer(model.preparation!, table.columns);
  const { featureCount, task } = model;
  const held: LabelledRow[] = [];
  const features = new Float64Array(blockRows * featureCount);
  const [labels, predictions, probabilities]: [number[], number[], number[]] = [[], [], []];
  let hasProbabilities = task !== 'regression';
  const flush = (): void => {
    for (const [at, { cells, label: value }] of held.entries()) {
      preparer.features(cells, features, at * featureCount);
      labels.push(value);
    }
    const rows = { rowCount: held.length, features: features.subarray(0, held.length * featureCount) };
    const scores = model.score(rows);
    for (const value of scores.predictions) predictions.push(value);
    hasProbabilities &&= scores.probabilities !== undefined;
    for (const value of scores.probabilities ?? []) probabilities.push(value);
    held.length = 0;
  };
  for await (const rows of labelledRows(table, label, split)) {
    for (const row of rows) {
      if (!takes(row.part)) continue;
      held.push(row);
      if (held.length === blockRows) flush();
    }
  }
  if (held.length > 0) flush();
  return {
    labels: Float64Array.from(labels),
    predictions: Float64Array.from(predictions),
    probabilities: hasProbabilities ? Float64Array.from(probabilities) : undefined,
    baseline: new Float64Array(labels.length).fill(baseline),
  };
}
