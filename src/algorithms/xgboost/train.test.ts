import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { containerPaths } from '../../contract/index.ts';
import { encodeRecord, frameRecord } from '../../formats/index.ts';
import { Booster } from './library/booster.ts';
import { olderLibrary, skipWithoutOlder, skipWithoutXgboost, testLibrary } from './library/library.testing.ts';
import { openLibrary } from './library/library.ts';
import { Matrix } from './library/matrix.ts';
import { ended, makeRoot, run, start } from './root.testing.ts';

const fixtures = fileURLToPath(new URL('../../../../test/fixtures/data-sets/', import.meta.url));

/** Abalone with the label (rings) first and the sex as a number, as Amazon's notebook prepares it. */
const abalone = gunzipSync(readFileSync(join(fixtures, 'abalone.csv.gz')))
  .toString()
  .trim()
  .split('\n')
  .map((line) => line.split(','))
  .map((cells) => [Number(cells[8]), 'MFI'.indexOf(cells[0]!) + 1, ...cells.slice(1, 8).map(Number)]);
const [trainRows, validationRows] = [abalone.slice(0, 3000), abalone.slice(3000)];
const csv = (rows: readonly (readonly (number | string)[])[], separator = ','): string =>
  rows.map((cells) => `${cells.join(separator)}\n`).join('');
const csvOf = (rows: readonly number[][]) => ({ contentType: 'text/csv', files: { 'part-0': csv(rows) } });
const channels = { train: csvOf(trainRows), validation: csvOf(validationRows) };

const modelOf = (root: string, name = 'xgboost-model'): Uint8Array =>
  readFileSync(join(containerPaths(root).model, name));

/** What the library itself makes of the rows. */
function byTheLibrary(rows: readonly number[][], parameters: Record<string, string>, rounds: number): Uint8Array {
  const library = openLibrary(testLibrary!);
  const values = Float32Array.from(rows.flatMap((row) => row.slice(1)));
  const matrix = Matrix.dense(library, { rowCount: rows.length, columnCount: rows[0]!.length - 1, values });
  matrix.setInfo(
    'label',
    Float32Array.from(rows, ([label]) => label!),
  );
  const booster = Booster.create(library, [matrix]);
  for (const [name, value] of Object.entries({ ...parameters, verbosity: '0', validate_parameters: '1' }))
    booster.setParameter(name, value);
  for (let round = 0; round < rounds; round++) booster.update(round, matrix);
  return booster.save('ubj');
}

async function trained(t: TestContext, hyperparameters: Record<string, string>, content: object = { channels }) {
  const root = makeRoot(t, { hyperparameters, ...content });
  const { code, output, failure } = await run(t, 'train', root);
  assert.equal(code, 0, failure ?? output);
  return { root, output };
}

test(
  'A job leaves the model that the library makes, and log lines as Amazon has them',
  skipWithoutXgboost,
  async (t) => {
    const parameters = { objective: 'reg:squarederror', max_depth: '5', eta: '0.2', subsample: '0.7', seed: '4' };
    const { root, output } = await trained(t, { ...parameters, num_round: '6' });
    assert.match(output, /Train matrix has 3000 rows and 8 columns\n/);
    assert.match(output, /Validation matrix has 1177 rows\n/);
    const rounds = output.match(/^\[\d+\]\ttrain-rmse:\d+\.\d{5}\tvalidation-rmse:\d+\.\d{5}$/gm) ?? [];
    assert.equal(rounds.length, 6);
    assert.match(rounds[5]!, /^\[5\]/);
    assert.deepEqual(new Uint8Array(modelOf(root)), byTheLibrary(trainRows, parameters, 6));
    const path = join(containerPaths(root).outputData, 'feature-importance.csv');
    const [header, ...importance] = readFileSync(path, 'utf8').trim().split('\n');
    assert.match(header!, /^feature,weight,gain,.*,permutation$/);
    // The weight of the shell is the best predictor of the age, also on rows that were not trained on.
    const permutation = importance.map((line) => [line.split(',')[0], Number(line.split(',').at(-1))] as const);
    assert.equal(permutation.toSorted((a, b) => b[1] - a[1])[0]![0], '7');
  },
);

