/** The channels of a training job as matrices of the library. */
import { DataError } from '../../../base/index.ts';
import { type ContainerPaths, type InputDataConfig, PassedOver } from '../../../contract/index.ts';
import { type Collective, ofEach, onAny } from '../../../learners/index.ts';
import { listChannelFiles } from '../../channels/channel-files.ts';
import type { PassSpec } from '../../channels/decode.ts';
import type { ChannelInput } from '../../channels/passes.ts';
import type { Log } from '../../program/output/log.ts';
import { channelKind, channelProblems } from '../channel-format.ts';
import { type RowSample, sampleRows } from '../held-out.ts';
import type { XgboostSettings } from '../hyperparameters/hyperparameters.ts';
import type { Library } from '../library/library.ts';
import { Matrix } from '../library/matrix.ts';
import { type ReportRows, reportRows } from '../report/row-sample.ts';
import { checkConstraints } from './check-constraints.ts';
import { type GatheredRows, gatherRows } from './gather-rows.ts';
import { joinRows } from './join-rows.ts';
import { labelCheck } from './label-check.ts';
import { agreedRows } from './over-hosts.ts';

/** A channel's rows in the library's memory, and the labels for our own metrics. */
export interface ChannelMatrix {
  matrix: Matrix;
  labels: Float32Array;
  rowCount: number;
  columnCount: number;
}

export interface Channels {
  train: ChannelMatrix;
  validation: ChannelMatrix | undefined;
  /** Some rows of the validation channel. */
  sample?: RowSample | undefined;
  /** Rows for the report, where one is wanted. */
  reported?: { train: ReportRows | undefined; validation: ReportRows | undefined } | undefined;
}

/** What a training job works with. */
export interface XgboostJob {
  paths: ContainerPaths;
  config: InputDataConfig;
  settings: XgboostSettings;
  library: Library;
  log: Log;
  signal: AbortSignal;
  /** The hosts that train with this one. */
  collective: Collective;
  /** Whether rows are kept for a report. */
  isReported: boolean;
}

/** Reads the rows of all channels, for a cross-validation as one; undefined where the signal came first. Rejects with DataError. */
export async function readChannels(options: XgboostJob): Promise<Channels | undefined> {
  const { config, log, signal, settings, collective } = options;
  const [problem] = channelProblems(config);
  if (problem !== undefined) throw new DataError(problem);
  const passedOver = new PassedOver();
  const read = await channelRows('train', options, passedOver);
  if (read === undefined) return undefined;
  const hasValidation = onAll(collective, config.validation !== undefined, 'validation');
  const validation = hasValidation ? await channelRows('validation', options, passedOver) : undefined;
  if (onAny(collective, signal.aborted)) return undefined;
  for (const line of passedOver.lines('files')) log.line(line);
  const train = widened(read, validation);
  if (settings.crossValidation !== undefined && train.queries !== undefined)
    throw new DataError('_kfold cannot cut rows of queries (qid) into folds: leave it out');
  if (validation !== undefined && (train.queries === undefined) !== (validation.queries === undefined))
    throw new DataError(
      'One of the channels train and validation has qid and the other none: both need them, or neither',
    );
  checkConstraints(settings, train.columnCount);
  if (settings.objective.startsWith('rank:') && train.queries === undefined)
    log.line(
      `No row has a qid: all rows of a channel count as one query of ${settings.objective}; libsvm rows can have qid:n`,
      'WARNING',
    );
  const { rank, size } = collective;
  log.line(size === 1 ? 'Single node training.' : `Distributed training: this host has rank ${rank} of ${size}.`);
  for (const [name, { S3DistributionType: distribution }] of Object.entries(config))
    if (size > 1 && name === 'train' && distribution !== 'ShardedByS3Key')
      log.line(
        `Channel "train" is replicated: every one of the ${size} hosts trains on all of its rows, as on Amazon, so that each row counts ${size} times; S3DataDistributionType ShardedByS3Key shares them out`,
        'WARNING',
      );
  log.line(`Train matrix has ${train.rowCount} rows and ${train.columnCount} columns`);
  if (validation !== undefined) log.line(`Validation matrix has ${validation.rowCount} rows`);
  log.flush();
  const joined =
    settings.crossValidation === undefined || validation === undefined ? undefined : joinRows(train, validation);
  if (joined !== undefined) return { train: matrixOf(joined, settings, options.library), validation: undefined };
  const of = (rows: GatheredRows): ChannelMatrix => matrixOf(rows, settings, options.library);
  const sample = validation && sampleRows(validation);
  const reported = options.isReported
    ? { train: reportRows('train', train), validation: validation && reportRows('validation', validation) }
    : undefined;
  return { train: of(train), validation: validation && of(validation), sample, reported };
}

