import { DataError } from '../base/index.ts';
import type { Predictions, RowBlock } from '../formats/index.ts';
import { lossFacts } from '../kernels/index.ts';
import { type ModelFile, predict, readModelFile, readModelStatistics } from '../learners/index.ts';
import { openBreather } from './breather.ts';
import { explainRows, meansOf } from './explain-rows.ts';
import type { ExplainOptions, Explanation } from './explanation.ts';
import { packModel, unpackModel } from './model-archive.ts';
import type { FitOptions } from './options.ts';
import type { Labels, Rows } from './rows/inputs.ts';
import { readRows } from './rows/read-rows.ts';
import { columnsOf } from './rows/table.ts';

/** What a model predicts: a number, one of two classes, one of several. */
export type PredictorType = 'regressor' | 'binary_classifier' | 'multiclass_classifier';

/** Metrics of the final model by name, such as `mse`, over the training rows and the validation rows. */
export interface Metrics {
  /** Over the training rows. */
  train: Readonly<Record<string, number>>;
  /** Over the validation rows, where there were any. */
  validation?: Readonly<Record<string, number>>;
}

/**
 * A trained linear model. `fit` trains one and `load` opens one; it does not change. With `deterministic: true`
 * the same rows, labels and options give the same bytes in Node, in browsers and in a training job of Linnet's server.
 *
 * Everything computes in the thread that calls it. A fit lets other work of the thread run between batches and between solves:
 * every 30 ms on small data, after up to half a second with 20,000 rows of 30 columns. A page that must not pause fits in a Worker.
 *
 * Errors: `DataError` for rows, labels, options and archives that are wrong; its message names the place, the value and the limit.
 */
export class LinearLearner {
  readonly #model: ModelFile['model'];
  readonly #precision: ModelFile['precision'];
  /** The bytes of `model_algo-1`, so that a model is saved as it was read. */
  readonly #file: Uint8Array;
  /** Metrics of the training, for models of Linnet's; undefined for Amazon's own. */
  readonly metrics: Metrics | undefined;

  /** @internal */
  private constructor(file: Uint8Array) {
    if (!(file instanceof Uint8Array)) throw new DataError('A LinearLearner is made by fit or load, not by new');
    const { model, precision, facts } = readModelFile(file);
    this.#model = model;
    this.#precision = precision;
    this.#file = file;
    this.metrics = facts && {
      train: byName(facts.trainMetrics),
      ...(facts.validationMetrics && { validation: byName(facts.validationMetrics) }),
    };
  }

  /**
   * Trains a model. Options are the hyperparameters by their names, of which `predictor_type` must be given; values out of range
   * reject with a `DataError` that names all of them. An abort of `options.signal` rejects with the signal's reason.
   */
  static async fit(rows: Rows, labels: Labels, options: FitOptions): Promise<LinearLearner> {
    const { trainModel } = await import('./train-model.ts');
    return new LinearLearner(await trainModel({ rows, labels }, options));
  }

  /**
   * Opens a model: the bytes of a `model.tar.gz` or of the `model_algo-1` in it, of Linnet's or of Amazon's Linear Learner. Rejects with
   * `DataError` when they are neither, or damaged.
   */
  static async load(bytes: Uint8Array | ArrayBuffer): Promise<LinearLearner> {
    return new LinearLearner(await unpackModel(bytes));
  }

  /** What the model predicts. */
  get predictorType(): PredictorType {
    return this.#model.predictorType;
  }

  /** The loss it was trained on, such as `logistic`. */
  get loss(): string {
    return this.#model.loss;
  }

  /** Numbers of one row. */
  get featureCount(): number {
    return this.#model.featureCount;
  }

  /** Classes of a classifier; undefined for a regressor. */
  get classCount(): number | undefined {
    const { predictorType, outputCount } = this.#model;
    return predictorType === 'regressor' ? undefined : Math.max(2, outputCount);
  }

