import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../base/index.ts';
import { LinearLearner } from './linear-learner.ts';
import type { FitOptions } from './options.ts';
import type { Labels, Rows } from './rows/inputs.ts';

const rows = Array.from({ length: 80 }, (_, row) => [row % 7, ((row * row) % 11) / 2, (row * 5) % 13]);
const [target, side] = [
  rows.map(([a = 0, b = 0, c = 0]) => 3 * a - 2 * b + 0.5 * c + 1),
  rows.map(([a = 0, b = 0]) => (2 * a - b > 4 ? 1 : 0)),
];
const regressor: FitOptions = { predictor_type: 'regressor' };
const classifier: FitOptions = { predictor_type: 'binary_classifier' };
const lines = rows.map((row, at) => [target[at], ...row].join(','));

async function* pieces<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}

const forms: Readonly<Record<string, { rows: Rows; labels: Labels }>> = {
  'lists of typed arrays': { rows: rows.map((row) => Float64Array.from(row)), labels: Float64Array.from(target) },
  'a flat list with columns': { rows: { values: rows.flat(), columns: 3 }, labels: target },
  'a typed array with columns': {
    rows: { values: Float64Array.from(rows.flat()), columns: 3 },
    labels: pieces(target),
  },
  'an iterable': { rows: new Set(rows), labels: target.values() },
  'an async iterable': { rows: pieces(rows), labels: target },
  'CSV with the label first': { rows: lines.join('\n'), labels: { column: 0 } },
  'CSV with a header': { rows: `\uFEFF"y",a,b,"the ""c"""\r\n${lines.join('\r\n')}\r\n`, labels: { column: 'y' } },
  'pieces of CSV': { rows: pieces([...`y,a,b,c\n${lines.join('\n')}`]), labels: { column: 'y' } },
  'lists with the label last': { rows: rows.map((row, at) => [...row, target[at]!]), labels: { column: 3 } },
};

test('All forms of rows and labels give the same model, byte for byte', async () => {
  const expected = await (await LinearLearner.fit(rows, target, regressor)).save();
  for (const [form, given] of Object.entries(forms)) {
    const model = await LinearLearner.fit(given.rows, given.labels, regressor);
    assert.deepEqual(await model.save(), expected, form);
  }
});

test('A regressor finds the line, and its archive opens as the same model', async () => {
  const model = await LinearLearner.fit(rows, target, regressor);
  const [value] = await model.predict([[2, 5, 4]]);
  assert.ok(Math.abs(value! - -1) < 1e-3, `${value}`);
  const same = await LinearLearner.load(await model.save());
  assert.deepEqual(await same.predict(rows), await model.predict(rows));
  assert.deepEqual(await same.save(), await model.save());
  const facts = ({ predictorType, loss, featureCount, classCount, scoreCount, threshold, metrics }: LinearLearner) => ({
    predictorType,
    loss,
    featureCount,
    classCount,
    scoreCount,
    threshold,
    metrics,
  });
  assert.deepEqual(facts(same), facts(model));
  assert.deepEqual(
    [model.predictorType, model.loss, model.featureCount, model.classCount],
    ['regressor', 'squared_loss', 3, undefined],
  );
  assert.ok(model.metrics!.train.mse! < 1e-3, JSON.stringify(model.metrics));
  await assert.rejects(model.predictProba(rows), /predictProba needs a classifier .*; this model is a regressor$/);
});

