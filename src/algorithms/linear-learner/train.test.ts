import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { encodeRecord, encodeRows, frameRecord } from '../../formats/index.ts';
import { baselineOf, contributionsOf, readModelFile, readModelStatistics } from '../../learners/index.ts';
import { ended, makeRoot, type RootContent, run, start, startServe } from './root.testing.ts';

/** Rows of two features whose label is 1 where their sum is positive; the same every time. */
function rowsOf(count: number, target: (a: number, b: number, row: number) => number): string {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 23 - 1;
  };
  const lines = Array.from({ length: count }, (_, row) => {
    const [a, b] = [random(), random()];
    return `${target(a, b, row)},${a.toFixed(4)},${b.toFixed(4)}`;
  });
  return `${lines.join('\n')}\n`;
}
const sign = (a: number, b: number): number => (a + b > 0 ? 1 : 0);
const line = (a: number, b: number): number => 3 * a - 2 * b + 5;
const csv = (text: string) => ({ contentType: 'text/csv', files: { 'part-0': text } });
const binary = { predictor_type: 'binary_classifier', epochs: '5', mini_batch_size: '20', num_models: '4' };

const modelOf = (root: string) => readModelFile(readFileSync(join(root, 'model/model_algo-1')));

test('A binary classifier is trained on CSV and then served from the same root', async (t) => {
  const root = makeRoot(t, {
    hyperparameters: binary,
    channels: { train: csv(rowsOf(300, sign)), validation: csv(rowsOf(100, sign)), test: csv(rowsOf(50, sign)) },
  });
  const { code, output, failure } = await run(t, 'train', root);
  assert.equal(code, 0, output);
  assert.equal(failure, undefined);
  assert.deepEqual(readdirSync(join(root, 'model')), ['.linnet-explanations.json', 'model_algo-1']);
  const { model, precision, facts } = modelOf(root);
  assert.equal(model.predictorType, 'binary_classifier');
  assert.equal(precision, 'float64');
  assert.equal(facts?.rowCount, 300);
  const { invoke } = await startServe(t, root);
  const reply = await invoke('text/csv', '0.9,0.9\n-0.9,-0.9');
  const [first, second] = JSON.parse(reply.body.toString()).predictions;
  assert.deepEqual([first.predicted_label, second.predicted_label], [1, 0]);
});

test('Beside the model lie its candidates, its coefficients with their errors, and predictions of rows left out', async (t) => {
  const noisy = (a: number, b: number, row: number): number => (a + b + ((row * 37) % 11) / 5 - 1 > 0 ? 1 : 0);
  const hyperparameters = { ...binary, confidence_level: '0.9' };
  const root = makeRoot(t, { hyperparameters, channels: { train: csv(rowsOf(300, noisy)) } });
  const { code, output } = await run(t, 'train', root);
  assert.equal(code, 0, output);
  const read = (name: string): string => readFileSync(join(root, 'output/data', name), 'utf8');
  const linesOf = (name: string): string[] => read(name).trimEnd().split('\n');
  assert.deepEqual(readdirSync(join(root, 'output/data')).sort(), [
    'candidates.csv',
    'coefficients.csv',
    'held-out-predictions.csv',
    'report.json',
    'statistics.json',
  ]);
  const [head = '', first = ''] = linesOf('coefficients.csv');
  assert.match(head, /^feature,name,output,estimate,standard_error,robust_standard_error,statistic,p_value,/);
  assert.match(first, /^0,0,0,\d/);
  assert.equal(linesOf('coefficients.csv').length, 4);
  assert.equal(linesOf('held-out-predictions.csv')[0], 'row,label,score');
  assert.equal(linesOf('held-out-predictions.csv').length, 301);
  const told = JSON.parse(read('statistics.json'));
  assert.equal(told.confidenceLevel, 0.9);
  assert.equal(told.heldOut.method, 'leave-one-out');
  assert.equal(told.inference.covariance.model.length, 9);
  assert.deepEqual(readModelStatistics(readFileSync(join(root, 'model/model_algo-1'))), told);
  // What each feature contributes adds up to the score.
  const { model } = modelOf(root);
  const { means } = told.contributions;
  const [baseline = 0] = baselineOf(model, means);
  const score = contributionsOf(model, means, [0.5, -0.25]).reduce((sum, part) => sum + part, baseline);
  assert.ok(Math.abs(score - (model.bias[0]! + 0.5 * model.weights[0]! - 0.25 * model.weights[1]!)) < 1e-12);
});

