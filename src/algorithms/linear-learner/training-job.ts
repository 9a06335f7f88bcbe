/** What `train` does: hyperparameters and channels in, a model file out, metric lines on the way. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../../base/index.ts';
import { containerPaths } from '../../contract/index.ts';
import { openKernels } from '../../kernels/index.ts';
import { evaluateLinearModel, fitLinearLearner } from '../../learners/index.ts';
import { StoppedBeforeRows } from '../channels/channel-rows.ts';
import { defaultsOf } from '../program/hyperparameters/hyperparameter.ts';
import { describeProblems } from '../program/hyperparameters/parse.ts';
import { readHosts, readHyperparameters } from '../program/job-input.ts';
import { checkpointFile } from '../program/output/checkpoint-file.ts';
import type { Log } from '../program/output/log.ts';
import { saveModelFile, saveOutputFile } from '../program/output/output-files.ts';
import { startKernelThread } from '../program/threads/kernel-thread.ts';
import { notingWarnings } from '../report/noted-warnings.ts';
import { reportMode } from '../report/report-mode.ts';
import type { GatheredChannels, gatherChannels } from './gather-channels.ts';
import { parseHyperparameters } from './hyperparameters/hyperparameters.ts';
import { hyperparameterTable } from './hyperparameters/table.ts';
import { modelFileName } from './model-name.ts';
import { openChannels } from './open-channels.ts';
import { candidatesCsv } from './output/candidates-csv.ts';
import { modelBytes } from './output/model-bytes.ts';
import { statisticsFiles } from './output/statistics-files.ts';
import { makeTrainingLog } from './output/training-log.ts';
import { reporting } from './report/reporting.ts';

const candidatesName = 'candidates.csv';
const checkpointName = 'linear-learner.checkpoint';

const nowMs = (): number => performance.timeOrigin + performance.now();

/**
 * Runs the training job below `root`. An abort ends it with the current epoch and keeps the best model so far.
 * Rejects with DataError for faults that the user can mend, Unavailable for those of the host.
 */
export async function runTrainingJob(root: string, output: Log, signal: AbortSignal): Promise<void> {
  const { log, warnings } = notingWarnings(output);
  const paths = containerPaths(root);
  const startedAtMs = nowMs();
  const given = readHyperparameters(paths);
  const { settings, problems } = parseHyperparameters(given);
  if (problems !== undefined) throw new DataError(describeProblems(problems));
  const hosts = readHosts(paths);
  const trainingLog = makeTrainingLog(log, hosts.current_host, settings);
  trainingLog.configuration(paths.hyperparameters, defaultsOf(hyperparameterTable), given);
  const gathered = hosts.hosts.length > 1 ? await gatherOn(paths, hosts, log, signal) : new Map();
  if (gathered === undefined) return;

  const channels = await openChannels(paths, settings, log, signal, gathered).catch((error: unknown) => {
    if (error instanceof StoppedBeforeRows) return undefined;
    throw error;
  });
  if (channels === undefined) {
    log.line('Stopped while rows were read for their width: nothing was trained, there is no model');
    return;
  }
  const openedAtMs = nowMs();
  const report = reporting(reportMode(given), { paths, settings, given, warnings });
  const { train, validation, test, earlier } = report.tapped(channels);
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
    report.recorded(trainingLog),
    { nowMs, signal, kernels, ...(checkpoints && { checkpoints }) },
  ).finally(() => kernels.close());
  const fittedAtMs = nowMs();
  trainingLog.result(result);
  const bytes = modelBytes(result);
  saveModelFile(paths, modelFileName, bytes);
  saveOutputFile(paths, candidatesName, candidatesCsv(result.table));
  const tables = result.statistics === undefined ? {} : statisticsFiles(result.statistics);
  for (const [name, text] of Object.entries(tables)) saveOutputFile(paths, name, text);
  log.line(`Saved the model to "${join(paths.model, modelFileName)}"`);
  if (signal.aborted) log.line('Stopped before the test channel was scored');
  else trainingLog.test(test && (await evaluateLinearModel(result.model, test, kernels.logistic)));
  await report.save(result, bytes);
  const endedAtMs = nowMs();
  trainingLog.times({
    initializeMs: openedAtMs - startedAtMs,
    setupMs: startedAtMs - performance.timeOrigin,
    finalizeMs: endedAtMs - fittedAtMs,
    totalMs: endedAtMs - startedAtMs,
  });
}

/** Loaded for jobs of several hosts only. */
const gatherOn = async (...of: Parameters<typeof gatherChannels>): Promise<GatheredChannels | undefined> =>
  (await import('./gather-channels.ts')).gatherChannels(...of);
