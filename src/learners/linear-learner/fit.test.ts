import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../../base/index.ts';
import type { RowBlock } from '../../formats/index.ts';
import { normal, seededRandom } from '../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf } from './fit.testing.ts';
import { fitLinearLearner } from './fit.ts';
import type { EpochReport, FitResult } from './model.ts';
import { evaluateLinearModel } from './selection/metrics.ts';
import type { LinearLearnerSettings } from './settings.ts';

type Changes = Partial<LinearLearnerSettings>;

async function fit(
  changes: Changes,
  train: RowBlock,
  options: {
    validation?: RowBlock;
    blockRows?: number;
    signal?: AbortSignal;
    epoch?: (report: EpochReport) => void;
  } = {},
): Promise<FitResult & { notices: string[]; warnings: string[] }> {
  const [notices, warnings]: [string[], string[]] = [[], []];
  const result = await fitLinearLearner(
    makeSettings(changes),
    {
      train: sourceOf(train, options.blockRows),
      ...(options.validation === undefined ? {} : { validation: sourceOf(options.validation, options.blockRows) }),
    },
    {
      ...quietObserver,
      notice: (text) => notices.push(text),
      warn: (text) => warnings.push(text),
      epoch: options.epoch ?? (() => {}),
    },
    { nowMs: () => 0, ...(options.signal === undefined ? {} : { signal: options.signal }) },
  );
  return { ...result, notices, warnings };
}

/** y = 3 a - 2 b + 7 + noise, with a of mean 100 and b of spread 20. */
function linearRows(count: number, noise: number, seed = 1): number[][] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const [a, b] = [100 + normal(random), 20 * normal(random)];
    return [Math.fround(3 * a - 2 * b + 7 + noise * normal(random)), Math.fround(a), Math.fround(b)];
  });
}

/** Label 1 when a + b / 10 + noise > 0. */
function classRows(count: number, noise: number, seed = 2): number[][] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const [a, b] = [normal(random), 10 * normal(random)];
    return [a + b / 10 + noise * normal(random) > 0 ? 1 : 0, a, b];
  });
}

const metric = (metrics: FitResult['trainMetrics'], name: string): number =>
  metrics.find((each) => each.name === name)!.value;
const bytesOf = ({ model }: FitResult): number[] => [...model.weights, ...model.bias, model.threshold];
const allFinite = (result: FitResult): boolean =>
  bytesOf(result).every(Number.isFinite) && result.trainMetrics.every(({ value }) => Number.isFinite(value));

test('Squared loss without a penalty is ordinary least squares, to 1e-6', async () => {
  const rows = linearRows(120, 2);
  const { model } = await fit({ wd: 0 }, blockOf(rows));
  // Normal equations of the two centred columns.
  const mean = (j: number): number => rows.reduce((sum, row) => sum + row[j], 0) / rows.length;
  const [my, ma, mb] = [mean(0), mean(1), mean(2)];
  const sum = (of: (y: number, a: number, b: number) => number): number =>
    rows.reduce((total, [y, a, b]) => total + of(y - my, a - ma, b - mb), 0);
  const [aa, ab, bb] = [sum((_, a) => a * a), sum((_, a, b) => a * b), sum((_, _a, b) => b * b)];
  const [ay, by] = [sum((y, a) => a * y), sum((y, _, b) => b * y)];
  const bottom = aa * bb - ab * ab;
  const expected = [(ay * bb - by * ab) / bottom, (by * aa - ay * ab) / bottom];
  assert.ok(Math.abs(model.weights[0] - expected[0]) < 1e-6 * 3, `${model.weights} not ${expected}`);
  assert.ok(Math.abs(model.weights[1] - expected[1]) < 1e-6 * 2, `${model.weights} not ${expected}`);
  assert.ok(Math.abs(model.bias[0] - (my - expected[0] * ma - expected[1] * mb)) < 1e-4);
});