test(
  'CSV of any separator, libsvm, Parquet and RecordIO of the same rows give the same model',
  skipWithoutXgboost,
  async (t) => {
    const rows = trainRows
      .slice(0, 400)
      .map((row) => row.map((value, at) => (at > 1 && value < 0.1 ? Number.NaN : value)));
    const given = (row: number[]): number[][] =>
      row.slice(1).flatMap((value, column) => (Number.isNaN(value) ? [] : [[column, value]]));
    const record = (row: number[], sparse: boolean): Uint8Array =>
      frameRecord(
        encodeRecord({
          features: {
            values: sparse
              ? {
                  kind: 'float32',
                  values: given(row).map(([, x]) => x!),
                  keys: given(row).map(([j]) => j!),
                  shape: [8],
                }
              : { kind: 'float32', values: row.slice(1), keys: [], shape: [] },
          },
          label: { values: { kind: 'float32', values: [row[0]!], keys: [], shape: [] } },
        }),
      );
    const libsvm = rows
      .map(
        (row) =>
          `${row[0]} ${given(row)
            .map(([j, x]) => `${j}:${x}`)
            .join(' ')}\n`,
      )
      .join('');
    const empty = rows.map((row) => row.map((value) => (Number.isNaN(value) ? '' : value)));
    const parquet = parquetWriteBuffer({
      columnData: rows[0]!.map((_, j) => ({
        name: `c${j}`,
        data: rows.map((row) => (Number.isNaN(row[j]!) ? null : row[j]!)),
        type: 'DOUBLE' as const,
        nullable: true,
      })),
    });
    const inputs: Record<string, { contentType?: string; files: Record<string, string | Uint8Array> }> = {
      comma: {
        contentType: 'text/csv;label_size=1',
        files: { 'a/part-0': csv(empty.slice(0, 150)), 'b.gz': gzipSync(csv(empty.slice(150))), _SUCCESS: '' },
      },
      semicolon: { contentType: 'csv', files: { 'part-0': csv(empty, ';') } },
      libsvm: { files: { 'part-0': libsvm } },
      'x-libsvm': { contentType: 'text/x-libsvm', files: { 'part-0': libsvm } },
      parquet: { contentType: 'application/x-parquet', files: { 'part-0': new Uint8Array(parquet) } },
      dense: {
        contentType: 'application/x-recordio-protobuf',
        files: { 'part-0': Buffer.concat(rows.map((row) => record(row, false))) },
      },
      sparse: {
        contentType: 'recordio-protobuf',
        files: { 'part-0': Buffer.concat(rows.map((row) => record(row, true))) },
      },
    };
    const expected = byTheLibrary(rows, { objective: 'reg:squarederror' }, 3);
    for (const [name, train] of Object.entries(inputs)) {
      const { root, output } = await trained(t, { num_round: '3' }, { channels: { train } });
      assert.match(output, /Train matrix has 400 rows and 8 columns/, name);
      assert.deepEqual(new Uint8Array(modelOf(root)), expected, name);
    }
  },
);

test('Indices of libsvm count as they are written, and mushrooms are classified', skipWithoutXgboost, async (t) => {
  const agaricus = gunzipSync(readFileSync(join(fixtures, 'agaricus.libsvm.gz')));
  const { output } = await trained(
    t,
    { num_round: '3', objective: 'binary:logistic', eval_metric: 'error,auc,accuracy,f1', max_depth: '4' },
    { channels: { train: { files: { 'agaricus.libsvm': agaricus } } } },
  );
  assert.match(output, /Train matrix has 1611 rows and 127 columns/);
  assert.match(
    output,
    /^\[2\]\ttrain-error:0\.\d{5}\ttrain-auc:0\.99\d{3}\ttrain-accuracy:0\.9\d{4}\ttrain-f1:0\.9\d{4}$/m,
  );
});

