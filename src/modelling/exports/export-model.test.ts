// Exported models, scored by other engines: SQL by SQLite, TypeScript by running it. PMML and JSON are scored by test/conformance.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { transform } from 'esbuild';
import Database from 'libsql';
import { DataError } from '../../base/index.ts';
import { preparationFileName } from '../../contract/index.ts';
import { type LinearModel, writeModelFile } from '../../learners/index.ts';
import { type Cell, featuresOf, type Preparation, rowPreparer } from '../../tables/index.ts';
import { modelOf, type TrainedModel } from '../models/open-model.ts';
import { exportTargets } from './export-model.ts';

const columns: Preparation['columns'] = [
  { column: 'age', as: 'number', sign: 'point', fill: 37, indicator: true, log: false },
  { column: 'in come', as: 'number', sign: 'comma', fill: 3, indicator: false, log: true },
  { column: "o'clock", as: 'category', levels: ['red', "it's", '7'], reference: null, other: true, missing: true },
  { column: 'sex', as: 'category', levels: ['Female'], reference: 'Male', other: false, missing: false },
  { column: 'size', as: 'ordinal', levels: ['small', 'medium', 'large'], fill: 1, indicator: true },
  {
    column: 'joined',
    as: 'date',
    style: 'day first',
    parts: ['days', 'year', 'month', 'day', 'weekday', 'hour'],
    fill: [20000.5, 2020, 6, 15, 3, 0],
    indicator: true,
  },
  {
    column: 'agrees',
    as: 'category',
    levels: ['No', 'Maybe'],
    reference: null,
    other: true,
    missing: true,
    spellings: { no: 'No', false: 'No', '0': 'No', maybe: 'Maybe', yes: 'Yes', true: 'Yes' },
  },
  // A marker of missing values may be a value, and one without a feature.
  {
    column: 'pain',
    as: 'category',
    levels: ['mild'],
    reference: 'none',
    other: false,
    missing: true,
    spellings: { mild: 'mild', none: 'none', nothing: 'none' },
  },
  {
    column: 'grade',
    as: 'ordinal',
    levels: ['a', 'Aa', 'aaa'],
    fill: 1,
    indicator: false,
    spellings: { aa: 'Aa', aaa: 'aaa' },
  },
];
const names = columns.map(({ column }) => column);

/** Every value that a column may hold, in all its spellings, in rows that mix them: odd steps through eight values meet them all. */
const cells: readonly (readonly Cell[])[] = [
  [41, 0.5, null, ' ?', '12', 'N/A', 1e-3, 77.25],
  [1000, 2.5, -4, '', null, '12,5', 0, 'NA'],
  ['red', "it's", '7', 7, 'blue', null, '?', ' red '],
  ['Female', 'Male', 'other', null, 'unknown', 'Female', 'Male', ''],
  ['small', 'medium', 'large', 'huge', null, '-', 'large', 'small'],
  ['29.02.2024', '1900-03-01', '31-12-1969 23:30', '15.07.2031 06:05:30', null, '', '28.02.2023', '01.01.2000 00:00'],
  ['No', 'FALSE', 0, 'maybe', 'Yes', 'TRUE', null, ' no '],
  ['mild', 'none', 'None', 'Nothing', 'MILD', 'NA', null, ' none '],
  ['a', 'AA', 'AAA', 'Aa', 'aa', 'aaA', 'aaa', ' aA'],
];
const rows = Array.from({ length: 40 }, (_, row) =>
  cells.map((values, column) => values[(row * (2 * column + 1) + (row >> 3)) % 8]!),
);

const weightOf = (at: number): number => Math.sin(at * 1.7) / (1 + (at % 5));

function linear(given: Partial<LinearModel>, label: Preparation['label'], products = false): TrainedModel {
  const preparation: Preparation = { format: 'linnet-preparation', version: 1, label, columns, leftOut: [] };
  const featureCount = featuresOf(preparation).length;
  const outputCount = given.outputCount ?? 1;
  const small = featuresOf(preparation).map(({ name }) =>
    /days|year/.test(name) ? 1e-4 : /in come/.test(name) ? 0.1 : 1,
  );
  const expanded = products ? featureCount * 2 + (featureCount * (featureCount - 1)) / 2 : featureCount;
  const file = writeModelFile({
    predictorType: 'regressor',
    loss: 'squared_loss',
    featureCount,
    outputCount,
    weights: Float64Array.from(
      { length: expanded * outputCount },
      (_, at) => weightOf(at) * (small[Math.floor(at / outputCount)] ?? 0.01),
    ),
    bias: Float64Array.from({ length: outputCount }, (_, at) => 0.25 * at - 0.5),
    threshold: 0.5,
    metricsParams: {},
    ...(products && {
      expansion: {
        degree: 2,
        interactions: 'all',
        centre: Float64Array.from({ length: featureCount }, (_, at) => (small[at] === 1e-4 ? 1 / 1e-4 : 0.5)),
        factor: Float64Array.from(small, (size) => size),
      },
    }),
    ...given,
  });
  return modelOf(
    'm',
    new Map([
      ['model_algo-1', file],
      [preparationFileName, new TextEncoder().encode(JSON.stringify(preparation))],
    ]),
  );
}

