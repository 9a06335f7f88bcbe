import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { decodeRecord, encodeRecord, encodeRows, frameRecord, readRecordIo } from '../../formats/index.ts';
import { makeRoot, programsOf } from '../program/root.testing.ts';

const { run, startServe } = programsOf(new URL('main.js', import.meta.url));

const folder = new URL('../../../../test/fixtures/xgboost/', import.meta.url);
const modelOf = (file: string): Uint8Array => readFileSync(new URL(`models/${file}`, folder));
const { rows, features, models } = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as {
  rows: string;
  features: number;
  models: Record<string, Record<'prediction' | 'margin' | 'contributions' | 'best', string>>;
};
const floats = (text: string): number[] => {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
};
const asked = floats(rows);
/** The first rows, the shortest digits of each cell, nothing where it is missing. */
const lines = Array.from({ length: 5 }, (_, i) => asked.slice(i * features, (i + 1) * features));
const csv = lines.map((cells) => cells.map((cell) => (Number.isNaN(cell) ? '' : cell)).join(',')).join('\n');
const scores = (name: string, width = 1): number[] => floats(models[name]!.prediction).slice(0, 5 * width);
const image = (tag: string) => ({ LINNET_IMAGE: `683313688378.dkr.ecr.us-east-1.amazonaws.com/${tag}` });

const serving = (t: TestContext, model: Record<string, Uint8Array>, env: Record<string, string> = {}) =>
  startServe(t, makeRoot(t, { model }), env);
const logistic = { 'xgboost-model': modelOf('binary-logistic.ubj') };
const softprob = { 'xgboost-model': modelOf('multi-softprob.ubj') };

test('A model is served with the scores of the library, whatever the request and the answer are written in', async (t) => {
  const { invoke, send } = await serving(t, logistic);
  assert.equal((await send('GET', '/ping')).status, 200);
  const due = scores('binary-logistic');
  const present = lines.map((cells) =>
    cells.map((cell, j) => [j, cell] as const).filter(([, cell]) => !Number.isNaN(cell)),
  );
  const pairs = present.map((cells) => cells.map(([j, cell]) => `${j}:${cell}`).join(' '));
  const sparse = present.map((cells) =>
    frameRecord(
      encodeRecord({
        features: {
          values: {
            kind: 'float32',
            values: cells.map(([, cell]) => cell),
            keys: cells.map(([j]) => j),
            shape: [features],
          },
        },
      }),
    ),
  );
  const requests: [string, string | Uint8Array, number[]][] = [
    ['text/csv', csv, due],
    ['', csv, due],
    ['text/csv; label_size=1', csv.replace(/^/gm, '1,'), due],
    ['text/csv', csv.replaceAll(',', ';'), due],
    // A row of nothing has no pair, so it is left out.
    ['text/libsvm', pairs.slice(1).join('\n'), due.slice(1)],
    [
      'text/x-libsvm',
      pairs
        .slice(1)
        .map((line) => `1 ${line}`)
        .join('\n'),
      due.slice(1),
    ],
    ['application/x-recordio-protobuf', Buffer.concat(sparse), due],
    [
      'application/x-recordio-protobuf',
      encodeRows({
        rowCount: 5,
        featureCount: features,
        features: Float32Array.from(lines.flat()),
        labels: new Float32Array(0),
      }),
      due,
    ],
  ];
  const answers: Record<string, (body: Buffer) => number[]> = {
    'text/csv': (body) => body.toString().trimEnd().split('\n').map(Number),
    'application/json': (body) => JSON.parse(body.toString()).predictions.map(({ score }: { score: number }) => score),
    'application/jsonlines': (body) =>
      body
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).score),
    'application/x-recordio-protobuf': (body) =>
      readRecordIo(body).map((payload) => decodeRecord(payload).label!.score!.values[0]!),
  };
  for (const [contentType, body, expected] of requests) {
    for (const accept of [undefined, '*/*', ...Object.keys(answers)]) {
      const reply = await invoke(contentType, body, accept);
      assert.equal(reply.status, 200, `${contentType}: ${reply.body}`);
      const type = accept === undefined || accept === '*/*' ? 'text/csv' : accept;
      assert.equal(reply.contentType, type);
      assert.deepEqual(answers[type]!(reply.body), expected, `${contentType} -> ${accept}`);
    }
  }
});