/** The service's own metric definitions, which tuning and the console read the log with. */
const metricRegexes: Record<string, RegExp> = {
  'train:progress': /#progress_metric: host=\S+, completed (\S+) %/,
  'train:throughput': /#throughput_metric: host=\S+, train throughput=(\S+) records\/second/,
  'train:objective_loss': /#quality_metric: host=\S+, epoch=\S+, train \S+_objective <loss>=(\S+)/,
  'validation:objective_loss': /#quality_metric: host=\S+, epoch=\S+, validation \S+_objective <loss>=(\S+)/,
  'train:objective_loss:final': /#quality_metric: host=\S+, train \S+_objective <loss>=(\S+)/,
  'validation:objective_loss:final': /#quality_metric: host=\S+, validation \S+_objective <loss>=(\S+)/,
  'test:objective_loss': /#quality_metric: host=\S+, test \S+_objective <loss>=(\S+)/,
  'validation:binary_classification_accuracy':
    /#quality_metric: host=\S+, validation binary_classification_accuracy <score>=(\S+)/,
  'test:binary_f_beta': /#quality_metric: host=\S+, test binary_f_\S+ <score>=(\S+)/,
  'validation:precision': /#quality_metric: host=\S+, validation precision <score>=(\S+)/,
  'test:recall': /#quality_metric: host=\S+, test recall <score>=(\S+)/,
  'test:roc_auc_score': /#quality_metric: host=\S+, test roc_auc_score <score>=(\S+)/,
};

test('In a tuning job the last objective of an epoch is that of the model, and nothing is computed beside it', async (t) => {
  const noisy = (a: number, b: number, row: number): number => (a + b + ((row * 37) % 11) / 5 - 1 > 0 ? 1 : 0);
  const hyperparameters = { ...binary, wd: '0.01', _tuning_objective_metric: 'validation:objective_loss' };
  const root = makeRoot(t, {
    hyperparameters,
    channels: { train: csv(rowsOf(300, noisy)), validation: csv(rowsOf(100, noisy)) },
  });
  const { code, output } = await run(t, 'train', root);
  assert.equal(code, 0, output);
  const last = (regex: RegExp): string | undefined => [...output.matchAll(new RegExp(regex, 'g'))].at(-1)?.[1];
  for (const channel of ['train', 'validation']) {
    const kept = last(metricRegexes[`${channel}:objective_loss:final`]!);
    assert.ok(Number(kept) > 0);
    assert.equal(last(metricRegexes[`${channel}:objective_loss`]!), kept);
  }
  assert.match(output, /Training 1 model\n/);
  assert.ok(!existsSync(join(root, 'output/data/statistics.json')));
});

test('The log carries every metric that the service defines, in the order of the original', async (t) => {
  const root = makeRoot(t, {
    hyperparameters: { ...binary, epochs: '2' },
    channels: { train: csv(rowsOf(100, sign)), validation: csv(rowsOf(50, sign)), test: csv(rowsOf(50, sign)) },
    hosts: ['algo-1'],
  });
  const { output } = await run(t, 'train', root);
  for (const [name, regex] of Object.entries(metricRegexes)) {
    assert.ok(Number.isFinite(Number(regex.exec(output)?.[1])), `${name} is in\n${output}`);
  }
  const lines = output.trimEnd().split('\n');
  let at = -1;
  for (const next of [
    /^\[\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d INFO \d+\] Reading default configuration of Linear Learner: \{"mini_batch_size": "1000", /,
    /\] Merging with provided configuration from .*hyperparameters\.json: \{"predictor_type": "binary_classifier", /,
    /\] Final configuration: \{/,
    /\] Scaling model computed with parameters: \{"stdev_weight": \[/,
    /^#metrics \{"StartTime": \d+\.\d+, "EndTime": \d+\.\d+, "Dimensions": \{"Algorithm": "Linear Learner", "Host": "algo-1", "Operation": "training", "epoch": 0, "model": 0\}, "Metrics": \{"train_binary_classification_cross_entropy_objective": \{"sum": \S+, "count": 1, "min": \S+, "max": \S+\}\}\}$/,
    /^#metrics .*"epoch": 0, "model": 3\}, "Metrics": \{"train_/,
    /\] #quality_metric: host=algo-1, epoch=0, train binary_classification_cross_entropy_objective <loss>=/,
    /^#metrics .*"epoch": 0, "model": 0\}, "Metrics": \{"validation_/,
    /\] #quality_metric: host=algo-1, epoch=0, validation binary_classification_cross_entropy_objective <loss>=/,
    /\] #early_stopping_criteria_metric: host=algo-1, epoch=0, criteria=sampled_accuracy, value=/,
    /\] Epoch 0: Loss improved\. Updating best model$/,
    /\] Saving model for epoch: 0$/,
    /\] #progress_metric: host=algo-1, completed 50\.0 % of epochs$/,
    /^#metrics .*"Meta": "training_data_iter"\}, "Metrics": \{"Total Records Seen": \{"sum": 100\.0, "count": 1, "min": 100, "max": 100\}/,
    /\] #throughput_metric: host=algo-1, train throughput=/,
    /\] #progress_metric: host=algo-1, completed 100\.0 % of epochs$/,
    /\] #validation_score \(algo-1\) : \('binary_classification_cross_entropy_objective', /,
    /\] #quality_metric: host=algo-1, validation binary_f_1\.000 <score>=/,
    /\] Best model found for hyperparameters: \{"optimizer": "adam", "learning_rate": \S+, "l1": [\d.e-]+, "wd": \S+, "lr_scheduler_step": \d+, "lr_scheduler_factor": 0\.99, "lr_scheduler_minimum_lr": (1e-05|0\.0001)\}$/,
    /\] #test_score \(algo-1\) : \(/,
    /\] #quality_metric: host=algo-1, test /,
    /^#metrics .*"Operation": "training"\}, "Metrics": \{"initialize\.time": .*"totaltime": /,
  ]) {
    const found = lines.findIndex((text, index) => index > at && next.test(text));
    assert.ok(found > at, `${next} comes after line ${at + 1} of\n${output}`);
    at = found;
  }
  assert.equal(at, lines.length - 1);
});