test('Weights count: in the second column of CSV, and after the label of libsvm', skipWithoutXgboost, async (t) => {
  const rows = trainRows.slice(0, 300);
  const weighted = rows.map(([label, ...rest], at) => [label!, at % 3, ...rest]);
  const libsvm = rows.map(
    ([label, ...rest], at) => `${label}:${at % 3} ${rest.map((x, j) => `${j}:${x}`).join(' ')}\n`,
  );
  const byCsv = await trained(t, { num_round: '3', csv_weights: '1' }, { channels: { train: csvOf(weighted) } });
  const byLibsvm = await trained(t, { num_round: '3' }, { channels: { train: { files: { a: libsvm.join('') } } } });
  const [one, other] = [modelOf(byCsv.root), modelOf(byLibsvm.root)];
  assert.deepEqual(one, other);
  assert.notDeepEqual(new Uint8Array(one), byTheLibrary(rows, { objective: 'reg:squarederror' }, 3));
});

test('Ranking reads queries, and refuses them unsorted', skipWithoutXgboost, async (t) => {
  const lines = trainRows
    .slice(0, 300)
    .map(([label, ...rest], at) => `${label! % 5} qid:${at >> 4} ${rest.map((x, j) => `${j}:${x}`).join(' ')}\n`);
  const hyperparameters = { num_round: '3', objective: 'rank:ndcg', eval_metric: 'ndcg@5' };
  const { output } = await trained(t, hyperparameters, { channels: { train: { files: { a: lines.join('') } } } });
  assert.match(output, /^\[2\]\ttrain-ndcg@5:0\.\d{5}$/m);
  const root = makeRoot(t, { hyperparameters, channels: { train: { files: { a: lines.toReversed().join('') } } } });
  const { failure } = await run(t, 'train', root);
  assert.equal(failure, 'ClientError: Row 13 of "train/a" has qid:17 after qid:18: rows must be sorted by qid');
});

test('Training that stops early keeps the best round, and says which', skipWithoutXgboost, async (t) => {
  const { root, output } = await trained(t, {
    num_round: '200',
    eta: '0.6',
    early_stopping_rounds: '4',
    eval_metric: 'mae,rmse',
  });
  const scores = [...output.matchAll(/^\[\d+\].*validation-rmse:(\S+)$/gm)].map(([, value]) => Number(value));
  const best = scores.indexOf(Math.min(...scores));
  assert.equal(scores.length, best + 5);
  const booster = Booster.create(openLibrary(testLibrary!));
  booster.load(modelOf(root));
  assert.equal(booster.roundCount, best + 1);
  assert.equal(booster.attribute('best_iteration'), String(best));
  assert.match(
    output,
    new RegExp(`Stopping early after 4 rounds without improvement: the best round, ${best}, is kept`),
  );
  const without = await trained(
    t,
    { num_round: '2', early_stopping_rounds: '1' },
    { channels: { train: channels.train } },
  );
  assert.match(without.output, /WARNING.*early_stopping_rounds has no effect: there is no channel "validation"/);
});