  /** Scores of one row: the number of classes of a multiclass classifier, else 1. */
  get scoreCount(): number {
    return this.#model.outputCount;
  }

  /** A copy of the weights, in units of score per unit of feature: columns x scores, column j's for score k at `j * scoreCount + k`. */
  get weights(): Float64Array {
    return this.#model.weights.slice();
  }

  /** A copy of the intercepts, one a score. */
  get bias(): Float64Array {
    return this.#model.bias.slice();
  }

  /** A binary classifier answers 1 from this score on. */
  get threshold(): number {
    return this.#model.threshold;
  }

  /** Intervals, tests, calibration and what else was computed beside the model; undefined when nothing was. */
  get statistics(): Readonly<Record<string, unknown>> | undefined {
    return readModelStatistics(this.#file);
  }

  /**
   * One prediction a row: of a regressor numbers in units of the label, of a classifier classes from 0. Rejects with `DataError`
   * when rows are not as wide as the model.
   */
  async predict(rows: Rows): Promise<Float64Array> {
    const { labels, scores } = this.#predictions(await this.#read(rows));
    return Float64Array.from(labels ?? scores);
  }

  /**
   * The probability of each class, for each row: `classCount` numbers that add up to 1. Rejects with `DataError` for regressors, and
   * for classifiers whose loss gives no probabilities, such as `hinge_loss`.
   */
  async predictProba(rows: Rows): Promise<Float64Array[]> {
    const { predictorType, loss } = this.#model;
    const { link } = lossFacts(this.#model.loss);
    if (predictorType === 'regressor' || (link !== 'logit' && link !== 'multinomial')) {
      const what = predictorType === 'regressor' ? 'a regressor' : `a classifier with loss ${loss}`;
      throw new DataError(`predictProba needs a classifier with loss logistic or softmax_loss; this model is ${what}`);
    }
    const { scores, scoreCount, rowCount } = this.#predictions(await this.#read(rows));
    return Array.from({ length: rowCount }, (_, row) => {
      if (scoreCount === 1) return Float64Array.of(1 - scores[row]!, scores[row]!);
      return Float64Array.from(scores.subarray(row * scoreCount, (row + 1) * scoreCount));
    });
  }

  /**
   * What each column adds to each row's score, against the means of the training rows; of a linear model these are its Shapley
   * values. A model without those means (Amazon's, or trained with `statistics: false`) needs `background`, rows whose means it then takes.
   */
  async explain(rows: Rows, options: ExplainOptions = {}): Promise<Explanation> {
    const { background } = options;
    const means =
      background === undefined
        ? this.#trainingMeans()
        : meansOf(this.#model, await this.#read(background, 'background'));
    return explainRows(this.#model, means, await this.#read(rows));
  }

  /** The bytes of a `model.tar.gz` in the layout of Amazon's Linear Learner: the same model gives the same bytes. */
  async save(): Promise<Uint8Array> {
    return packModel(this.#file);
  }

  #trainingMeans(): readonly number[] {
    const { means } = (this.statistics?.contributions ?? {}) as { means?: readonly number[] };
    if (Array.isArray(means)) return means;
    throw new DataError(
      'The model holds no means of its training rows: give explain { background } rows to compare with',
    );
  }

  async #read(given: Rows, name = 'rows'): Promise<RowBlock> {
    const breather = openBreather();
    try {
      const { rowCount, columnCount, values } = await readRows(name, given, breather);
      const { featureCount, hashBits } = this.#model;
      if (hashBits === undefined && columnCount !== featureCount)
        throw new DataError(`"${name}" has ${columnsOf(columnCount)}, but the model has ${featureCount} features`);
      return { rowCount, featureCount: columnCount, features: values, labels: new Float64Array(0) };
    } finally {
      breather.close();
    }
  }

  #predictions(rows: RowBlock): Predictions {
    return predict(this.#model, this.#precision, rows);
  }
}

const byName = (metrics: readonly { name: string; value: number }[]): Record<string, number> =>
  Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