test("A channel without content type is RecordIO-protobuf, as Amazon's writer sends it", async (t) => {
  const text = rowsOf(200, line)
    .trimEnd()
    .split('\n')
    .map((row) => row.split(',').map(Number));
  const block = {
    rowCount: text.length,
    featureCount: 2,
    features: Float32Array.from(text.flatMap(([, a, b]) => [a!, b!])),
    labels: Float32Array.from(text.map(([label]) => label!)),
  };
  const root = makeRoot(t, {
    hyperparameters: { predictor_type: 'regressor', feature_dim: '2', mini_batch_size: '20', epochs: '20' },
    channels: { train: { files: { 'matrix_0.pbr': encodeRows(block) } } },
  });
  const { code, output } = await run(t, 'train', root);
  assert.equal(code, 0, output);
  assert.match(output, /Test data is not provided\.$/m);
  const { model } = modelOf(root);
  for (const [index, weight] of [3, -2].entries()) assert.ok(Math.abs(model.weights[index]! - weight) < 0.05);
  assert.ok(Math.abs(model.bias[0]! - 5) < 0.05);
});

test('A multiclass classifier learns three classes', async (t) => {
  const root = makeRoot(t, {
    hyperparameters: { predictor_type: 'multiclass_classifier', num_classes: '3', epochs: '10', mini_batch_size: '20' },
    channels: { train: csv(rowsOf(300, (a, b) => (a > 0.3 ? 2 : b > 0 ? 1 : 0))) },
  });
  const { code, output } = await run(t, 'train', root);
  assert.equal(code, 0, output);
  assert.equal(modelOf(root).model.outputCount, 3);
  assert.match(output, /#train_score \(algo-1\) : \('multiclass_accuracy', /);
});

test('The same job gives the same bytes', async (t) => {
  const content: RootContent = { hyperparameters: binary, channels: { train: csv(rowsOf(200, sign)) } };
  const [first, second] = [makeRoot(t, content), makeRoot(t, content)];
  await run(t, 'train', first);
  await run(t, 'train', second);
  const bytes = (root: string): Buffer => readFileSync(join(root, 'model/model_algo-1'));
  assert.deepEqual(bytes(first), bytes(second));
});

const good = rowsOf(60, sign);
const record = (...values: number[]): Uint8Array =>
  frameRecord(
    encodeRecord({
      features: { values: { kind: 'float32', values } },
      label: { values: { kind: 'float32', values: [1] } },
    }),
  );
const random = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7919 + (i >> 5) * 31) & 255);

