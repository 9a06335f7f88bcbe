// Predictions that explain themselves, by the programs as an endpoint and a batch transform start them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { containerPaths, explanationsFileName, preparationFileName } from '../../contract/index.ts';
import { type LinearModel, readExplanations, writeModelFile } from '../../learners/index.ts';
import { makeRoot, run, startServe } from '../linear-learner/root.testing.ts';
import { skipWithoutXgboost, testLibrary } from '../xgboost/library/library.testing.ts';
import * as trees from '../xgboost/root.testing.ts';

/** Two columns that count and one that does not; the label is noisy, so that probabilities mean something. */
function rowsOf(count: number, labelOf: (score: number, noise: number) => number, seed = 1): string {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    const [a, b, c] = [random() * 4 - 2, random() * 2, random()];
    return [labelOf(a - b, random()), a, b, c].join(',');
  }).join('\n');
}

const classOf = (score: number, noise: number): number => Number(noise < 1 / (1 + Math.exp(-2 * score)));
const csv = (text: string) => ({ contentType: 'text/csv', files: { 'rows.csv': text } });
const classifier = { predictor_type: 'binary_classifier', num_models: '2' };
const asked = { Accept: 'application/json; explain=true' };

interface Explained {
  score: number;
  predicted_label?: number;
  explanation: {
    unit: string;
    baseline: number;
    class?: number | string;
    contributions: { column: string; value: number }[];
    probability?: { value: number; by: string; from: string };
    interval?: { level: number; low: number; high: number; from: string };
    set?: { level: number; classes: unknown[]; from: string };
    outside?: { column: string; value: number; low: number; high: number }[];
    notes?: string[];
  };
}

const sumOf = ({ explanation: { baseline, contributions } }: Explained): number =>
  contributions.reduce((sum, { value }) => sum + value, baseline);
const logOdds = (probability: number): number => Math.log(probability / (1 - probability));

test('A linear model says why: contributions that add up, an interval or set with its source, and what is unlike training', async (t) => {
  const root = makeRoot(t, { hyperparameters: classifier, channels: { train: csv(rowsOf(300, classOf)) } });
  assert.equal((await run(t, 'train', root)).code, 0);
  const kept = readExplanations(readFileSync(join(containerPaths(root).model, explanationsFileName)), 'kept');
  assert.equal(kept.ranges!.beyond, 4);
  assert.ok(kept.ranges!.low[0]! > -2 && kept.ranges!.high[0]! < 2);
  const { invoke, send } = await startServe(t, root);
  const body = '1,0.5,0.5\n-9,0.5,0.5';
  const plain = await invoke('text/csv', body, 'application/json');
  const explain = async (headers: Record<string, string>, path = '/invocations') =>
    send('POST', path, { 'Content-Type': 'text/csv', ...headers }, body);
  const reply = await explain(asked);
  assert.equal(reply.status, 200);
  const { predictions } = JSON.parse(reply.body.toString()) as { predictions: Explained[] };
  const [first, second] = predictions as [Explained, Explained];
  for (const row of predictions) assert.ok(Math.abs(sumOf(row) - logOdds(row.score)) < 1e-6);
  assert.equal(first.explanation.unit, 'log-odds');
  assert.equal(first.explanation.contributions[0]!.column, 'column 1');
  assert.deepEqual(first.explanation.set, {
    level: 0.95,
    classes: first.explanation.set!.classes,
    from: 'leave-one-out',
  });
  assert.equal(first.explanation.outside, undefined);
  assert.equal(second.explanation.outside![0]!.column, 'column 1');
  assert.equal(second.explanation.outside![0]!.value, -9);
  assert.match(second.explanation.notes![0]!, /^column 1 is -9; nearly all training rows lie from -1\.\d+ to 1\.\d+$/);

  // By the header, the same; without a request, or with one that says no, what it was before.
  assert.deepEqual((await explain({ 'x-linnet-explain': 'true' })).body, reply.body);
  for (const none of [{}, { Accept: 'application/json;explain=false' }, { 'x-linnet-explain': 'false' }])
    assert.deepEqual((await explain(none)).body, plain.body, JSON.stringify(none));
  const lines = await explain({ Accept: 'application/jsonlines; explain=true' });
  assert.equal(lines.contentType, 'application/jsonlines');
  assert.deepEqual(
    lines.body
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    predictions,
  );
  for (const [headers, status, text] of [
    [
      { Accept: 'text/csv; explain=true' },
      406,
      /answered as application\/json and application\/jsonlines, not as text\/csv/,
    ],
    [{ Accept: 'application/json; explain=maybe' }, 406, /explain=maybe; it takes true or false/],
    [{ 'x-linnet-explain': 'why' }, 406, /"why"; it takes true or false/],
  ] as const) {
    const refused = await explain(headers);
    assert.equal(refused.status, status);
    assert.match(refused.body.toString(), text);
  }
});

