import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../../base/index.ts';
import { readZip, writeZip } from '../../../formats/index.ts';
import type { LinearModel } from '../model.ts';
import { readModelFile, readModelStatistics, type TrainingFacts, writeModelFile } from './model-file.ts';

const model: LinearModel = {
  predictorType: 'binary_classifier',
  loss: 'logistic',
  featureCount: 2,
  outputCount: 1,
  weights: Float64Array.of(0.5 + 2 ** -40, -1),
  bias: Float64Array.of(0.1),
  threshold: Math.fround(0.4),
  metricsParams: { f_beta: 1, accuracy_top_k: 3, positive_example_weight_mult: 1 },
};
const facts: TrainingFacts = {
  producer: 'linnet',
  rowCount: 569,
  epochsRun: 7,
  best: {
    index: 3,
    optimizer: 'adam',
    learningRate: 0.005,
    l1: 0,
    wd: 1e-4,
    lrSchedulerStep: 10,
    lrSchedulerFactor: 0.99,
    lrSchedulerMinimumLr: 1e-5,
    positiveExampleWeightMult: 1,
  },
  trainMetrics: [{ name: 'mse', kind: 'loss', value: 0.5 }],
};
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

test('A model reads back exactly, doubles and facts included', () => {
  const file = readModelFile(writeModelFile(model, facts));
  assert.deepEqual(file.model.weights, model.weights);
  assert.deepEqual(file.model.bias, model.bias);
  assert.equal(file.model.threshold, model.threshold);
  assert.equal(file.model.loss, 'logistic');
  assert.equal(file.precision, 'float64');
  assert.equal(file.model.range, undefined);
  assert.deepEqual(file.facts, facts);
});

test('Candidates, certificate and statistics survive the file; a file without them has none', () => {
  const told: TrainingFacts = {
    ...facts,
    candidates: [
      { kind: 'streamed', wd: 1e-4, l1: 0, positiveExampleWeightMult: 1, learningRate: 0.005, chosen: false },
      {
        kind: 'solved',
        wd: 1e-3,
        l1: 0,
        positiveExampleWeightMult: 1,
        crossValidation: 0.25,
        gap: 1e-12,
        chosen: true,
      },
    ],
    solved: {
      method: 'Newton',
      objective: 0.2,
      certificate: { kind: 'gradient norm', value: 1e-13, relative: 1e-12, tolerance: 1e-9, reached: true },
      nonZero: 2,
      separable: false,
    },
  };
  const bytes = writeModelFile(model, told, { standardErrors: Float64Array.of(0.25, Number.NaN) });
  assert.deepEqual(readModelFile(bytes).facts, told);
  assert.deepEqual(readModelStatistics(bytes), { standardErrors: [0.25, null] });
  const without = writeModelFile(model, facts);
  assert.deepEqual(readModelFile(without).facts, facts);
  assert.equal(readModelStatistics(without), undefined);
});

test('A model of very many weights keeps its doubles, or of single-precision rows single precision alone', () => {
  const featureCount = 2 ** 20 + 1;
  const weights = Float64Array.from({ length: featureCount }, (_, j) => 1 / (j + 1));
  const wide = { ...model, featureCount, weights };
  const single = writeModelFile({ ...wide, singleRows: true }, facts);
  assert.ok(single.length < 4.5 * featureCount);
  assert.deepEqual(readModelFile(single).model.weights, weights.map(Math.fround));
  assert.equal(readModelFile(single).model.singleRows, true);
  const file = readModelFile(writeModelFile(wide, facts));
  assert.deepEqual([file.model.weights, file.model.bias], [weights, model.bias]);
  assert.deepEqual(file.facts, facts);
  const members = Object.fromEntries(readZip(writeModelFile(wide)));
  members['linnet.f64'] = members['linnet.f64']!.map((byte, at) => (at === 7 ? byte ^ 1 : byte));
  assert.throws(() => readModelFile(writeZip(members)), /"linnet\.f64" and "mx-mod-0000\.params" disagree/);
});

test('A range to which predictions are cut survives the file', () => {
  const range = { low: 0, high: 1 };
  assert.deepEqual(readModelFile(writeModelFile({ ...model, range })).model.range, range);
});

test('Equal models give equal bytes', () => {
  assert.deepEqual(writeModelFile(model, facts), writeModelFile(model, facts));
});

test('The members are those of the original and read as it wrote them', () => {
  const members = readZip(writeModelFile(model));
  assert.deepEqual([...members.keys()].sort(), [
    'additional-params.json',
    'linnet.json',
    'manifest.json',
    'mx-mod-0000.params',
    'mx-mod-symbol.json',
  ]);
  const manifest = text(members.get('manifest.json'));
  assert.equal(manifest, '{"additional-params.json": "json", "mx-mod": "mxnet_module", "version": 1}');
  assert.equal(manifest.length, 74);
  assert.equal(
    text(members.get('additional-params.json')),
    '{"predictor_type": "binary_classifier", "loss_type": "logistic", "threshold": 0.4000000059604645, "metrics_params": {"threshold": 0.4000000059604645, "f_beta": 1.0, "accuracy_top_k": 3, "positive_example_weight_mult": 1.0, "class_weights": null, "huber_delta": null, "quantile": null, "margin": null, "loss_insensitivity": null, "eps_insensitive_loss_type": null}}',
  );
  const symbol = JSON.parse(text(members.get('mx-mod-symbol.json')));
  assert.deepEqual(
    symbol.nodes.map((node: { op: string }) => node.op),
    ['null', 'null', 'dot', 'null', 'broadcast_add', 'null', 'LogisticRegressionOutput'],
  );
  assert.equal(symbol.nodes[1].attrs.__shape__, '(2, 1)');
  assert.deepEqual(symbol.heads, [[6, 0, 0]]);
});

