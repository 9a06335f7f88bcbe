/** What `train` does: hyperparameters and channels in, a model file out, metric lines on the way. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../../base/index.ts';
import { type ContainerPaths, containerPaths, type InputDataConfig, PassedOver } from '../../contract/index.ts';
import type { RowSource } from '../../formats/index.ts';
import { openKernels } from '../../kernels/index.ts';
import {
  evaluateLinearModel,
  type FitResult,
  fitLinearLearner,
  type LinearLearnerSettings,
  writeModelFile,
} from '../../learners/index.ts';
import { checkChannelNames, rowFormat } from '../channels/channel-config.ts';
import { type ChannelFile, listChannelFiles } from '../channels/channel-files.ts';
import { type ChannelSource, openChannel, StoppedBeforeRows } from '../channels/channel-rows.ts';
import type { CacheBudget } from '../channels/kept.ts';
import { explainLabels, Inspections } from '../inspection/inspections.ts';
import { counted, wholeText } from '../inspection/warnings.ts';
import { checkpointFile } from '../program/checkpoint-file.ts';
import { unavailable } from '../program/failure.ts';
import { readChannels, readHosts, readHyperparameters } from '../program/job-input.ts';
import { startKernelThread } from '../program/kernel-thread.ts';
import type { Log } from '../program/log.ts';
import { candidatesCsv } from './candidates-csv.ts';
import { type EarlierModel, modelChannel, readEarlierModel } from './earlier-model.ts';
import { describeProblems, hyperparameterDefaults, parseHyperparameters } from './hyperparameters.ts';
import { labelCheck } from './labels.ts';
import { modelFileName } from './model-name.ts';
import { statisticsFiles, summaryOf } from './statistics-files.ts';
import { makeTrainingLog } from './training-log.ts';

/** Decoded rows kept in memory, all channels together. */
const cacheBytesMax = 256 * 1024 ** 2;
const candidatesName = 'candidates.csv';
const checkpointName = 'linear-learner.checkpoint';

const nowMs = (): number => performance.timeOrigin + performance.now();

/**
 * Runs the training job below `root`. An abort ends it with the current epoch and keeps the best model so far.
 * Rejects with DataError for what the user can mend, Unavailable for what the host must.
 */
export async function runTrainingJob(root: string, log: Log, signal: AbortSignal): Promise<void> {
  const paths = containerPaths(root);
  const startedAtMs = nowMs();
  const given = readHyperparameters(paths);
  const { settings, problems } = parseHyperparameters(given);
  if (problems !== undefined) throw new DataError(describeProblems(problems));
  const { current_host: host, hosts } = readHosts(paths);
  const trainingLog = makeTrainingLog(log, host, settings);
  trainingLog.configuration(paths.hyperparameters, hyperparameterDefaults(), given);
  if (hosts.length > 1) throw new DataError(`InstanceCount is ${hosts.length}: this version trains on 1 instance`);

  const channels = await openChannels(paths, settings, log, signal).catch((error: unknown) => {
    if (error instanceof StoppedBeforeRows) return undefined;
    throw error;
  });
  if (channels === undefined) {
    log.line('Stopped while rows were read for their width: nothing was trained, there is no model');
    return;
  }
  const openedAtMs = nowMs();
  const { train, validation, test, earlier } = channels;
  if (earlier !== undefined) log.line(`Training starts from the ${earlier.model.predictorType} in "${earlier.name}"`);
  const checkpoints = checkpointFile(paths.checkpoints, checkpointName);
  const kernels = openKernels({
    deterministic: settings.deterministic,
    threads: settings.threads === 'auto' ? availableParallelism() : settings.threads,
    startThread: startKernelThread,
  });
  const result = await fitLinearLearner(
    settings,
    { train, ...(validation !== undefined && { validation }), start: earlier?.model },
    trainingLog,
    { nowMs, signal, kernels, ...(checkpoints && { checkpoints }) },
  ).finally(() => kernels.close());
  const fittedAtMs = nowMs();
  trainingLog.result(result);
  saveModel(paths, result);
  saveOutput(paths, candidatesName, candidatesCsv(result.table));
  const told = result.statistics === undefined ? {} : statisticsFiles(result.statistics);
  for (const [name, text] of Object.entries(told)) saveOutput(paths, name, text);
  log.line(`Saved the model to "${join(paths.model, modelFileName)}"`);
  if (signal.aborted) log.line('Stopped before the test channel was scored');
  else trainingLog.test(test && (await evaluateLinearModel(result.model, test, kernels.logistic)));
  const endedAtMs = nowMs();
  trainingLog.times({
    initializeMs: openedAtMs - startedAtMs,
    setupMs: startedAtMs - performance.timeOrigin,
    finalizeMs: endedAtMs - fittedAtMs,
    totalMs: endedAtMs - startedAtMs,
  });
}

