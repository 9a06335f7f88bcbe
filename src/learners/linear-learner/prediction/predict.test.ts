import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashColumns, readNdArrays, sparsifyBlock, writeZip } from '../../../formats/index.ts';
import type { LinearModel } from '../model.ts';
import { readModelFile } from '../model-file/model-file.ts';
import { rawScores } from '../selection/metrics.ts';
import { predict } from './predict.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** `mx-mod-0000.params` of a binary classifier that Amazon trained and published (census income, 14 features). */
const adultParams = Buffer.from(
  `120100000000000000000000000000000200000000000000c9fa93f900000000020000000e0000000000000001000000000000000100000000000000
   000000009a53213dd61503be026f58b281170f3d79f1b43e161c85be3f2378bb31dae7bda759cc3d73cb643f239ea639dcc12d3ae75b0a3dcfdb653c
   c9fa93f9000000000200000001000000000000000100000000000000010000000000000000000000ac5d11c102000000000000000e00000000000000
   6172673a6663305f7765696768740c000000000000006172673a6663305f62696173`.replace(/\s/g, ''),
  'hex',
);

/** The artifact as Amazon laid it out, without any member of ours. */
const adultModelFile = (): Uint8Array =>
  writeZip({
    'additional-params.json': encode(
      '{"predictor_type": "binary_classifier", "loss_type": "logistic", "threshold": 0.46301859617233276, "metrics_params": {"threshold": 0.46301859617233276, "f_beta": 1.0, "accuracy_top_k": 3, "positive_example_weight_mult": 1.0, "class_weights": null, "huber_delta": null, "quantile": null, "margin": null, "loss_insensitivity": null, "eps_insensitive_loss_type": null}}',
    ),
    'mx-mod-symbol.json': encode('{}'),
    'mx-mod-0000.params': adultParams,
    'manifest.json': encode('{"additional-params.json": "json", "mx-mod": "mxnet_module", "version": 1}'),
  });

const adultRows = {
  rowCount: 3,
  featureCount: 14,
  features: Float32Array.from([
    28, 2, 133937, 9, 13, 2, 0, 0, 4, 1, 15024, 0, 55, 37, 43, 2, 72338, 12, 14, 2, 12, 0, 1, 1, 0, 0, 40, 37, 29, 2,
    178610, 15, 10, 0, 7, 4, 4, 0, 0, 0, 21, 37,
  ]),
  labels: new Float64Array(0),
};

test('Scores of a real endpoint come out bit for bit in float32', () => {
  const { model, precision } = readModelFile(adultModelFile());
  assert.equal(precision, 'float32');
  const { scores, labels } = predict(model, precision, adultRows);
  assert.equal(scores[0], 0.9899773597717285);
  assert.equal(scores[1], 0.5041388273239136);
  // Published cut to 15 decimals.
  assert.equal(Math.trunc(scores[2]! * 1e15), 47645717859268);
  assert.deepEqual([...labels!], [1, 1, 0]);
});

test('Doubles give the values that exact arithmetic gives', () => {
  const { model } = readModelFile(adultModelFile());
  const { scores } = predict(model, 'float64', adultRows);
  assert.ok(Math.abs(scores[0]! - 0.9899773656725958) < 1e-15);
  assert.ok(Math.abs(scores[1]! - 0.5041387520105953) < 1e-15);
});

const model = (changes: Partial<LinearModel>): LinearModel => ({
  predictorType: 'regressor',
  loss: 'squared_loss',
  featureCount: 2,
  outputCount: 1,
  weights: Float64Array.of(0.5, -1),
  bias: Float64Array.of(0.25),
  threshold: 0.5,
  metricsParams: {},
  ...changes,
});
const rows = (...values: number[]) => ({
  rowCount: values.length / 2,
  featureCount: 2,
  features: Float32Array.from(values),
  labels: new Float64Array(0),
});

test('A regressor answers its sum and no label, a hinge classifier its sum and a label', () => {
  for (const precision of ['float32', 'float64'] as const) {
    const regression = predict(model({}), precision, rows(1, 2, 3, 0));
    assert.deepEqual([...regression.scores], [-1.25, 1.75]);
    assert.equal(regression.labels, undefined);
    const hinge = predict(
      model({ predictorType: 'binary_classifier', loss: 'hinge_loss' }),
      precision,
      rows(1, 2, 3, 0),
    );
    assert.deepEqual([...hinge.scores], [-1.25, 1.75]);
    assert.deepEqual([...hinge.labels!], [0, 1]);
  }
});

test('A score equal to the threshold is labelled 1', () => {
  const classifier = model({ predictorType: 'binary_classifier', loss: 'logistic', bias: Float64Array.of(0) });
  assert.deepEqual([...predict(classifier, 'float64', rows(0, 0)).labels!], [1]);
});