test('The parameters of the minimal model are the bytes that MXNet reads', () => {
  const minimal = { ...model, weights: Float64Array.of(0.5, -1), bias: Float64Array.of(0.25) };
  assert.equal(
    Buffer.from(readZip(writeModelFile(minimal)).get('mx-mod-0000.params')!).toString('hex'),
    `1201000000000000 0000000000000000 0200000000000000
     c9fa93f9 00000000 02000000 0200000000000000 0100000000000000 01000000 00000000 00000000 0000003f 000080bf
     c9fa93f9 00000000 02000000 0100000000000000 0100000000000000 01000000 00000000 00000000 0000803e
     0200000000000000 0e00000000000000 6172673a6663305f776569676874 0c00000000000000 6172673a6663305f62696173`.replace(
      /\s/g,
      '',
    ),
  );
});

test('A model of hashed columns carries its hash, which no older version and no other hash passes for', () => {
  const bytes = writeModelFile({ ...model, featureCount: 4, hashBits: 2, weights: Float64Array.of(1, 0.1, -2, 0) });
  const read = readModelFile(bytes).model;
  assert.deepEqual([read.hashBits, read.featureCount, ...read.weights], [2, 4, 1, 0.1, -2, 0]);
  const members = Object.fromEntries(readZip(bytes));
  const stored = text(members['linnet.json']);
  assert.match(stored, /"format":3/);
  assert.match(stored, /"hash":\{"name":"murmur3_fmix32","feature":"high_bits","sign":"lowest_bit","bits":2\}/);
  const changed = (from: string, to: string) =>
    writeZip({ ...members, 'linnet.json': new TextEncoder().encode(stored.replace(from, to)) });
  assert.throws(() => readModelFile(changed('fmix32', 'x64')), {
    message: 'The hash in "linnet.json" has the name "murmur3_x64": murmur3_fmix32 is known',
  });
  assert.throws(() => readModelFile(changed('"bits":2', '"bits":3')), {
    message: 'The hash in "linnet.json" has 3 bits, but there are weights of 4 features: the file is damaged',
  });
});

test('Every model of every kind survives the file', () => {
  const double = fc.double({ noNaN: true, min: -1e30, max: 1e30 });
  const kinds = fc.constantFrom(['regressor', 'huber_loss', 1], ['multiclass_classifier', 'softmax_loss', 4] as const);
  fc.assert(
    fc.property(kinds, fc.integer({ min: 1, max: 5 }), fc.infiniteStream(double), (kind, featureCount, numbers) => {
      const [predictorType, loss, outputCount] = kind as ['regressor', 'huber_loss', number];
      const take = (count: number): Float64Array =>
        Float64Array.from({ length: count }, () => numbers.next().value + 0);
      const written = {
        ...model,
        predictorType,
        loss,
        featureCount,
        outputCount,
        weights: take(featureCount * outputCount),
        bias: take(outputCount),
      };
      const read = readModelFile(writeModelFile(written)).model;
      assert.deepEqual(
        [read.weights, read.bias, read.predictorType, read.loss],
        [written.weights, written.bias, predictorType, loss],
      );
    }),
  );
});

test('A damaged or foreign file is refused with the member that is wrong', () => {
  const members = Object.fromEntries(readZip(writeModelFile(model, facts)));
  const without = (name: string): Uint8Array => {
    const { [name]: _, ...rest } = members;
    return writeZip(rest);
  };
  const replaced = (name: string, content: string): Uint8Array =>
    writeZip({ ...members, [name]: new TextEncoder().encode(content) });
  const parameters = text(members['additional-params.json']);
  for (const [bytes, message] of [
    [Uint8Array.of(1, 2, 3), /Not a readable zip archive/],
    [without('mx-mod-0000.params'), /no member "mx-mod-0000.params"/],
    [without('additional-params.json'), /no member "additional-params.json"/],
    [replaced('additional-params.json', '{'), /"additional-params.json" of the model file is not valid JSON/],
    [
      replaced('additional-params.json', parameters.replace('binary_classifier', 'k_means')),
      /predictor_type "k_means"/,
    ],
    [replaced('additional-params.json', parameters.replace('binary_', 'multiclass_')), /1 outputs, which does not fit/],
    [
      replaced('linnet.json', text(members['linnet.json']).replace('"format":1', '"format":4')),
      /has the format 4; this version reads 1, 2, 3/,
    ],
    [
      replaced(
        'linnet.json',
        text(members['linnet.json']).replace('"format":1', '"format":1,"expansion":{"degree":2}'),
      ),
      /expansion in "linnet.json" does not fit the weights/,
    ],
    [
      replaced('linnet.json', text(members['linnet.json']).replace('-1]', '-1.5]')),
      /disagree on the weights: the file is damaged/,
    ],
  ] as const) {
    assert.throws(() => readModelFile(bytes), message);
  }
});

test('Every changed byte of a model file gives a model or a DataError', () => {
  const bytes = writeModelFile(model, facts);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
      const copy = bytes.slice();
      copy[at] = byte;
      try {
        readModelFile(copy);
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