interface Channels {
  train: RowSource;
  validation: RowSource | undefined;
  test: RowSource | undefined;
  earlier: EarlierModel | undefined;
}

async function openChannels(
  paths: ContainerPaths,
  settings: LinearLearnerSettings,
  log: Log,
  signal: AbortSignal,
): Promise<Channels> {
  const config = readChannels(paths);
  checkChannelNames(config, { required: ['train'], optional: ['validation', 'test', modelChannel] });
  const model = config[modelChannel];
  const passedOver = new PassedOver();
  const earlier = model && (await readEarlierModel(model, paths.channel(modelChannel), passedOver));
  const inspections = new Inspections(log);
  const cache: CacheBudget = { remainingBytes: cacheBytesMax };
  const checkLabels = labelCheck(settings);
  const width = widthCheck(settings);
  const { featureDim, featureHashBits: bits } = settings;
  const hashed = bits !== 'none';
  const open = async (name: string, train?: ChannelSource): Promise<ChannelSource | undefined> => {
    const channel: InputDataConfig[string] | undefined = config[name];
    if (channel === undefined) return undefined;
    const path = paths.channel(name);
    // Of hashed columns, any number is as good in the other channels as in `train`.
    const featureCount = (hashed ? undefined : train?.featureCount) ?? (featureDim === 'auto' ? undefined : featureDim);
    const format = rowFormat(name, channel);
    const files = channel.TrainingInputMode === 'Pipe' ? undefined : await listChannelFiles(name, path, passedOver);
    const options = { isTable: format.kind === 'csv', ofClasses: settings.predictorType !== 'regressor' };
    const source = await openChannel({
      name,
      input: files === undefined ? { kind: 'pipe', path } : { kind: 'files', files, passedOver: passedOver.of(name) },
      format,
      cache,
      signal,
      expected: {
        ...(featureCount !== undefined && { featureCount }),
        ...(train?.indexBase !== undefined && { indexBase: train.indexBase }),
      },
      ...(hashed && { hashBits: bits }),
      checkWidth: ({ featureCount, file }) => width(featureCount, file.name),
      checkLabels: (labels, firstRow, file) => checkLabels(labels, firstRow, file.name),
      explainLabels: (rows) => explainLabels(rows, options),
    });
    return inspections.inspect({ source, options, input: files === undefined ? 'a pipe' : sizeOf(files) });
  };
  const train = await open('train');
  if (train === undefined) throw new DataError('Channel "train" is missing: it is required');
  const channels = { train, validation: await open('validation', train), test: await open('test', train), earlier };
  for (const line of passedOver.lines('files')) log.line(line);
  return channels;
}

const sizeOf = (files: readonly ChannelFile[]): string =>
  `${counted(files.length, 'file')} of ${wholeText(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))} bytes`;

/** Every file must be as wide as feature_dim says, or else, unless columns are hashed, as the first file. */
function widthCheck({
  featureDim,
  featureHashBits,
}: LinearLearnerSettings): (featureCount: number, file: string) => void {
  if (featureDim === 'auto' && featureHashBits !== 'none') return () => {};
  let due = featureDim === 'auto' ? undefined : { count: featureDim, because: `feature_dim is ${featureDim}` };
  return (featureCount, file) => {
    due ??= { count: featureCount, because: `"${file}" has ${featureCount}` };
    if (featureCount === due.count) return;
    throw new DataError(
      `Row 1 of "${file}" has ${featureCount} ${featureCount === 1 ? 'feature' : 'features'} beside its label, but ${due.because}`,
      { source: file, row: 1 },
    );
  };
}

/** Files beside the model that tell of it; SageMaker stores the folder as output.tar.gz. */
function saveOutput(paths: ContainerPaths, name: string, text: string): void {
  try {
    mkdirSync(paths.outputData, { recursive: true });
    writeFileSync(join(paths.outputData, name), text);
  } catch (error) {
    throw unavailable(`Cannot write "${name}" to "${paths.outputData}"`, error);
  }
}

/** Whole or not at all: a file is seen under its name only when all of it is there. */
function saveModel(paths: ContainerPaths, result: FitResult): void {
  const bytes = writeModelFile(
    result.model,
    {
      producer: 'linnet',
      rowCount: result.rowCount,
      epochsRun: result.epochsRun,
      best: result.best,
      trainMetrics: result.trainMetrics,
      ...(result.validationMetrics !== undefined && { validationMetrics: result.validationMetrics }),
      candidates: result.table,
      ...(result.solved && { solved: result.solved }),
    },
    result.statistics && summaryOf(result.statistics),
  );
  const partial = join(paths.model, `.${modelFileName}.partial`);
  try {
    mkdirSync(paths.model, { recursive: true });
    writeFileSync(partial, bytes, { flush: true });
    renameSync(partial, join(paths.model, modelFileName));
  } catch (error) {
    throw unavailable(`Cannot write the model to "${paths.model}"`, error);
  }
}