test('A penalty shrinks standardised weights by the ridge formula', async () => {
  const rows = Array.from({ length: 64 }, (_, row) => [5 + (row % 2), row % 2 === 0 ? -3 : 1]);
  for (const wd of [0.25, 1]) {
    const { model } = await fit({ wd }, blockOf(rows));
    // One standardised column that equals the standardised label: w = 1 / (1 + wd); label std 0.5, feature std 2.
    assert.ok(Math.abs(model.weights[0] - 0.5 / 2 / (1 + wd)) < 1e-6, `${model.weights[0]}`);
  }
});

for (const predictorType of ['regressor', 'binary_classifier', 'multiclass_classifier'] as const) {
  for (const compatibility of ['linnet', 'amazon'] as const) {
    const changes: Changes = { predictorType, compatibility, miniBatchSize: 16, epochs: 4, numClasses: 3 };
    const rows =
      predictorType === 'regressor'
        ? linearRows(150, 5)
        : classRows(150, 1).map((row, at) =>
            predictorType === 'multiclass_classifier' && at % 3 === 0 ? [2, row[1] + 4, row[2]] : row,
          );
    test(`${predictorType}, ${compatibility}: the same job gives the same bytes, whatever the blocks it is read in`, async () => {
      const block = blockOf(rows);
      const validation = blockOf(rows.slice(0, 40));
      const first = await fit(changes, block, { validation });
      assert.ok(allFinite(first));
      for (const blockRows of [150, 7, 1]) {
        const again = await fit(changes, block, { validation, blockRows });
        assert.deepEqual(bytesOf(again), bytesOf(first));
        assert.deepEqual(again.selectionScores, first.selectionScores);
        assert.deepEqual(again.trainMetrics, first.trainMetrics);
        assert.deepEqual(again.validationMetrics, first.validationMetrics);
      }
    });
  }
}

test('Rows too many to hold would stream; their order within a batch window depends on the seed', async () => {
  const block = blockOf(classRows(300, 1));
  const of = async (seed: number) =>
    bytesOf(await fit({ predictorType: 'binary_classifier', exact: false, seed }, block));
  assert.deepEqual(await of(5), await of(5));
  assert.notDeepEqual(await of(5), await of(6));
});

test('What is solved to its optimum does not depend on the seed unless folds choose otherwise', async () => {
  const block = blockOf(linearRows(100, 1));
  const [one, two] = [await fit({ wd: 0.01, seed: 1 }, block), await fit({ wd: 0.01, seed: 2 }, block)];
  assert.deepEqual(bytesOf(one), bytesOf(two));
});

test('l1 gives exact zeros for columns that say nothing, and keeps the one that does', async () => {
  const random = seededRandom(8);
  const rows = Array.from({ length: 400 }, () => {
    const x = Array.from({ length: 6 }, () => normal(random));
    return [4 * x[0] + 0.3 * normal(random), ...x];
  });
  const { model, notices } = await fit({ l1: 0.15 }, blockOf(rows));
  assert.deepEqual([...model.weights.subarray(1)], [0, 0, 0, 0, 0]);
  assert.ok(model.weights[0] > 2, `${model.weights[0]}`);
  assert.ok(notices.some((text) => text.includes('l1')));
});

test('A constant column has no effect and makes no number infinite', async () => {
  const rows = linearRows(100, 1);
  const plain = await fit({ wd: 0.01 }, blockOf(rows));
  const padded = await fit({ wd: 0.01 }, blockOf(rows.map((row) => [...row, 12345])));
  assert.ok(allFinite(padded));
  assert.equal(padded.model.weights[2], 0);
  assert.ok(Math.abs(padded.model.weights[0] - plain.model.weights[0]) < 1e-6);
  assert.ok(padded.notices.some((text) => text.startsWith('1 of 3 features are constant')));
});

for (const compatibility of ['linnet', 'amazon'] as const) {
  test(`compatibility=${compatibility}: a column of mean 2e7 is learned from without loss`, async () => {
    const rows = Array.from({ length: 400 }, (_, row) => [(row % 20) * 3 + 1, 2e7 + 2 * (row % 20)]);
    const { model, trainMetrics } = await fit({ compatibility, miniBatchSize: 20 }, blockOf(rows));
    assert.ok(Math.abs(model.weights[0] - 1.5) < 0.01, `${model.weights[0]}`);
    assert.ok(metric(trainMetrics, 'rmse') < 0.2, `${metric(trainMetrics, 'rmse')}`);
  });
}