test('Probabilities add up to 1 and agree with the classes', async () => {
  const model = await LinearLearner.fit(rows, side, classifier);
  const shares = await model.predictProba(rows);
  assert.deepEqual(
    Array.from(await model.predict(rows)),
    shares.map(([, one]) => (one! >= model.threshold ? 1 : 0)),
  );
  const three = rows.map(([a = 0]) => Math.floor(a / 3));
  const several = await LinearLearner.fit(rows, three, { predictor_type: 'multiclass_classifier', num_classes: 3 });
  assert.equal(several.classCount, 3);
  const classes = await several.predict(rows);
  for (const [at, row] of (await several.predictProba(rows)).entries()) {
    assert.ok(Math.abs(row.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
    assert.equal(row.indexOf(Math.max(...row)), classes[at]);
  }
  const hinge = await LinearLearner.fit(rows, side, { ...classifier, loss: 'hinge_loss' });
  await assert.rejects(hinge.predictProba(rows), /this model is a classifier with loss hinge_loss$/);
});

test('Contributions and baseline add up to the score, also of expanded features and of a background', async () => {
  for (const options of [
    regressor,
    { ...regressor, polynomial_degree: 2, interactions: '0:1' },
    { ...regressor, statistics: false },
  ]) {
    const model = await LinearLearner.fit(rows, target, options);
    const background = options.statistics === false ? { background: rows.slice(0, 9) } : {};
    const { baseline, contributions, columnNames } = await model.explain(rows, background);
    const scores = await model.predict(rows);
    contributions.forEach((parts, at) => {
      assert.ok(Math.abs(parts.reduce((sum, part) => sum + part, baseline[0]!) - scores[at]!) < 1e-9);
    });
    const expanded = ['0', '1', '2', '0^2', '1^2', '2^2', '0:1'];
    assert.deepEqual(columnNames, expanded.slice(0, 'interactions' in options ? 7 : 3));
    if (options.statistics === false)
      await assert.rejects(
        model.explain(rows),
        /^DataError: The model holds no means of its training rows: give explain \{ background \}/,
      );
  }
});

test('A fit reports its epochs, and validation rows take part', async () => {
  const seen: unknown[] = [];
  const model = await LinearLearner.fit(rows, side, {
    ...classifier,
    epochs: 2,
    validation: { rows: rows.slice(0, 30), labels: side.slice(0, 30) },
    onProgress: (progress) => seen.push(progress),
  });
  assert.equal(seen.length, 2);
  assert.deepEqual(Object.keys(seen[1] as object), ['epoch', 'epochs', 'trainLoss', 'validationLoss']);
  assert.deepEqual(Object.keys(model.metrics!), ['train', 'validation']);
});

test('A fit trains on from an earlier model', async () => {
  const start = await LinearLearner.fit(rows, target, regressor);
  const further = await LinearLearner.fit(rows, target, { ...regressor, optimizer: 'adam', epochs: 1, start });
  assert.ok(further.metrics!.train.mse! < 1e-3);
  await assert.rejects(LinearLearner.fit([[1], [2]], [1, 2], { ...regressor, start }), DataError);
});

test('An abort ends a fit under way with its reason, because the fit gives way to other work', async () => {
  const many = {
    values: Float64Array.from({ length: 200_000 * 20 }, (_, at) => ((at * 7919) % 1013) / 1013),
    columns: 20,
  };
  const controller = new AbortController();
  const reason = new Error('enough');
  const fit = LinearLearner.fit(
    many,
    new Float64Array(200_000).map((_, row) => row % 17),
    {
      ...regressor,
      epochs: 100_000,
      early_stopping_patience: 100_000,
      signal: controller.signal,
      onProgress: ({ epoch }) => {
        // From another task, as a click is.
        if (epoch === 1) setTimeout(() => controller.abort(reason));
      },
    },
  );
  await assert.rejects(fit, (error) => error === reason);
  await assert.rejects(
    LinearLearner.fit(rows, target, { ...regressor, signal: controller.signal }),
    (error) => error === reason,
  );
});

const faults: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
  [
    'a ragged row',
    () => LinearLearner.fit([[1, 2], [3]], [0, 1], regressor),
    /^Row 2 of "rows" has 1 column, but the rows before have 2$/,
  ],
  [
    'a text',
    () =>
      LinearLearner.fit(
        [
          [1, 2],
          [3, '4' as never],
        ],
        [0, 1],
        regressor,
      ),
    /^Row 2, column 2 of "rows": "4" is not a finite number$/,
  ],
  [
    'a missing number',
    () => LinearLearner.fit({ values: [1, Number.NaN], columns: 2 }, [0], regressor),
    /^Row 1, column 2 of "rows": NaN is not a finite number$/,
  ],
  [
    'a number too large',
    () => LinearLearner.fit([[1e39]], [0], regressor),
    /^Row 1, column 1 of "rows": 1e\+39 is beyond the range of single precision/,
  ],
  [
    'flat numbers',
    () => LinearLearner.fit([1, 2] as never, [0, 1], regressor),
    /^Row 1 of "rows" is 1, not a list of numbers: give flat numbers as \{ values, columns \}$/,
  ],
  [
    'columns that do not divide',
    () => LinearLearner.fit({ values: [1, 2, 3], columns: 2 }, [0], regressor),
    /^"rows" has 3 values, which is no multiple of its 2 columns$/,
  ],
  ['no rows', () => LinearLearner.fit([], [], regressor), /^There are no rows in "rows"$/],
  [
    'nothing',
    () => LinearLearner.fit(undefined as never, [], regressor),
    /^"rows" is undefined: give CSV text, a list of rows/,
  ],
  [
    'a cell of CSV',
    () => LinearLearner.fit('y,a\n1,2\n3,x', { column: 'y' }, regressor),
    /^Row 2, column 2 of "rows": "x" is not a number/,
  ],
  [
    'a header of another width',
    () => LinearLearner.fit('y,a,b\n1,2\n', { column: 'y' }, regressor),
    /^The header of "rows" names 3 columns, but its rows have 2$/,
  ],
  [
    'a column that is not there',
    () => LinearLearner.fit('y,a\n1,2\n', { column: 'z' }, regressor),
    /^There is no label column "z" in "rows": the header names "y", "a"$/,
  ],
  [
    'labels of another count',
    () => LinearLearner.fit([[1], [2]], [0], regressor),
    /^There are 1 labels for 2 rows in "rows"$/,
  ],
  [
    'no labels',
    () => LinearLearner.fit([[1]], undefined as never, regressor),
    /^The labels of "rows" are undefined: give a list of numbers, or \{ column \}/,
  ],
  [
    'a label that is no class',
    () => LinearLearner.fit([[1], [2]], [0, 2], classifier),
    /^Row 2 of "rows" has the label 2: binary_classifier needs labels 0 or 1$/,
  ],
  [
    'validation of another width',
    () => LinearLearner.fit([[1], [2]], [0, 1], { ...regressor, validation: { rows: [[1, 2]], labels: [1] } }),
    /^"validation" has 2 features, but "rows" has 1$/,
  ],
  [
    'feature_dim',
    () => LinearLearner.fit([[1], [2]], [0, 1], { ...regressor, feature_dim: 2 }),
    /^"rows" has 1 features, but feature_dim is 2$/,
  ],
  [
    'options',
    () => LinearLearner.fit([[1]], [0], { ...regressor, epochs: 0, epoch: 3 } as never),
    /^2 hyperparameters are wrong: epochs must be an integer of at least 1, not "0"; "epoch" is not a hyperparameter of Linear Learner, did you mean epochs$/,
  ],
  ['no options', () => LinearLearner.fit([[1]], [0], undefined as never), /^The options of fit are missing/],
  [
    'threads',
    () => LinearLearner.fit([[1]], [0], { ...regressor, threads: 2 } as never),
    /^threads must be auto or 1 here, not "2"/,
  ],
  ['an archive', () => LinearLearner.load(Uint8Array.of(1, 2, 3)), /^The archive is not a readable \.tar\.gz archive/],
  ['no bytes', () => LinearLearner.load('model.tar.gz' as never), /^load needs the bytes of a model\.tar\.gz/],
];

for (const [fault, act, message] of faults) {
  test(`A wrong input is a DataError that says what is wrong: ${fault}`, async () => {
    await assert.rejects(act(), (error) =>
      error instanceof DataError && message.test(error.message) ? true : assert.fail(`${error}`),
    );
  });
}

test('Rows to predict are as wide as the model', async () => {
  const model = await LinearLearner.fit(rows, target, regressor);
  await assert.rejects(model.predict([[1]]), /^DataError: "rows" has 1 column, but the model has 3 features$/);
  await assert.rejects(model.predict('1,2,x'), /^DataError: Row 1, column 3 of "rows"/);
});

test('A call of the constructor says what to call instead', () => {
  assert.throws(
    () => Reflect.construct(LinearLearner, []),
    /^DataError: A LinearLearner is made by fit or load, not by new$/,
  );
});