test('CSV has a line for each row, and is one line in images up to 1.2 but for batches', async (t) => {
  const texts = scores('multi-softprob', 3).map(String);
  const byRow = Array.from({ length: 5 }, (_, i) => texts.slice(3 * i, 3 * i + 3));
  const csvOf = async (env: Record<string, string>) =>
    (await (await serving(t, softprob, env)).invoke('text/csv', csv)).body.toString();
  const line = byRow.map((row) => `[${row.join(', ')}]`).join(',');
  const each = byRow.map((row) => `${row.join(',')}\n`).join('');
  assert.equal(await csvOf({}), each);
  assert.equal(await csvOf(image('sagemaker-xgboost:1.7-1')), each);
  assert.equal(await csvOf(image('sagemaker-xgboost:1.2-2-cpu-py3')), line);
  assert.equal(await csvOf(image('xgboost:1')), line);
  const lists = byRow.map((row) => `[${row.join(', ')}]\n`).join('');
  assert.equal(await csvOf({ ...image('xgboost:latest'), SAGEMAKER_BATCH: 'true' }), lists);
});

test('libsvm rows that count from 1 are recognised by their last feature', async (t) => {
  const { invoke } = await serving(t, logistic);
  const full = lines.find((cells) => cells.every((cell) => !Number.isNaN(cell)))!;
  const ask = async (from: number, type = 'text/libsvm') => {
    const reply = await invoke(type, full.map((cell, j) => `${j + from}:${cell}`).join(' '));
    return [reply.status, reply.body.toString()];
  };
  const [status, body] = await ask(0);
  assert.equal(status, 200);
  assert.deepEqual(await ask(1), [status, body]);
  assert.deepEqual(await ask(1, 'text/libsvm; index_base=1'), [status, body]);
  assert.deepEqual(await ask(2), [
    400,
    'Unable to evaluate payload provided: Feature size of libsvm inference data 8 is larger than feature size of trained model 6',
  ]);
});

test('What cannot be answered is refused with its reason', async (t) => {
  const { invoke, send } = await serving(t, logistic);
  const refusals: [string, string, string | undefined, number, RegExp][] = [
    [
      'text/csv',
      '1,2,3',
      undefined,
      400,
      /csv inference data 3 is not consistent with feature size of trained model 6/,
    ],
    ['text/csv', '1,2,3,4,5,NA', undefined, 415, /"NA" stands for a missing value: leave the cell empty/],
    ['text/csv', 'a,b,c,d,e,f\n1,2,3,4,5,6', undefined, 415, /header row is not allowed/],
    ['application/json', '{}', undefined, 415, /Content-type application\/json is not supported/],
    ['text/csv', '1,2,3,4,5,6', 'image/png', 406, /Accept type image\/png is not supported/],
    [
      'text/csv',
      '1,2,3,4,5,6',
      'application/json; contributions=yes',
      406,
      /contributions=yes; it takes true or false/,
    ],
    ['text/csv', '1,2,3,4,5,6', 'text/csv; contributions=true', 406, /Contributions are answered as application\/json/],
    ['application/x-recordio-protobuf', 'no records', undefined, 415, /./],
  ];
  for (const [contentType, body, accept, status, message] of refusals) {
    const reply = await invoke(contentType, body, accept);
    assert.equal(reply.status, status, `${contentType} ${body}: ${reply.body}`);
    assert.match(reply.body.toString(), message);
  }
  assert.equal((await invoke('text/csv', '')).status, 204);
  const parameters = JSON.parse((await send('GET', '/execution-parameters')).body.toString());
  assert.deepEqual([parameters.BatchStrategy, parameters.MaxPayloadInMB], ['MULTI_RECORD', 6]);
});

