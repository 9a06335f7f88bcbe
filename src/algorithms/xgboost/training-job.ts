/** What `train` does: hyperparameters and channels in, a model file out, lines with metrics on the way. */
import { join } from 'node:path';
import { DataError, messageOf } from '../../base/index.ts';
import { containerPaths } from '../../contract/index.ts';
import { type Collective, ofEach, readBoostedModel } from '../../learners/index.ts';
import { modelChannel } from '../channels/channel-config.ts';
import { joinHosts, lostHost } from '../collective/join-hosts.ts';
import { describeProblems } from '../program/hyperparameters/parse.ts';
import { readHosts, readHyperparameters, readChannels as readInputDataConfig } from '../program/job-input.ts';
import { readModelChannel } from '../program/model-channel.ts';
import type { Log } from '../program/output/log.ts';
import { saveModelFile, saveOutputFile } from '../program/output/output-files.ts';
import { notingWarnings } from '../report/noted-warnings.ts';
import { reportMode } from '../report/report-mode.ts';
import { heldOutRows } from './held-out.ts';
import { parseHyperparameters, type XgboostSettings } from './hyperparameters/hyperparameters.ts';
import { problemsOnHosts } from './hyperparameters/on-hosts.ts';
import { importanceCsv, permutationOf } from './importance-file.ts';
import { Booster } from './library/booster.ts';
import { fullVersion, hostLibrary, type Library } from './library/library.ts';
import { LibraryError } from './library/library-error.ts';
import { modelFileName, modelNames } from './model-names.ts';
import { Course } from './report/course.ts';
import { type WantedReport, writeReport } from './report/write-report.ts';
import { type Channels, readChannels, type XgboostJob } from './rows/read-channels.ts';
import { boost } from './training/boost.ts';
import { type Checkpoint, openCheckpoints } from './training/checkpoints.ts';
import { crossValidate } from './training/cross-validate.ts';

const nowMs = (): number => performance.now();

/**
 * Runs the training job below `root`. An abort ends it after the current round. Rejects with DataError for what the user
 * can mend, Unavailable for what the host must.
 */
export async function runTrainingJob(root: string, output: Log, signal: AbortSignal): Promise<void> {
  const { log, warnings } = notingWarnings(output);
  const paths = containerPaths(root);
  const given = readHyperparameters(paths);
  const { settings, problems } = parseHyperparameters(given);
  if (problems !== undefined) throw new DataError(describeProblems(problems));
  const hosts = readHosts(paths);
  const [problem] = problemsOnHosts(settings, hosts.hosts.length);
  if (problem !== undefined) throw new DataError(problem);
  const library = hostLibrary();
  log.line(`XGBoost ${library.version}: ${settings.roundCount} rounds of ${settings.objective}`);
  if (!library.version.startsWith(`${fullVersion}.`))
    log.line(
      `Linnet supports XGBoost ${fullVersion} in full: models and metrics of version ${library.version} may differ`,
      'WARNING',
    );
  for (const notice of settings.notices) log.line(notice, 'WARNING');
  log.flush();
  const joined = await joinHosts(library, hosts, signal);
  if (joined === undefined) {
    log.line('Stopped before all hosts had come: there is no model');
    return;
  }
  const { collective } = joined;
  const mode = reportMode(given);
  const job: XgboostJob = {
    paths,
    config: readInputDataConfig(paths),
    settings,
    library,
    log,
    signal,
    collective,
    // Each host has but its share of the rows.
    isReported: mode !== 'none' && collective.size === 1,
  };
  try {
    const channels = await readChannels(job);
    if (channels === undefined) log.line('Stopped while rows were read: nothing was trained, there is no model');
    else if (settings.crossValidation === undefined) await train(job, channels, { mode, given, warnings });
    else trainFolds(job, channels);
    joined.leave();
  } catch (error) {
    if (!(error instanceof LibraryError)) throw error;
    if (error.isOfHosts) throw lostHost(error);
    // What the library refuses after our own checks is wrong data or a wrong setting. Its own words say which.
    throw new DataError(refusalOf(error, settings));
  }
}

/** The base score is the mean of the labels where it is not given. */
function refusalOf({ message }: LibraryError, { objective }: XgboostSettings): string {
  const [, label] = /^base_score must be in \(0,\s?1\).*got: ([01])$/.exec(message) ?? [];
  if (label === undefined) return `XGBoost refuses the job: ${message}`;
  return `All labels that are trained on are ${label}: objective ${objective} needs others too, or a base_score`;
}