test('A regressor has an interval, and raw rows are explained by the columns of the user', async (t) => {
  const hyperparameters = { predictor_type: 'regressor', statistics: 'true' };
  const value = (score: number, noise: number): number => 3 * score + noise;
  const root = makeRoot(t, {
    hyperparameters,
    channels: { train: csv(rowsOf(300, value)), validation: csv(rowsOf(200, value, 2)) },
  });
  assert.equal((await run(t, 'train', root)).code, 0);
  const number = { as: 'number', sign: 'point', fill: 0, indicator: false, log: false };
  writeFileSync(
    join(containerPaths(root).model, preparationFileName),
    JSON.stringify({
      format: 'linnet-preparation',
      version: 1,
      label: { column: 'price', task: 'regression', classes: [], sign: 'point' },
      columns: [
        { column: 'size', ...number },
        { column: 'kind', as: 'category', levels: ['new'], reference: 'old', other: false, missing: true },
      ],
      leftOut: [],
    }),
  );
  const { send } = await startServe(t, root);
  const body = JSON.stringify([{ kind: 'odd', size: 1.5 }]);
  const reply = await send('POST', '/invocations', { 'Content-Type': 'application/json', ...asked }, body);
  const [row] = JSON.parse(reply.body.toString()).predictions as [Explained];
  assert.ok(Math.abs(sumOf(row) - row.score) < 1e-6);
  assert.deepEqual(row.explanation.contributions.map(({ column }) => column).sort(), ['kind', 'size']);
  assert.equal(row.explanation.interval!.from, 'validation');
  assert.ok(row.explanation.interval!.low < row.score && row.score < row.explanation.interval!.high);
  assert.deepEqual(row.explanation.notes, ['kind has a value that no training row had']);
});

test('A model of Amazon’s, without statistics, says what it lacks, and is explained against a baseline that is given', async (t) => {
  const model: LinearModel = {
    predictorType: 'regressor',
    loss: 'squared_loss',
    featureCount: 2,
    outputCount: 1,
    weights: Float64Array.of(0.5, -1),
    bias: Float64Array.of(0.25),
    threshold: 0.5,
    metricsParams: {},
  };
  const root = makeRoot(t, { model: { 'model_algo-1': writeModelFile(model) } });
  const { send } = await startServe(t, root);
  const headers = { 'Content-Type': 'text/csv', 'x-linnet-explain': 'true' };
  const refused = await send('POST', '/invocations', headers, '2,3');
  assert.equal(refused.status, 400);
  assert.match(refused.body.toString(), /cannot be explained: it holds no means of its training rows/);
  const settings = { baseline: { contentType: 'text/csv', text: '0,0\n2,0' }, featureHeaders: ['a', 'b'] };
  const other = makeRoot(t, { model: { 'model_algo-1': writeModelFile(model) } });
  const explained = await startServe(t, other, { LINNET_EXPLAINER: JSON.stringify(settings) });
  const clarify = { 'Content-Type': 'text/csv', Accept: 'text/csv', 'x-linnet-explain': 'clarify' };
  const answer = JSON.parse((await explained.send('POST', '/invocations', clarify, '2,3')).body.toString());
  assert.deepEqual(answer.predictions, { content_type: 'text/csv', data: '-1.75\n' });
  assert.equal(answer.version, '1.0');
  assert.deepEqual(answer.explanations.kernel_shap, [
    [
      { feature_header: 'a', feature_type: 'numerical', attributions: [{ attribution: [0.5] }] },
      { feature_header: 'b', feature_type: 'numerical', attributions: [{ attribution: [-3] }] },
    ],
  ]);
  assert.equal(answer.explanations.linnet[0].baseline, 0.75);
  const none = { ...clarify, 'x-linnet-explain': 'clarify-none' };
  const bare = JSON.parse((await explained.send('POST', '/invocations', none, '2,3')).body.toString());
  assert.deepEqual([bare.predictions, bare.explanations], [answer.predictions, {}]);
});

test('Explanations that are damaged are named to those who ask for them, and nobody else', async (t) => {
  const root = makeRoot(t, { channels: { train: csv(rowsOf(100, classOf)) }, hyperparameters: classifier });
  assert.equal((await run(t, 'train', root)).code, 0);
  writeFileSync(join(containerPaths(root).model, explanationsFileName), '{}');
  const { invoke, send } = await startServe(t, root);
  assert.equal((await invoke('text/csv', '1,0.5,0.5')).status, 200);
  const refused = await send('POST', '/invocations', { 'Content-Type': 'text/csv', ...asked }, '1,0.5,0.5');
  assert.equal(refused.status, 400);
  assert.match(refused.body.toString(), /cannot be explained: "\.linnet-explanations\.json" is damaged: its "format"/);
});

test('Trees say why too, with probabilities mended on the validation channel', skipWithoutXgboost, async (t) => {
  const root = trees.makeRoot(t, {
    // Many rounds without any limit: far too sure of themselves.
    hyperparameters: { objective: 'binary:logistic', num_round: '60', max_depth: '6', eta: '0.5' },
    channels: { train: csv(rowsOf(400, classOf)), validation: csv(rowsOf(600, classOf, 2)) },
  });
  const { code, output } = await trees.run(t, 'train', root, { LINNET_XGBOOST_LIBRARY: testLibrary! });
  assert.equal(code, 0, output);
  const kept = readExplanations(readFileSync(join(containerPaths(root).model, explanationsFileName)), 'kept');
  assert.ok(kept.calibration!.logLosses[kept.calibration!.map.kind]! < 0.9 * kept.calibration!.logLosses.identity!);
  const { send } = await trees.startServe(t, root);
  const body = '1,0.5,0.5\n-1,0.5,0.5';
  const plain = await send('POST', '/invocations', { 'Content-Type': 'text/csv' }, body);
  const reply = await send('POST', '/invocations', { 'Content-Type': 'text/csv', ...asked }, body);
  const { predictions } = JSON.parse(reply.body.toString()) as { predictions: Explained[] };
  for (const row of predictions) {
    assert.ok(Math.abs(sumOf(row) - logOdds(row.score)) < 1e-4);
    assert.equal(row.explanation.probability!.from, 'validation');
    assert.equal(row.explanation.set!.from, 'validation');
  }
  assert.equal(plain.body.toString(), `${predictions.map(({ score }) => score).join('\n')}\n`);
});
