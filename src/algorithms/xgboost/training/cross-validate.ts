/** Cross-validation: a model for each fold, and predictions for each row by the models that were not trained on it. */
import { DataError } from '../../../base/index.ts';
import { pythonFloat } from '../../../formats/index.ts';
import type { Log } from '../../program/output/log.ts';
import type { XgboostSettings } from '../hyperparameters/hyperparameters.ts';
import type { Booster, Evaluation, Prediction } from '../library/booster.ts';
import type { ChannelMatrix } from '../rows/read-channels.ts';
import { boost } from './boost.ts';
import { foldsOf } from './folds.ts';
import { classesOf } from './own-metrics.ts';
import { roundLine } from './round-line.ts';

export interface CrossValidated {
  models: readonly Booster[];
  /** A line for each row: label, mean prediction or probability, and of classes the one predicted most often. */
  predictionsCsv: string;
}

export interface CrossValidateOptions {
  rows: ChannelMatrix;
  settings: XgboostSettings;
  log: Log;
  signal: AbortSignal;
  nowMs(): number;
}

/** Undefined where the signal ended it. Throws LibraryError. */
export function crossValidate({ rows, ...options }: CrossValidateOptions): CrossValidated | undefined {
  const { settings, log } = options;
  const { folds, repeats } = settings.crossValidation!;
  if (rows.rowCount < folds)
    throw new DataError(`_kfold is ${folds}, but there are only ${rows.rowCount} rows in train and validation`);
  const isClassifier = /^(binary|multi):/.test(settings.objective);
  const outside = new OutOfFold(rows.labels, settings.objective, isClassifier);
  const models: Booster[] = [];
  const all: (readonly Evaluation[])[] = [];
  log.line(`Cross-validation of ${rows.rowCount} rows: ${folds} folds, ${repeats === 1 ? 'once' : `${repeats} times`}`);
  for (let repeat = 0; repeat < repeats; repeat++) {
    const foldOf = foldsOf(rows.labels, { folds, seed: settings.seed + repeat, stratified: isClassifier });
    for (let fold = 0; fold < folds; fold++) {
      const of = (isInside: boolean): Int32Array =>
        Int32Array.from(foldOf.keys()).filter((row) => (foldOf[row] === fold) === isInside);
      const held = of(true);
      const channels = { train: part(rows, of(false)), validation: part(rows, held) };
      const { booster, evaluations, stopped } = boost({ ...options, channels });
      if (stopped) return undefined;
      outside.add(held, booster.predict(channels.validation.matrix));
      models.push(booster);
      all.push(evaluations);
      channels.train.matrix.close();
      channels.validation.matrix.close();
    }
  }
  log.line(`Metrics of the ${models.length} models on average:`);
  log.raw(roundLine(settings.roundCount, averageOf(all)));
  return { models, predictionsCsv: outside.csv() };
}

function part({ matrix, labels, columnCount }: ChannelMatrix, rows: Int32Array): ChannelMatrix {
  return {
    matrix: matrix.slice(rows),
    labels: Float32Array.from(rows, (row) => labels[row]!),
    rowCount: rows.length,
    columnCount,
  };
}

const averageOf = (all: readonly (readonly Evaluation[])[]): Evaluation[] =>
  all[0]!.map((first, at) => ({
    ...first,
    value: all.reduce((sum, evaluations) => sum + evaluations[at]!.value, 0) / all.length,
  }));

/** The sum of the predictions for each row by models that were not trained on it. */
class OutOfFold {
  readonly #labels: Float32Array;
  readonly #objective: string;
  readonly #isClassifier: boolean;
  readonly #sums: Float64Array;
  /** How often each class was predicted of a row. */
  readonly #votes: Map<number, number>[];
  #repeats = 0;
  #seen = 0;

  constructor(labels: Float32Array, objective: string, isClassifier: boolean) {
    this.#labels = labels;
    this.#objective = objective;
    this.#isClassifier = isClassifier;
    this.#sums = new Float64Array(labels.length);
    this.#votes = Array.from({ length: isClassifier ? labels.length : 0 }, () => new Map());
  }

  add(rows: Int32Array, prediction: Prediction): void {
    const classCount = prediction.shape[1] ?? 1;
    const classes = this.#isClassifier ? classesOf(this.#objective, prediction) : [];
    for (const [at, row] of rows.entries()) {
      // Of several probabilities, that of the most likely class counts.
      const scores = prediction.values.subarray(at * classCount, (at + 1) * classCount);
      this.#sums[row]! += scores.reduce((most, score) => Math.max(most, score));
      if (!this.#isClassifier) continue;
      const votes = this.#votes[row]!;
      votes.set(classes[at]!, (votes.get(classes[at]!) ?? 0) + 1);
    }
    this.#seen += rows.length;
    this.#repeats = this.#seen / this.#labels.length;
  }

  csv(): string {
    return Array.from(this.#labels, (label, row) => {
      const cells = [
        label,
        this.#sums[row]! / this.#repeats,
        ...(this.#isClassifier ? [majority(this.#votes[row]!)] : []),
      ];
      return `${cells.map(pythonFloat).join(',')}\n`;
    }).join('');
  }
}

/** The value with most votes; the smallest of several. */
const majority = (votes: ReadonlyMap<number, number>): number =>
  [...votes].reduce((best, each) => (each[1] > best[1] || (each[1] === best[1] && each[0] < best[0]) ? each : best))[0];