test(
  'Training continues from a model channel and from the newest checkpoint, to the same model',
  skipWithoutXgboost,
  async (t) => {
    const whole = await trained(t, { num_round: '8' });
    const first = await trained(t, { num_round: '5' });
    const model = { contentType: 'application/x-sagemaker-model', files: { 'xgboost-model': modelOf(first.root) } };
    const second = await trained(t, { num_round: '3' }, { channels: { ...channels, model } });
    assert.match(second.output, /Training starts from the model in "model\/xgboost-model"/);
    assert.deepEqual(modelOf(second.root), modelOf(whole.root));

    const root = makeRoot(t, { hyperparameters: { num_round: '8' }, channels });
    const { checkpoints } = containerPaths(root);
    mkdirSync(checkpoints);
    writeFileSync(join(checkpoints, 'xgboost-checkpoint.4'), modelOf(first.root));
    writeFileSync(join(checkpoints, 'xgboost-checkpoint.3'), 'older');
    const { output } = await run(t, 'train', root);
    assert.match(output, /Resuming from iteration 5\n/);
    assert.deepEqual(output.match(/^\[\d+\]/gm), ['[5]', '[6]', '[7]']);
    assert.deepEqual(modelOf(root), modelOf(whole.root));
    assert.ok(readdirSync(checkpoints).includes('xgboost-checkpoint.7'));

    const narrower = csvOf(trainRows.map((row) => row.slice(0, -1)));
    const other = makeRoot(t, { hyperparameters: { num_round: '1' }, channels: { train: narrower, model } });
    assert.match(
      (await run(t, 'train', other)).failure!,
      /has 8 features, but channel "train" has 7: training goes on/,
    );

    const bad = makeRoot(t, {
      hyperparameters: { num_round: '1' },
      channels: { ...channels, model: { files: { 'xgboost-model': '\x80\x03' } } },
    });
    assert.match(
      (await run(t, 'train', bad)).failure!,
      /^ClientError: "model\/xgboost-model" is not a model of XGBoost|is a Python pickle/,
    );
  },
);

test('A job that is stopped keeps its model only when it was asked to', skipWithoutXgboost, async (t) => {
  for (const keeps of [true, false]) {
    const hyperparameters = { num_round: '1000000', save_model_on_termination: String(keeps) };
    const root = makeRoot(t, { hyperparameters, channels });
    const child = start(t, 'train', root);
    let seen = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      // Once: a signal that comes while the process ends has no handler.
      if (seen.includes('[3]')) return;
      seen += chunk;
      if (seen.includes('[3]')) child.kill('SIGTERM');
    });
    const { code, output } = await ended(child, root);
    assert.equal(code, 0, output);
    assert.equal(existsSync(join(containerPaths(root).model, 'xgboost-model')), keeps);
    assert.match(output, /Stop requested: training ends with the current round/);
  }
});

test(
  'A cross-validation leaves a model for each fold and what every row was predicted',
  skipWithoutXgboost,
  async (t) => {
    const rows = trainRows.slice(0, 300).map(([label, ...rest]) => [label! > 10 ? 1 : 0, ...rest]);
    const hyperparameters = {
      num_round: '4',
      objective: 'binary:logistic',
      eval_metric: 'auc',
      _kfold: '3',
      _num_cv_round: '2',
    };
    const content = { channels: { train: csvOf(rows.slice(0, 200)), validation: csvOf(rows.slice(200)) } };
    const { root, output } = await trained(t, hyperparameters, content);
    assert.equal(output.match(/^\[3\]/gm)?.length, 6);
    assert.match(output, /^\[4\]\ttrain-auc:0\.9\d{4}\tvalidation-auc:0\.\d{5}$/m);
    assert.deepEqual(
      readdirSync(containerPaths(root).model).sort(),
      [0, 1, 2, 3, 4, 5].map((at) => `xgboost-model-${at}`),
    );
    const lines = readFileSync(join(containerPaths(root).outputData, 'predictions.csv'), 'utf8')
      .trim()
      .split('\n');
    assert.equal(lines.length, 300);
    const correct = lines
      .map((line) => line.split(',').map(Number))
      .filter(([label, , majority]) => label === majority);
    assert.ok(correct.length > 200, `${correct.length} of 300`);
  },
);

test('A feature that only sparse rows of validation have is one of the model', skipWithoutXgboost, async (t) => {
  const libsvm = (rows: string) => ({ contentType: 'text/libsvm', files: { a: rows } });
  const content = { channels: { train: libsvm('1 2:1\n0 1:1\n'), validation: libsvm('1 5:1\n0 1:1\n') } };
  const { output } = await trained(t, { num_round: '1', objective: 'binary:logistic' }, content);
  assert.match(output, /Train matrix has 2 rows and 6 columns\n/);
  assert.match(output, /^\[0\]\ttrain-logloss:\d/m);
});