test('Labels of one class train a classifier that always says that class', async () => {
  for (const label of [0, 1]) {
    const block = blockOf(classRows(60, 1).map((row) => [label, ...row.slice(1)]));
    for (const changes of [
      {},
      { optimizer: 'adam' },
      { exact: false },
      { compatibility: 'amazon', miniBatchSize: 20 },
    ] as Changes[]) {
      for (const validation of [undefined, block]) {
        const result = await fit(
          { predictorType: 'binary_classifier', ...changes },
          block,
          validation === undefined ? {} : { validation },
        );
        assert.ok(allFinite(result));
        assert.equal(metric(result.trainMetrics, 'binary_classification_accuracy'), 1);
      }
    }
  }
});

test('A regressor of one label predicts it', async () => {
  const result = await fit({}, blockOf(linearRows(30, 1).map(([, a, b]) => [4, a, b])));
  assert.ok(allFinite(result));
  assert.ok(metric(result.trainMetrics, 'rmse') < 1e-3);
});

test('One, two and three rows train without a fault', async () => {
  for (const count of [1, 2, 3]) {
    const rows = classRows(count, 0);
    for (const predictorType of ['regressor', 'binary_classifier', 'multiclass_classifier'] as const) {
      const result = await fit({ predictorType, numClasses: 3 }, blockOf(rows));
      assert.ok(allFinite(result), `${count} rows, ${predictorType}: ${bytesOf(result)}`);
    }
  }
});

for (const selection of [
  'accuracy',
  'f_beta',
  'precision_at_target_recall',
  'recall_at_target_precision',
  'loss_function',
] as const) {
  for (const loss of ['logistic', 'hinge_loss'] as const) {
    test(`${selection} with ${loss} keeps its promise, with and without validation, in both modes`, async () => {
      const train = blockOf(classRows(400, 0.6));
      const validation = blockOf(classRows(200, 0.6, 5));
      for (const compatibility of ['linnet', 'amazon'] as const) {
        for (const options of [{}, { validation }]) {
          const result = await fit(
            {
              predictorType: 'binary_classifier',
              selection,
              loss,
              compatibility,
              miniBatchSize: 50,
              targetRecall: 0.95,
              targetPrecision: 0.95,
            },
            train,
            options,
          );
          assert.ok(allFinite(result));
          // The threshold is tuned on out-of-fold scores, or on the rows that are measured.
          const measured = result.validationMetrics ?? result.trainMetrics;
          const slack = 0.03;
          if (selection === 'precision_at_target_recall') assert.ok(metric(measured, 'recall') >= 0.95 - slack);
          if (selection === 'recall_at_target_precision') assert.ok(metric(measured, 'precision') >= 0.95 - slack);
          if (selection === 'loss_function') assert.equal(result.model.threshold, 0.5);
          if (selection === 'accuracy') assert.ok(metric(measured, 'binary_classification_accuracy') > 0.84);
          if (selection === 'f_beta') assert.ok(metric(measured, 'binary_f_1.000') > 0.84);
          assert.equal(result.validationMetrics === undefined, !('validation' in options));
        }
      }
    });
  }
}

test('A precision out of reach is warned of', async () => {
  const random = seededRandom(3);
  const noise = blockOf(Array.from({ length: 300 }, (_, row) => [row % 3 === 0 ? 1 : 0, normal(random)]));
  const { warnings } = await fit(
    { predictorType: 'binary_classifier', selection: 'recall_at_target_precision', targetPrecision: 0.999 },
    noise,
    { validation: blockOf([...Array(50)].map((_, row) => [row % 2, 1])) },
  );
  assert.ok(
    warnings.some((text) => text.startsWith('No threshold reaches the wanted precision')),
    warnings.join('\n'),
  );
});

/** One positive in eight, some of it hard. */
const rareRows = classRows(800, 1).filter((row, at) => row[0] === 0 || at % 7 === 0);