const label = { column: 'y', sign: 'point' } as const;
const linearModels: Record<string, TrainedModel> = {
  binary: linear(
    { predictorType: 'binary_classifier', loss: 'logistic', threshold: 0.41 },
    { ...label, task: 'binary', classes: ['no', "y'es"] },
  ),
  hinge: linear(
    { predictorType: 'binary_classifier', loss: 'hinge_loss', threshold: 0.1 },
    { ...label, task: 'binary', classes: ['no', 'yes'] },
  ),
  multiclass: linear(
    { predictorType: 'multiclass_classifier', loss: 'softmax_loss', outputCount: 3, metricsParams: {} },
    { ...label, task: 'multiclass', classes: ['a', 'b', 'c'] },
  ),
  regression: linear({ range: { low: -1, high: 1 } }, { ...label, task: 'regression', classes: [] }),
  products: linear({}, { ...label, task: 'regression', classes: [] }, true),
};

interface Answer {
  prediction: string | number;
  /** Of the last class. */
  probability: number | undefined;
}

function expected(model: TrainedModel, features: Float64Array, rowCount: number): Answer[] {
  const { predictions, probabilities } = model.score({ rowCount, features });
  const classes = model.preparation?.label.classes ?? ['0', '1', '2', '3', '4'];
  const width = probabilities === undefined ? 0 : probabilities.length / rowCount;
  return Array.from(predictions, (prediction, row) => ({
    prediction: model.task === 'regression' ? prediction : classes[prediction]!,
    probability: probabilities?.[(row + 1) * width - 1],
  }));
}

function preparedRows(model: TrainedModel): Float64Array {
  const preparer = rowPreparer(model.preparation!, names);
  const features = new Float64Array(rows.length * preparer.featureCount);
  for (const [at, row] of rows.entries()) preparer.features(row, features, at * preparer.featureCount);
  return features;
}

function assertClose(found: readonly Answer[], wanted: readonly Answer[], what: string): void {
  assert.equal(found.length, wanted.length, what);
  for (const [row, { prediction, probability }] of wanted.entries()) {
    const own = found[row]!;
    const near = (a: unknown, b: number): void =>
      assert.ok(Math.abs(Number(a) - b) <= 1e-6 * Math.max(1, Math.abs(b)), `${what}, row ${row}: ${a}, not ${b}`);
    if (typeof prediction === 'number') near(own.prediction, prediction);
    else assert.equal(own.prediction, prediction, `${what}, row ${row}`);
    if (probability !== undefined) near(own.probability, probability);
  }
}

const textOf = (model: TrainedModel, target: 'sql' | 'typescript'): string =>
  new TextDecoder().decode(exportTargets[target].write(model));

function bySql(model: TrainedModel, columnNames: readonly string[], table: readonly (readonly Cell[])[]): Answer[] {
  const database = new Database(':memory:');
  const quoted = columnNames.map((name) => `"${name}"`);
  database.exec(`CREATE TABLE "rows" (${quoted.join(', ')})`);
  const insert = database.prepare(`INSERT INTO "rows" VALUES (${quoted.map(() => '?').join(', ')})`);
  for (const row of table) insert.run(...row.map((cell) => (Number.isNaN(cell) ? null : cell)));
  const found = database.prepare(textOf(model, 'sql')).all() as Record<string, string | number>[];
  database.close();
  return found.map((row) => {
    const [[, prediction]] = Object.entries(row).filter(([name]) => name.startsWith('predicted ')) as [
      [string, string],
    ];
    const probabilities = Object.entries(row).filter(([name]) => name.startsWith('probability of '));
    return { prediction, probability: probabilities.at(-1)?.[1] as number | undefined };
  });
}

async function byTypeScript(model: TrainedModel, table: readonly unknown[]): Promise<Answer[]> {
  const { code } = await transform(textOf(model, 'typescript'), { loader: 'ts' });
  const { predict } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return table.map((row) => {
    const { prediction, probabilities } = predict(row);
    return {
      prediction,
      probability: probabilities === undefined ? undefined : (Object.values(probabilities).at(-1) as number),
    };
  });
}

test('SQLite and TypeScript score raw rows of every kind of column as the model does', async () => {
  for (const [name, model] of Object.entries(linearModels)) {
    const wanted = expected(model, preparedRows(model), rows.length);
    const named = rows.map((row) => Object.fromEntries(names.map((column, at) => [column, row[at]])));
    assertClose(bySql(model, names, rows), wanted, `${name} by SQL`);
    assertClose(await byTypeScript(model, named), wanted, `${name} by TypeScript`);
  }
});