test('SAGEMAKER_INFERENCE_OUTPUT selects what is answered', async (t) => {
  const selected = 'predicted_label, labels,probability,probabilities,raw_score,raw_scores,predicted_score';
  const { invoke } = await serving(t, logistic, { SAGEMAKER_INFERENCE_OUTPUT: selected });
  const p = scores('binary-logistic')[1]!;
  const label = Number(p > 0.5);
  const rest = 1 - p;
  const row = csv.split('\n')[1]!;
  assert.equal(
    (await invoke('text/csv', row)).body.toString(),
    `${label},"[0, 1]",${p},"[${rest}, ${p}]",${p},"[${rest}, ${p}]",nan\n`,
  );
  assert.equal(
    (await invoke('text/csv', row, 'application/jsonlines')).body.toString(),
    `{"predicted_label": ${label}, "labels": [0, 1], "probability": ${p}, "probabilities": [${rest}, ${p}], "raw_score": ${p}, "raw_scores": [${rest}, ${p}], "predicted_score": NaN}\n`,
  );
  const records = readRecordIo((await invoke('text/csv', row, 'application/x-recordio-protobuf')).body);
  const { label: tensors } = decodeRecord(records[0]!);
  assert.deepEqual(Array.from(tensors!.probabilities!.values), [Math.fround(rest), p]);

  const classes = await serving(t, softprob, { SAGEMAKER_INFERENCE_OUTPUT: 'predicted_label,probability' });
  const three = scores('multi-softprob', 3).slice(3, 6);
  const largest = Math.max(...three);
  assert.equal((await classes.invoke('text/csv', row)).body.toString(), `${three.indexOf(largest)},${largest}\n`);

  const wrong = await run(t, 'serve', makeRoot(t, { model: logistic }), { SAGEMAKER_INFERENCE_OUTPUT: 'label' });
  assert.equal(wrong.code, 1);
  assert.match(wrong.output, /SAGEMAKER_INFERENCE_OUTPUT has "label"; it takes predicted_label/);
});

test('Several models answer with their mean, or with the class that most of them give', async (t) => {
  const values = async (model: Record<string, Uint8Array>, env = {}) =>
    (await (await serving(t, model, env)).invoke('text/csv', csv)).body.toString().trimEnd().split('\n').map(Number);
  const pair = {
    'xgboost-model-0': modelOf('binary-logistic.ubj'),
    'xgboost-model-1': modelOf('leaves.ubj'),
    '.notes': new Uint8Array(1),
  };
  const [a, b] = [scores('binary-logistic'), scores('leaves')];
  assert.deepEqual(
    await values(pair),
    a.map((value, i) => Math.fround(Math.fround(value + b[i]!) / 2)),
  );
  assert.deepEqual(await values(pair, { SAGEMAKER_INFERENCE_ENSEMBLE: 'false' }), a);
  const softmax = modelOf('multi-softmax.ubj');
  assert.deepEqual(await values({ a: softmax, b: softmax, c: softmax }), scores('multi-softmax'));
});

test('The best round that early stopping chose is the last one that counts', async (t) => {
  const { invoke } = await serving(t, { 'xgboost-model': modelOf('early-stopped.ubj') });
  const best = floats(models['early-stopped']!.best).slice(0, 5);
  assert.deepEqual((await invoke('text/csv', csv)).body.toString().trimEnd().split('\n').map(Number), best);
});

test('Contributions are answered on request, and add up', async (t) => {
  const { invoke } = await serving(t, softprob);
  const reply = await invoke('text/csv', csv, 'application/json; contributions=true');
  assert.equal(reply.contentType, 'application/json');
  const { predictions } = JSON.parse(reply.body.toString());
  const due = floats(models['multi-softprob']!.contributions);
  for (const [row, { score, contributions, baseline }] of predictions.entries()) {
    assert.equal(score.length, 3);
    for (let group = 0; group < 3; group++) {
      const all = [...contributions[group], baseline[group]];
      for (const [j, value] of all.entries())
        assert.ok(Math.abs(value - due[(row * 3 + group) * (features + 1) + j]!) < 1e-5);
    }
  }
  const single = await serving(t, logistic);
  const [first] = (await single.invoke('text/csv', csv, 'application/jsonlines;contributions=true')).body
    .toString()
    .split('\n');
  const { contributions, baseline } = JSON.parse(first!);
  const sum = contributions.reduce((a: number, b: number) => a + b, baseline);
  assert.ok(Math.abs(sum - floats(models['binary-logistic']!.margin)[0]!) < 1e-5);
});

test('A folder without a model, or with something else, is refused by its name', async (t) => {
  const outputOf = async (model: Record<string, Uint8Array>) => (await run(t, 'serve', makeRoot(t, { model }))).output;
  assert.match(await outputOf({ '.hidden': new Uint8Array(3) }), /There is no model file, such as "xgboost-model"/);
  assert.match(
    await outputOf({ 'notes.txt': Buffer.from('hello, this is text') }),
    /"notes.txt": The file is no model of XGBoost: it begins with "hello/,
  );
  assert.match(
    await outputOf({ a: modelOf('reg-gamma.ubj'), b: modelOf('binary-hinge.ubj') }),
    /"b" has the objective binary:hinge, but "a" has reg:gamma/,
  );
});