test('Balanced weights weigh a positive by negatives over positives, and raise recall', async () => {
  const block = blockOf(rareRows);
  const positives = rareRows.filter(([label]) => label === 1).length;
  const changes: Changes = { predictorType: 'binary_classifier', selection: 'loss_function' };
  const plain = await fit(changes, block);
  const balanced = await fit({ ...changes, positiveExampleWeightMult: 'balanced' }, block);
  assert.equal(balanced.best.positiveExampleWeightMult, (rareRows.length - positives) / positives);
  assert.equal(balanced.trainMetrics[0]?.name, 'binary_classification_weighted_cross_entropy_objective');
  assert.ok(metric(balanced.trainMetrics, 'recall') > metric(plain.trainMetrics, 'recall') + 0.1);
});

test('auto tries several positive weights, and what the criterion prefers is chosen', async () => {
  const block = blockOf(rareRows);
  for (const changes of [
    {},
    { optimizer: 'adam' },
    { exact: false },
    { compatibility: 'amazon', miniBatchSize: 20 },
  ] as Changes[]) {
    const result = await fit(
      { predictorType: 'binary_classifier', positiveExampleWeightMult: 'auto', selection: 'f_beta', ...changes },
      block,
      { validation: block },
    );
    assert.equal(new Set(result.candidates.map((each) => each.positiveExampleWeightMult)).size, 3);
    assert.ok(result.candidates.every((each) => each.positiveExampleWeightMult > 0));
    assert.ok(allFinite(result));
  }
  const alone = await fit(
    { predictorType: 'binary_classifier', positiveExampleWeightMult: 'auto', selection: 'loss_function' },
    block,
  );
  assert.equal(alone.best.positiveExampleWeightMult, 1, 'the unweighted loss prefers the unweighted model');
});

test('Balanced classes weigh by inverse frequency, an absent one a million', async () => {
  const rows = [...Array(40)].map((_, row) => [row % 4 === 0 ? 1 : 0, Math.sin(row)]);
  const result = await fit(
    { predictorType: 'multiclass_classifier', numClasses: 3, balanceMulticlassWeights: true },
    blockOf(rows),
  );
  assert.deepEqual(result.model.metricsParams.class_weights, [40 / 30, 4, 1_000_000]);
  assert.ok(allFinite(result));
});

test('A quantile is predicted above the label as often as it says', async () => {
  for (const quantile of [0.1, 0.5, 0.9]) {
    const block = blockOf(linearRows(1000, 10));
    const { model } = await fit({ loss: 'quantile_loss', quantile }, block);
    let above = 0;
    for (let row = 0; row < 1000; row += 1) {
      const [a, b] = block.features.subarray(row * 2, row * 2 + 2);
      if (a * model.weights[0] + b * model.weights[1] + model.bias[0] > block.labels[row]) above += 1;
    }
    assert.ok(Math.abs(above / 1000 - quantile) < 0.015, `${above} of 1000 for ${quantile}`);
  }
});

test('huber_delta and loss_insensitivity are in units of the label', async () => {
  const rows = linearRows(300, 1);
  const scaled = rows.map(([y, ...x]) => [1000 * y, ...x]);
  for (const [changes, thousandfold] of [
    [
      { loss: 'huber_loss', huberDelta: 0.5 },
      { loss: 'huber_loss', huberDelta: 500 },
    ],
    [
      { loss: 'eps_insensitive_absolute_loss', lossInsensitivity: 0.7 },
      { loss: 'eps_insensitive_absolute_loss', lossInsensitivity: 700 },
    ],
    [
      { loss: 'eps_insensitive_squared_loss', lossInsensitivity: 0.7 },
      { loss: 'eps_insensitive_squared_loss', lossInsensitivity: 700 },
    ],
  ] as [Changes, Changes][]) {
    const small = await fit({ wd: 1e-3, ...changes }, blockOf(rows));
    const large = await fit({ wd: 1e-3, ...thousandfold }, blockOf(scaled));
    small.model.weights.forEach((weight, j) => {
      assert.ok(Math.abs(large.model.weights[j] / 1000 - weight) < 0.01 * Math.abs(weight), `${changes.loss}`);
    });
    assert.ok(small.notices.some((text) => text.includes('units of the label')));
  }
});