/** Undefined where the signal came first, on any host. */
async function channelRows(
  name: 'train' | 'validation',
  { paths, config, settings, log, signal, collective }: XgboostJob,
  passedOver: PassedOver,
): Promise<GatheredRows | undefined> {
  const channel = config[name]!;
  const kind = channelKind(name, channel);
  const path = paths.channel(name);
  const isPipe = channel.TrainingInputMode === 'Pipe';
  const files = isPipe ? [] : await listChannelFiles(name, path, passedOver);
  const input: ChannelInput = isPipe ? { kind: 'pipe', path } : { kind: 'files', files };
  const weightsFirst = settings.csvWeights && kind === 'csv';
  if (settings.csvWeights && !weightsFirst) log.line(`csv_weights has no effect: channel "${name}" is not CSV`);
  const own = await gatherRows({
    name,
    input,
    spec: specOf(kind),
    weightsFirst,
    checkLabels: labelCheck(settings.objective, settings.classCount),
    signal,
  });
  if (onAny(collective, signal.aborted)) return undefined;
  const rows = agreedRows(name, own, collective);
  if (rows !== undefined) return rows;
  const what = isPipe ? 'its pipe is empty' : files.length === 0 ? 'it has no files' : 'all its files are empty';
  const others = passedOver.of(name);
  throw new DataError(
    `Channel "${name}" has no rows: ${what}${others === undefined ? '' : `; of its files ${others}`}`,
  );
}

/** Whether every host has a channel. Throws DataError when only some have it. */
function onAll(collective: Collective, here: boolean, name: string): boolean {
  const having = ofEach(collective, Number(here)).reduce((sum, has) => sum + has, 0);
  if (having === 0 || having === collective.size) return here;
  throw new DataError(
    `Channel "${name}" is on ${having} of ${collective.size} hosts: XGBoost needs it on all, or on none`,
  );
}

/** Indices of libsvm count as they are written, as in the original: where they begin at 1, column 0 is empty. */
function specOf(kind: ReturnType<typeof channelKind>): PassSpec {
  return {
    format: kind === 'libsvm' ? { kind, indexBase: 0 } : { kind },
    rows: kind === 'libsvm' ? 'sparse' : kind === 'recordIo' ? undefined : 'dense',
    featureCount: undefined,
    hashBits: undefined,
    incomplete: { ranked: true },
  };
}

/**
 * The rows of `train` with as many features as the wider channel has: sparse rows name only what they have. Throws
 * DataError for dense rows that are not as wide as the others.
 */
function widened(train: GatheredRows, validation: GatheredRows | undefined): GatheredRows {
  if (validation === undefined || train.columnCount === validation.columnCount) return train;
  if ('rowStart' in train.values) {
    const columnCount = Math.max(train.columnCount, validation.columnCount);
    return { ...train, columnCount, values: { ...train.values, columnCount } };
  }
  if ('rowStart' in validation.values && validation.columnCount < train.columnCount) return train;
  throw new DataError(
    `Channel "validation" has ${validation.columnCount} ${validation.columnCount === 1 ? 'column' : 'columns'} beside the label, but channel "train" has ${train.columnCount}`,
  );
}

function matrixOf(rows: GatheredRows, { objective }: XgboostSettings, library: Library): ChannelMatrix {
  const { values, labels, weights, queries, rowCount, columnCount } = rows;
  const matrix = 'rowStart' in values ? Matrix.csr(library, values) : Matrix.dense(library, values);
  if (rowCount === 0) return { matrix, labels, rowCount, columnCount };
  matrix.setInfo('label', labels);
  if (queries !== undefined) matrix.setInfo('qid', queries);
  if (weights !== undefined) matrix.setInfo('weight', queries === undefined ? weights : ofQueries(weights, queries));
  // A label of Amazon's formats is one number: a time that is known, with nothing censored.
  if (objective === 'survival:aft') {
    matrix.setInfo('label_lower_bound', labels);
    matrix.setInfo('label_upper_bound', labels);
  }
  return { matrix, labels, rowCount, columnCount };
}

/** Ranking weighs queries: the weight of one is that of its first row. */
const ofQueries = (weights: Float32Array, queries: Uint32Array): Float32Array =>
  weights.filter((_, row) => row === 0 || queries[row] !== queries[row - 1]);