const failures: Record<string, { content: RootContent; reason: RegExp }> = {
  'broken hyperparameters': {
    content: { hyperparameters: { ...binary, epochs: '0', n_models: '3' }, channels: { train: csv(good) } },
    reason:
      /^ClientError: 2 hyperparameters are wrong: epochs must be an integer of at least 1, not "0"; "n_models" is not a hyperparameter of Linear Learner, did you mean num_models$/,
  },
  'a missing train channel': {
    content: { hyperparameters: binary, channels: { validation: csv(good) } },
    reason: /^ClientError: Channel "train" is missing: it is required$/,
  },
  'an unknown channel': {
    content: { hyperparameters: binary, channels: { train: csv(good), valid: csv(good) } },
    reason: /^ClientError: Channel "valid" is not one of train, validation, test, model$/,
  },
  'an empty channel': {
    content: { hyperparameters: binary, channels: { train: { contentType: 'text/csv', files: {} } } },
    reason: /^ClientError: Channel "train" has no rows: it has no files$/,
  },
  'an empty validation file': {
    content: { hyperparameters: binary, channels: { train: csv(good), validation: csv('') } },
    reason: /^ClientError: Channel "validation" has no rows: it has one file, which is empty$/,
  },
  'the content type csv': {
    content: { hyperparameters: binary, channels: { train: { contentType: 'csv', files: { a: good } } } },
    reason:
      /^ClientError: No iterator has been registered for ContentType "csv" of channel "train"\. Use text\/csv, application\/x-recordio-protobuf, text\/libsvm, application\/jsonlines or application\/x-parquet$/,
  },
  'CSV without labels': {
    content: {
      hyperparameters: binary,
      channels: { train: { contentType: 'text/csv;label_size=0', files: { a: good } } },
    },
    reason:
      /^ClientError: Channel "train" has ContentType "text\/csv;label_size=0": training needs a label, so it must say label_size=1$/,
  },
  'CSV where RecordIO is expected': {
    content: { hyperparameters: binary, channels: { train: { files: { a: good } } } },
    reason: /^ClientError: "train\/a" is not RecordIO-protobuf .*: it is text; CSV needs the content type text\/csv$/,
  },
  'random bytes as CSV': {
    content: { hyperparameters: binary, channels: { train: { contentType: 'text/csv', files: { a: random } } } },
    reason: /^ClientError: "train\/a" is not CSV text: it holds binary bytes$/,
  },
  'random bytes as RecordIO': {
    content: { hyperparameters: binary, channels: { train: { files: { a: random } } } },
    reason: /^ClientError: "train\/a" is not RecordIO-protobuf .*: it holds binary bytes$/,
  },
  'cut-off RecordIO': {
    content: {
      hyperparameters: binary,
      channels: { train: { files: { a: Buffer.concat([record(1, 2), record(1, 2).subarray(0, 20)]) } } },
    },
    reason: /^ClientError: Record 2 of "train\/a", at byte 52, is cut off: the data end at byte 72$/,
  },
  'a header row': {
    content: { hyperparameters: binary, channels: { train: csv(`label,a,b\n${good}`) } },
    reason:
      /^ClientError: Row 1 of "train\/part-0" is not numeric \("label,a,b.*"\): a header row is not allowed, remove it$/,
  },
  'a ragged row': {
    content: { hyperparameters: binary, channels: { train: csv(`${good}1,2\n`) } },
    reason: /^ClientError: Row 61 of "train\/part-0" has 2 columns, but the rows before have 3$/,
  },
  'a cell that is no number': {
    content: { hyperparameters: binary, channels: { train: csv(`${good}1,2,abc\n`) } },
    reason: /^ClientError: Row 61, column 3 of "train\/part-0": "abc" is not a number$/,
  },
  'a missing value': {
    content: { hyperparameters: binary, channels: { train: csv(`${good}1,,2\n`) } },
    reason:
      /^ClientError: Row 61, column 2 of "train\/part-0" is empty: missing values are not supported, fill them in or leave the row out$/,
  },
  NaN: {
    content: { hyperparameters: binary, channels: { train: csv(`${good}1,nan,2\n`) } },
    reason:
      /^ClientError: Row 61, column 2 of "train\/part-0": "nan" stands for a missing value: missing values are not supported, fill them in or leave the row out$/,
  },
  "a label outside a binary classifier's": {
    content: { hyperparameters: binary, channels: { train: csv(`${good}2,1,1\n`) } },
    reason: /^ClientError: Row 61 of "train\/part-0" has the label 2: binary_classifier needs labels 0 or 1$/,
  },
  'a label beyond num_classes, in validation': {
    content: {
      hyperparameters: { predictor_type: 'multiclass_classifier', num_classes: '3' },
      channels: { train: csv(good), validation: csv('0,1,1\n3,1,1\n') },
    },
    reason:
      /^ClientError: Row 2 of "validation\/part-0" has the label 3: multiclass_classifier with num_classes 3 needs whole numbers from 0 to 2$/,
  },
  'a wrong feature_dim': {
    content: { hyperparameters: { ...binary, feature_dim: '3' }, channels: { train: csv(good) } },
    reason: /^ClientError: Row 1 of "train\/part-0" has 2 features beside its label, but feature_dim is 3$/,
  },
  'a validation channel of another width': {
    content: { hyperparameters: binary, channels: { train: csv(good), validation: csv('1,2\n') } },
    reason: /^ClientError: Row 1 of "validation\/part-0" has 1 feature beside its label, but "train\/part-0" has 2$/,
  },
  'Parquet in Pipe mode': {
    content: {
      hyperparameters: binary,
      channels: { train: { ...csv(good), contentType: 'application/x-parquet', mode: 'Pipe' } },
    },
    reason:
      /^ClientError: Channel "train" has TrainingInputMode Pipe, but Parquet is read from files; use File or FastFile$/,
  },
  'shares of two hosts in pipes': {
    content: {
      hyperparameters: binary,
      channels: { train: { ...csv(good), mode: 'Pipe', distribution: 'ShardedByS3Key' } },
      hosts: ['algo-1', 'algo-2'],
    },
    reason: /^ClientError: Channel "train" is ShardedByS3Key and in Pipe mode, from which the rows of 2 instances/,
  },
  'hyperparameters that are not JSON': {
    content: { hyperparameters: '{', channels: { train: csv(good) } },
    reason: /^ClientError: .*hyperparameters\.json is not valid JSON: /,
  },
};