test('Robust losses are not moved by outliers as squared loss is', async () => {
  const rows = linearRows(200, 0.5).map((row, at) => (at % 20 === 0 ? [5000, ...row.slice(1)] : row));
  const [squared, absolute, huber] = [
    await fit({}, blockOf(rows)),
    await fit({ loss: 'absolute_loss', wd: 1e-5 }, blockOf(rows)),
    await fit({ loss: 'huber_loss', wd: 1e-5 }, blockOf(rows)),
  ].map(({ model }) => Math.abs(model.weights[0] * 100 + model.bias[0] - 307));
  assert.ok(absolute < 5 && huber < 5 && squared > 100, `absolute ${absolute}, huber ${huber}, squared ${squared}`);
});

test('Two-valued labels under absolute loss are predicted within their range, and only by default', async () => {
  const block = blockOf(classRows(300, 0.3));
  const linnet = await fit({ loss: 'absolute_loss' }, block);
  assert.deepEqual(linnet.model.range, { low: 0, high: 1 });
  const amazon = await fit({ loss: 'absolute_loss', compatibility: 'amazon', miniBatchSize: 30 }, block);
  assert.equal(amazon.model.range, undefined);
  assert.ok(metric(linnet.trainMetrics, 'absolute_loss') < metric(amazon.trainMetrics, 'absolute_loss'));
});

test('Updates that grow without end are refused by name', async () => {
  for (const changes of [{}, { compatibility: 'amazon' }, { miniBatchSize: 100 }] as Changes[]) {
    await assert.rejects(
      fit({ optimizer: 'sgd', learningRate: 1e6, miniBatchSize: 10, ...changes }, blockOf(linearRows(100, 1))),
      (error) => error instanceof DataError && /grew without end; a smaller learning_rate/.test(error.message),
    );
  }
});

test('A model that diverges beside others is not chosen', async () => {
  const rows = linearRows(200, 1);
  // Without normalisation a rate of 0.1 diverges on columns of mean 100, and one of 1e-5 does not.
  const result = await fit(
    {
      optimizer: 'sgd',
      exact: false,
      normalizeData: false,
      unbiasData: false,
      miniBatchSize: 20,
      biasLrMult: 1,
      learningRate: 'auto',
    },
    blockOf(rows.map(([y, a, b]) => [y, a / 12, b / 20])),
  );
  assert.ok(allFinite(result));
  assert.ok(
    result.selectionScores.some((score) => !Number.isFinite(score)),
    'some did diverge',
  );
  assert.equal(result.best.learningRate, 0.01);
});

test('A mini_batch_size beyond the rows is capped by default, and refused by the original', async () => {
  const block = blockOf(linearRows(50, 1));
  const { notices } = await fit({ miniBatchSize: 200 }, block);
  assert.ok(notices.includes('mini_batch_size is 200 but there are only 50 rows: all of them make one batch'));
  await assert.rejects(
    fit({ miniBatchSize: 200, compatibility: 'amazon' }, block),
    (error) => error instanceof DataError && /mini_batch_size is 200, more than the rows/.test(error.message),
  );
});

test('num_calibration_samples takes rows from the whole of validation, not the first ones', async () => {
  const train = blockOf(classRows(300, 0.5));
  // The first 60 rows say that every row is positive, the other 240 what the features say.
  const validation = blockOf([...classRows(60, 0.5, 8).map((row) => [1, ...row.slice(1)]), ...classRows(240, 0.5, 9)]);
  const changes: Changes = { predictorType: 'binary_classifier', numCalibrationSamples: 60, numModels: 1 };
  const accuracy = async (compatibility: 'linnet' | 'amazon') => {
    const { validationMetrics } = await fit({ ...changes, compatibility, miniBatchSize: 30 }, train, { validation });
    return metric(validationMetrics!, 'binary_classification_accuracy');
  };
  const [linnet, amazon] = [await accuracy('linnet'), await accuracy('amazon')];
  assert.ok(linnet > 0.75 && amazon < 0.65, `${linnet} and ${amazon}`);
});