test('Rows without queries are ranked as one, with a warning', skipWithoutXgboost, async (t) => {
  const content = { channels: { train: csvOf(trainRows.slice(0, 50)) } };
  const { output } = await trained(t, { num_round: '1', objective: 'rank:pairwise' }, content);
  assert.match(output, /WARNING.*No row has a qid: all rows of a channel count as one query of rank:pairwise/);
});

test('Wrong rows are refused with their place', skipWithoutXgboost, async (t) => {
  const cases: [Record<string, string>, string, RegExp][] = [
    [
      { objective: 'binary:logistic' },
      '1,2\n3,4\n',
      /Row 2 of "train\/a.csv" has the label 3: objective binary:logistic needs labels from 0 to 1/,
    ],
    [
      { objective: 'multi:softmax', num_class: '3' },
      '1,2\n3,4\n',
      /Row 2 .* needs whole numbers from 0 to 2 \(num_class is 3\)/,
    ],
    [
      { objective: 'count:poisson' },
      '-1,2\n',
      /Row 1 .* the label -1: objective count:poisson needs labels of at least 0/,
    ],
    [{}, 'rings,sex\n3,4\n', /Row 1 of "train\/a.csv" is not numeric.*a header row is not allowed/],
    [{}, '1,2\n,4\n', /Row 2, column 1 of "train\/a.csv".*empty/],
    [{}, '1,2\n3,4,5\n', /Row 2 of "train\/a.csv" has 3 columns, but the rows before have 2/],
    [{ csv_weights: '1' }, '1,2,3\n1,-2,3\n', /Row 2 of "train\/a.csv" has the weight -2 in its second column/],
    [{ csv_weights: '1' }, '1,0,3\n2,0,4\n', /All weights of channel "train" are 0: give at least one row/],
    [{ csv_weights: '1' }, '1,2\n', /has a label and a weight, but no features/],
    [{}, '', /Channel "train" has no rows: all its files are empty/],
    [
      { monotone_constraints: '(1,0,1)' },
      '1,2\n2,3\n',
      /monotone_constraints has 3 values, but the rows have 1 feature: give one for each feature/,
    ],
    [
      { interaction_constraints: '[[0,1],[2,3]]' },
      '1,2,3\n2,3,4\n',
      /interaction_constraints names feature 2, but the rows have 2 features, which count from 0/,
    ],
    [
      { objective: 'binary:logistic' },
      '0,2\n0,3\n',
      /All labels that are trained on are 0: objective binary:logistic needs others too, or a base_score/,
    ],
  ];
  for (const [hyperparameters, text, message] of cases) {
    const train = { contentType: 'text/csv', files: { 'a.csv': text } };
    const root = makeRoot(t, { hyperparameters: { num_round: '2', ...hyperparameters }, channels: { train } });
    const { code, failure } = await run(t, 'train', root);
    assert.equal(code, 1);
    assert.match(failure ?? '', /^ClientError: /);
    assert.match(failure ?? '', message);
  }
});

test(
  'Another version of the library trains with a warning, and the model carries its version',
  skipWithoutOlder,
  async (t) => {
    const root = makeRoot(t, { hyperparameters: { num_round: '2' }, channels });
    const { code, output } = await run(t, 'train', root, { LINNET_XGBOOST_LIBRARY: olderLibrary });
    assert.equal(code, 0, output);
    assert.match(
      output,
      /WARNING .*Linnet supports XGBoost 3.0 in full: models and metrics of version 1.7.4 may differ/,
    );
    assert.match(Buffer.from(modelOf(root)).toString('latin1'), /linnet_library_version.*1\.7\.4/s);
  },
);

test('Without the library a job says what to type', async (t) => {
  const root = makeRoot(t, { hyperparameters: { num_round: '2' }, channels });
  const { failure } = await run(t, 'train', root, { LINNET_XGBOOST_LIBRARY: '' });
  assert.equal(
    failure,
    "InternalServerError: XGBoost's library is not there: run linnet image add xgboost, or name it in LINNET_XGBOOST_LIBRARY",
  );
});