async function train(job: XgboostJob, channels: Channels, wanted: WantedReport): Promise<void> {
  const { paths, config, settings, library, log, signal, collective } = job;
  const earlier =
    config[modelChannel] && (await readModelChannel(config[modelChannel], paths.channel(modelChannel), modelNames));
  const checkpoints = openCheckpoints(paths.checkpoints, nowMs);
  const checkpoint = checkpoints?.newest();
  if (checkpoint !== undefined) {
    log.line(`Checkpoint loaded from ${join(paths.checkpoints, checkpoint.name)}`);
    log.line(`Resuming from iteration ${checkpoint.round + 1}`);
  } else if (earlier !== undefined) log.line(`Training starts from the model in "${earlier.name}"`);
  checkSameStart(collective, checkpoint);
  const start = checkpoint ?? earlier;
  if (start !== undefined) checkStart(library, start, channels);
  const course = new Course(settings);
  const { booster, stopped } = boost({
    channels,
    settings,
    start: start?.bytes,
    firstRound: checkpoint === undefined ? 0 : checkpoint.round + 1,
    signal,
    log,
    nowMs,
    collective,
    afterRound(round, under, evaluations) {
      course.add(round, evaluations);
      const isLast = round + 1 === settings.roundCount || signal.aborted;
      if (checkpoints !== undefined && collective.rank === 0 && (isLast || checkpoints.wants()))
        checkpoints.save(round, under.save('ubj'));
    },
  });
  if (stopped && !settings.saveOnTermination) {
    log.line('Stopped without a model: save_model_on_termination=true keeps the model so far');
    return;
  }
  if (collective.rank > 0) {
    log.line('The model is saved by the first host');
    return;
  }
  noteVersion(booster, library);
  const bytes = booster.save('ubj');
  saveModelFile(paths, modelFileName, bytes);
  const model = readBoostedModel(bytes);
  const heldOut = channels.sample && heldOutRows(model, channels.sample, settings.seed);
  const permutation = permutationOf(model, heldOut);
  saveOutputFile(paths, 'feature-importance.csv', importanceCsv(model, permutation));
  await writeReport(job, { channels, wanted, course, model, bytes, permutation });
  log.line(`Saved the model of ${booster.roundCount} rounds to "${join(paths.model, modelFileName)}"`);
}

/** Throws DataError unless all hosts go on from the same round. */
function checkSameStart(collective: Collective, checkpoint: Checkpoint | undefined): void {
  const rounds = ofEach(collective, (checkpoint?.round ?? -1) + 1);
  if (rounds.some((round) => round !== rounds[0]))
    throw new DataError(
      `The hosts have checkpoints of different rounds (${Array.from(rounds).join(', ')}): give all of them the same folder of checkpoints`,
    );
}

/** Throws DataError for a model that cannot be read, or that is of other rows. */
function checkStart(library: Library, { name, bytes }: { name: string; bytes: Uint8Array }, { train }: Channels): void {
  if (bytes[0] === 0x80)
    throw new DataError(
      `"${name}" is a Python pickle, which is never run: load it in Python and save it with Booster.save_model("xgboost-model.ubj")`,
    );
  const booster = Booster.create(library);
  try {
    booster.load(bytes);
  } catch (error) {
    throw new DataError(`"${name}" is not a model of XGBoost: ${messageOf(error)}`);
  }
  const { featureCount } = booster;
  booster.close();
  if (featureCount !== train.columnCount)
    throw new DataError(
      `"${name}" has ${featureCount} features, but channel "train" has ${train.columnCount}: training goes on with rows of the same features`,
    );
}

/** Writes the library's version into the model when it is one whose models may differ. */
function noteVersion(booster: Booster, { version }: Library): void {
  if (!version.startsWith(`${fullVersion}.`)) booster.setAttribute('linnet_library_version', version);
}

function trainFolds({ paths, settings, library, log, signal }: XgboostJob, { train: rows }: Channels): void {
  const result = crossValidate({ rows, settings, log, signal, nowMs });
  if (result === undefined) {
    log.line('Stopped during the cross-validation: there is no model');
    return;
  }
  for (const [at, model] of result.models.entries()) {
    noteVersion(model, library);
    saveModelFile(paths, `${modelFileName}-${at}`, model.save('ubj'));
  }
  saveOutputFile(paths, 'predictions.csv', result.predictionsCsv);
  log.line(`Saved ${result.models.length} models to "${paths.model}" and predictions.csv to the output`);
}
