import type { RowBlock } from '../src/formats/index.ts';
import { evaluateLinearModel, type FitObserver, fitLinearLearner, predict } from '../src/learners/index.ts';
import { pickBlock, readWdbc, seededRandom, settingsOf, shuffledRows, sourceOf } from './wdbc.ts';

const quiet: FitObserver = {
  notice: () => {},
  warn: () => {},
  scaler: () => {},
  candidates: () => {},
  epoch: () => {},
};
const environment = { nowMs: () => Date.now() };
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** WDBC with the notebook's own settings: mean test accuracy (score >= 0.5) and MAE over random 80/10/10 splits. */
export async function notebookAccuracy(compatibility: 'linnet' | 'amazon', splits = 100): Promise<void> {
  const wdbc = readWdbc();
  const settings = settingsOf({
    feature_dim: '30',
    mini_batch_size: '100',
    predictor_type: 'regressor',
    epochs: '10',
    num_models: '32',
    loss: 'absolute_loss',
    compatibility,
  });
  const random = seededRandom(1);
  const accuracies: number[] = [];
  const errors: number[] = [];
  const startedAtMs = performance.now();
  for (let split = 0; split < splits; split += 1) {
    const order = shuffledRows([...wdbc.labels.keys()], random);
    const [train, validation, test] = [order.slice(0, 455), order.slice(455, 512), order.slice(512)].map((rows) =>
      pickBlock(wdbc, rows),
    ) as [RowBlock, RowBlock, RowBlock];
    const { model } = await fitLinearLearner(
      settings,
      { train: sourceOf('train', train), validation: sourceOf('validation', validation) },
      quiet,
      environment,
    );
    const { scores } = predict(model, 'float64', test);
    accuracies.push(mean(Array.from(scores, (score, row) => (score >= 0.5 === (test.labels[row] === 1) ? 1 : 0))));
    errors.push(mean(Array.from(scores, (score, row) => Math.abs(score - (test.labels[row] ?? 0)))));
  }
  const ms = (performance.now() - startedAtMs) / splits;
  console.log(
    `WDBC, notebook's settings, compatibility=${compatibility}, mean of ${splits} splits: accuracy ${(100 * mean(accuracies)).toFixed(2)} %, MAE ${mean(errors).toFixed(4)}, ${ms.toFixed(0)} ms a fit`,
  );
}

/** WDBC, binary classifier, all defaults, no validation channel: repeated stratified ten-fold cross-validation. */
export async function classifierAccuracy(repeats = 10): Promise<void> {
  const wdbc = readWdbc();
  const settings = settingsOf({ predictor_type: 'binary_classifier' });
  const random = seededRandom(2);
  const accuracies: number[] = [];
  const areas: number[] = [];
  const losses: number[] = [];
  const startedAtMs = performance.now();
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const order = shuffledRows([...wdbc.labels.keys()], random).sort(
      (a, b) => (wdbc.labels[a] ?? 0) - (wdbc.labels[b] ?? 0),
    );
    for (let fold = 0; fold < 10; fold += 1) {
      const train = pickBlock(
        wdbc,
        shuffledRows(
          order.filter((_, place) => place % 10 !== fold),
          random,
        ),
      );
      const test = pickBlock(
        wdbc,
        order.filter((_, place) => place % 10 === fold),
      );
      const { model } = await fitLinearLearner(settings, { train: sourceOf('train', train) }, quiet, environment);
      const metrics = new Map(
        (await evaluateLinearModel(model, sourceOf('test', test))).map(({ name, value }) => [name, value]),
      );
      accuracies.push(metrics.get('binary_classification_accuracy') ?? Number.NaN);
      areas.push(metrics.get('roc_auc_score') ?? Number.NaN);
      losses.push(metrics.get('binary_log_loss') ?? Number.NaN);
    }
  }
  const ms = (performance.now() - startedAtMs) / (10 * repeats);
  console.log(
    `WDBC, binary classifier, defaults, ${repeats} x 10 folds: accuracy ${(100 * mean(accuracies)).toFixed(2)} %, AUC ${mean(areas).toFixed(4)}, log-loss ${mean(losses).toFixed(4)}, ${ms.toFixed(0)} ms a fit`,
  );
}