describe('A job that fails says why', { concurrency: 4 }, () => {
  for (const [what, { content, reason }] of Object.entries(failures)) {
    test(`A job fails with the reason for ${what}`, async (t) => {
      const root = makeRoot(t, content);
      const { code, output, failure = '' } = await run(t, 'train', root);
      assert.match(failure, reason);
      assert.ok(failure.length <= 1024);
      assert.match(output, /ERROR \d+\] Customer Error: /);
      assert.equal(code, 1);
      assert.equal(existsSync(join(root, 'model/model_algo-1')), false);
    });
  }
});

test("A host that cannot keep the model is not the user's fault", async (t) => {
  const root = makeRoot(t, { hyperparameters: binary, channels: { train: csv(good) }, model: {} });
  // A file where the folder should be.
  writeFileSync(join(root, 'model'), '');
  const { code, failure } = await run(t, 'train', root);
  assert.match(failure ?? '', /^InternalServerError: Cannot write the model to ".*model": /);
  assert.equal(code, 1);
});

/** Epochs without end, so that only a stop ends the job. */
const endless = (t: TestContext): string =>
  makeRoot(t, {
    hyperparameters: { ...binary, epochs: '1000000', early_stopping_patience: '1000000' },
    channels: { train: csv(rowsOf(2000, (a, b, row) => (row % 5 === 0 ? 1 - sign(a, b) : sign(a, b)))) },
  });

const said = (child: ReturnType<typeof start>, text: string): Promise<void> =>
  new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes(text)) resolve();
    });
  });

test('SIGTERM ends the training, keeps the best model so far and exits 0', { timeout: 30_000 }, async (t) => {
  const root = endless(t);
  const child = start(t, 'train', root);
  const finished = ended(child, root);
  await said(child, 'epoch=1, train');
  child.kill('SIGTERM');
  const { code, output, failure } = await finished;
  assert.equal(code, 0, output.slice(-2000));
  assert.equal(failure, undefined);
  assert.match(output, /Stop requested/);
  assert.equal(modelOf(root).model.featureCount, 2);
});

test('The program ends with the parent that started it', { timeout: 30_000 }, async (t) => {
  const root = endless(t);
  const child = start(t, 'train', root, { LINNET_STOP_WITH_PARENT: '1' });
  const finished = ended(child, root);
  await said(child, 'epoch=1, train');
  child.stdin?.end();
  assert.equal((await finished).code, 1);
});

test('The breast-cancer job trains on the real data in good time', async (t) => {
  const wdbc = new URL('../../../../samples/datasets/tabular/breast_cancer/wdbc.csv', import.meta.url);
  const rows = readFileSync(wdbc, 'utf8')
    .trimEnd()
    .split('\n')
    .map((row) => row.split(','));
  const text = rows.map(([, diagnosis, ...features]) => [diagnosis === 'M' ? 1 : 0, ...features].join(',')).join('\n');
  const root = makeRoot(t, {
    hyperparameters: {
      feature_dim: '30',
      mini_batch_size: '100',
      predictor_type: 'regressor',
      epochs: '10',
      num_models: '32',
      loss: 'absolute_loss',
    },
    channels: { train: csv(text), validation: csv(text) },
  });
  const { code, output } = await run(t, 'train', root);
  assert.equal(code, 0, output);
  const mae = Number(/#quality_metric: host=algo-1, validation absolute_loss <loss>=(\S+)/.exec(output)?.[1]);
  assert.ok(mae < 0.15, `mean absolute error ${mae}`);
});