const fixture = (file: string): Uint8Array =>
  readFileSync(new URL(`../../../../test/fixtures/xgboost/models/${file}`, import.meta.url));

test('Trees of XGBoost answer alike at values that single precision rounds to a limit, and where one is missing', async () => {
  for (const file of [
    'binary-logistic.ubj',
    'multi-softprob.ubj',
    'dart.ubj',
    'reg-gamma.ubj',
    'linear-classes.ubj',
    'binary-hinge.ubj',
  ]) {
    const model = modelOf(file, new Map([['xgboost-model', fixture(file)]]));
    const limits = JSON.parse(new TextDecoder().decode(exportTargets.json.write(model))).sums;
    const values = [
      Number.NaN,
      0,
      0.1,
      -1.25,
      ...limitsIn(limits).flatMap((limit) => [limit, nearest(limit, -1), nearest(limit, 1)]),
    ];
    const table = Array.from({ length: 60 }, (_, row) =>
      Array.from({ length: model.featureCount }, (_, at) => values[(row * 7 + at * 3) % values.length]!),
    );
    const wanted = expected(model, Float64Array.from(table.flat()), table.length);
    const columnNames = Array.from({ length: model.featureCount }, (_, at) => `f${at}`);
    assertClose(bySql(model, columnNames, table), wanted, `${file} by SQL`);
    assertClose(await byTypeScript(model, table), wanted, `${file} by TypeScript`);
  }
});

function limitsIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => (key === 'below' ? [Number(each)] : limitsIn(each)));
}

/** The double beside a value. */
function nearest(value: number, step: 1 | -1): number {
  const numbers = Float64Array.of(value);
  new BigInt64Array(numbers.buffer)[0]! += BigInt(step);
  return numbers[0]!;
}

test('What a target cannot say is refused by its name', () => {
  const words = modelOf(
    'm',
    new Map(
      [...linearModels.regression!.files].map(([name, bytes]) => {
        if (name !== preparationFileName) return [name, bytes];
        const preparation = JSON.parse(new TextDecoder().decode(bytes));
        preparation.columns = [{ column: 'notes', as: 'words', buckets: linearModels.regression!.featureCount }];
        return [name, new TextEncoder().encode(JSON.stringify(preparation))];
      }),
    ),
  );
  const refused = (model: TrainedModel, target: keyof typeof exportTargets, message: RegExp): void =>
    assert.throws(
      () => exportTargets[target].write(model),
      (error) => error instanceof DataError && message.test(error.message),
    );
  refused(words, 'sql', /the words of "notes" by their hash, which SQL cannot say: linnet export --to typescript can/);
  refused(words, 'pmml', /which PMML cannot say/);
  const categories = modelOf('m', new Map([['xgboost-model', fixture('categories.ubj')]]));
  for (const target of ['onnx', 'pmml', 'json', 'sql', 'typescript'] as const)
    refused(categories, target, /splits by category/);
});

test('TypeScript refuses spellings that it does not read, where a fill in silence would be wrong', async () => {
  const { regression } = linearModels;
  const row = Object.fromEntries(names.map((name, at) => [name, rows[0]![at]]));
  await assert.rejects(byTypeScript(regression!, [{ ...row, age: '$41' }]), /"\$41" is not read as a number here/);
  await assert.rejects(byTypeScript(regression!, [{ ...row, joined: '29 Feb 2024' }]), /is not read as a date here/);
});

test('TypeScript counts words as the model does', async () => {
  const preparation = {
    format: 'linnet-preparation',
    version: 1,
    label: { ...label, task: 'regression', classes: [] },
    columns: [{ column: 'notes', as: 'words', buckets: 8 }],
    leftOut: [],
  };
  const file = writeModelFile({
    predictorType: 'regressor',
    loss: 'squared_loss',
    featureCount: 8,
    outputCount: 1,
    weights: Float64Array.from({ length: 8 }, (_, at) => weightOf(at + 1)),
    bias: Float64Array.of(1),
    threshold: 0.5,
    metricsParams: {},
  });
  const model = modelOf(
    'm',
    new Map([
      ['model_algo-1', file],
      [preparationFileName, new TextEncoder().encode(JSON.stringify(preparation))],
    ]),
  );
  const notes = ['The quick, brown fox', null, 'Ünder 7 SEAS 7', '?'];
  const preparer = rowPreparer(model.preparation!, ['notes']);
  const features = new Float64Array(notes.length * 8);
  for (const [at, note] of notes.entries()) preparer.features([note], features, at * 8);
  const found = await byTypeScript(
    model,
    notes.map((note) => ({ notes: note })),
  );
  assertClose(found, expected(model, features, notes.length), 'words');
});