test('More models than there are different ones are not trained, and that is said', async () => {
  const { candidates, notices } = await fit({ numModels: 9, wd: 0.1, learningRate: 0.1 }, blockOf(linearRows(60, 1)));
  assert.equal(candidates.length, 2);
  assert.ok(notices.some((text) => text.startsWith('num_models is 9, but')));
});

test('A stop before the first epoch ends still gives a model, and a later one the best whole epoch', async () => {
  const block = blockOf(linearRows(40_000, 1));
  for (const stopAfter of [0, 2]) {
    const epochs: EpochReport[] = [];
    const controller = new AbortController();
    if (stopAfter === 0) controller.abort();
    const result = await fit({ miniBatchSize: 10 }, block, {
      validation: block,
      signal: controller.signal,
      epoch: (report) => {
        epochs.push(report);
        if (epochs.length === stopAfter) controller.abort();
      },
    });
    assert.ok(allFinite(result));
    assert.equal(epochs.length, Math.max(1, stopAfter));
    assert.equal(epochs[0]!.rowCount < 20_000, stopAfter === 0);
    assert.ok(result.notices.some((text) => text.startsWith('Training was stopped')));
  }
});

test('A stop while penalties are solved gives the best streamed model', async () => {
  const block = blockOf(classRows(500, 1));
  let looks = 0;
  let limit = Number.POSITIVE_INFINITY;
  const signal = {
    get aborted() {
      looks += 1;
      return looks > limit;
    },
  } as AbortSignal;
  const changes: Changes = { predictorType: 'binary_classifier', epochs: 3 };
  let streamedLooks = 0;
  const whole = await fit(changes, block, {
    signal,
    epoch: () => {
      streamedLooks = looks;
    },
  });
  const all = looks;
  assert.ok(all > streamedLooks + 50, 'the solver looks between its steps');
  for (const share of [0.1, 0.5, 0.9]) {
    looks = 0;
    limit = Math.round(streamedLooks + share * (all - streamedLooks));
    const stopped = await fit(changes, block, { signal });
    assert.ok(allFinite(stopped));
    assert.notDeepEqual([...stopped.model.weights], [...whole.model.weights]);
    assert.ok(stopped.notices.some((text) => text.includes('the best streamed model is taken')));
  }
});

test('Without validation streamed models are chosen by rows held out, not by the training loss', async () => {
  // Thirty columns for eighty rows, of which only the first says anything: a weak penalty fits the noise.
  const random = seededRandom(6);
  const rows = (count: number): number[][] =>
    Array.from({ length: count }, () => {
      const x = Array.from({ length: 30 }, () => normal(random));
      return [x[0] + normal(random) > 0 ? 1 : 0, ...x];
    });
  const train = blockOf(rows(80));
  const test = blockOf(rows(2000));
  const settings: Changes = { predictorType: 'multiclass_classifier', numClasses: 3, epochs: 40, exact: false };
  const chosen = await fit(settings, train);
  assert.ok(chosen.notices.some((text) => text.startsWith('A fifth of the rows, held out')));
  const weakest = await fit({ ...settings, wd: 1e-5, learningRate: 0.07, numModels: 1 }, train);
  const loss = async ({ model }: FitResult): Promise<number> =>
    metric(await evaluateLinearModel(model, sourceOf(test)), 'multiclass_log_loss');
  assert.ok((await loss(chosen)) < (await loss(weakest)));
});

test('More classes than memory holds: auto trains fewer models, a fixed number is refused with its factors', async () => {
  const rows = Array.from({ length: 64 }, (_, row) => [row % 3, row, row % 7]);
  const settings = { predictorType: 'multiclass_classifier', numClasses: 1_000_000, epochs: 1 } as const;
  await assert.rejects(
    fitLinearLearner(makeSettings({ ...settings, numModels: 60 }), { train: sourceOf(blockOf(rows)) }, quietObserver, {
      nowMs: () => 0,
    }),
    /60 models of 1000000 outputs and 2 features need \d+\.\d GiB of memory; at most 4 GiB/,
  );
});