test('Multiclass scores are a softmax that sums to 1, the label its highest class, the first of equals', () => {
  const classifier = model({
    predictorType: 'multiclass_classifier',
    loss: 'softmax_loss',
    outputCount: 3,
    weights: Float64Array.of(1, 0, 0, 0, 2000, 0),
    bias: Float64Array.of(0, 0, 0),
  });
  for (const precision of ['float32', 'float64'] as const) {
    const { scores, labels } = predict(classifier, precision, rows(1, 0, 0, 1, 0, 0));
    assert.deepEqual([...labels!], [0, 1, 0]);
    assert.deepEqual([...scores.subarray(3, 6)], [0, 1, 0]);
    const e = Math.E;
    assert.ok(Math.abs(scores[0]! - e / (e + 2)) < 1e-7);
    for (let row = 0; row < 3; row++) {
      const sum = scores[3 * row]! + scores[3 * row + 1]! + scores[3 * row + 2]!;
      assert.ok(Math.abs(sum - 1) < 1e-6);
    }
  }
});

test('Both precisions agree to float32 accuracy', () => {
  const number = fc.float({ noNaN: true, min: -100, max: 100 });
  fc.assert(
    fc.property(fc.array(number, { minLength: 4, maxLength: 4 }), ([a, b, c, d]) => {
      const linear = model({ weights: Float64Array.of(a!, b!) });
      const [single, double] = (['float32', 'float64'] as const).map(
        (precision) => predict(linear, precision, rows(c!, d!)).scores[0]!,
      );
      assert.ok(Math.abs(single! - double!) <= 1e-6 * (1 + Math.abs(a! * c!) + Math.abs(b! * d!)));
    }),
  );
});

test('Rows of another width are refused', () => {
  assert.throws(
    () => predict(model({ featureCount: 3, weights: new Float64Array(3) }), 'float64', rows(1, 2)),
    /The rows have 2 features, but the model has 3/,
  );
});

test('The published parameters decode to the published weights', () => {
  const arrays = readNdArrays(adultParams);
  assert.equal(arrays.get('arg:fc0_bias')!.values[0], -9.085369110107422);
  assert.equal(arrays.get('arg:fc0_weight')!.values[9], 0.8937293887138367);
});

test('Sparse rows are scored to the bit as the same rows with their zeros', () => {
  const cell = fc.oneof(fc.constant(0), fc.float({ noNaN: true, min: -100, max: 100 }));
  fc.assert(
    fc.property(
      fc.array(fc.array(cell, { minLength: 6, maxLength: 6 }), { maxLength: 5 }),
      fc.array(fc.float({ noNaN: true, min: -2, max: 2 }), { minLength: 21, maxLength: 21 }),
      fc.constantFrom('float32' as const, 'float64' as const),
      fc.constantFrom(['logistic', 'binary_classifier', 1], ['softmax_loss', 'multiclass_classifier', 3] as const),
      (rows, numbers, precision, [loss, predictorType, outputCount]) => {
        const model = {
          predictorType,
          loss,
          featureCount: 6,
          outputCount,
          weights: Float64Array.from(numbers.slice(0, 6 * Number(outputCount))),
          bias: Float64Array.from(numbers.slice(18, 18 + Number(outputCount))),
          threshold: 0.5,
          metricsParams: {},
        } as LinearModel;
        const dense = {
          rowCount: rows.length,
          featureCount: 6,
          features: Float32Array.from(rows.flat()),
          labels: new Float64Array(0),
        };
        assert.deepEqual(predict(model, precision, sparsifyBlock(dense)), predict(model, precision, dense));
      },
    ),
  );
});

test('A model of hashed columns scores rows of any width, as it did in training', async () => {
  const model: LinearModel = {
    predictorType: 'regressor',
    loss: 'squared_loss',
    featureCount: 64,
    hashBits: 6,
    outputCount: 1,
    weights: Float64Array.from({ length: 64 }, (_, i) => 1 / (i + 1)),
    bias: Float64Array.of(0.25),
    threshold: 0.5,
    metricsParams: {},
  };
  const rows = {
    rowCount: 3,
    featureCount: 2 ** 32,
    rowStart: Uint32Array.of(0, 2, 2, 3),
    columns: Uint32Array.of(5, 2 ** 32 - 1, 2 ** 31),
    values: Float32Array.of(2, -1.5, 3),
    labels: new Float64Array(0),
  };
  const source = {
    name: 'test',
    featureCount: 2 ** 32,
    // biome-ignore lint/correctness/useYield: rows this wide cannot be expanded.
    async *blocks() {
      assert.fail('rows are read as they are stored');
    },
    async *sparseBlocks() {
      yield rows;
    },
  };
  const { scores } = predict(model, 'float64', rows);
  assert.equal(new Set(scores).size, 3);
  assert.equal(scores[1], 0.25, 'a row without values has the score of the intercept');
  for (const rowsOf of [source, hashColumns(source, 6)]) {
    for await (const block of rawScores(model, rowsOf)) assert.deepEqual(block.scores, scores);
  }
  const narrow = { rowCount: 1, featureCount: 6, features: Float32Array.of(0, 0, 0, 0, 0, 2), labels: rows.labels };
  const wide = { ...rows, rowCount: 1, rowStart: Uint32Array.of(0, 1), columns: Uint32Array.of(5) };
  assert.deepEqual(predict(model, 'float64', narrow).scores, predict(model, 'float64', wide).scores);
});
