import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RowBlock } from '../../../formats/index.ts';
import { seededRandom } from '../../rows/random.ts';
import { blockOf, makeSettings, quietObserver, sourceOf, sparseSourceOf } from '../fit.testing.ts';
import { fitLinearLearner } from '../fit.ts';
import { readModelFile, writeModelFile } from '../model-file/model-file.ts';
import { predict } from '../prediction/predict.ts';
import { evaluateLinearModel } from '../selection/metrics.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { expandedSource } from './expanded-source.ts';
import { type Expansion, expandedFeatureCount, expandedFeatureNames } from './expansion.ts';

const fit = (rows: RowBlock, changes: Partial<LinearLearnerSettings>) =>
  fitLinearLearner(makeSettings(changes), { train: sourceOf(rows, 100) }, quietObserver, { nowMs: () => 0 });

const mseOf = (metrics: readonly { name: string; value: number }[]): number =>
  metrics.find(({ name }) => name === 'mse')!.value;

test('Terms stand in the order of their names, whatever the blocks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 4 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('none' as const, 'all' as const, [[0, 2] as const], [[1, 2] as const, [0, 1] as const]),
      fc.integer({ min: 1, max: 7 }),
      async (rows, degree, interactions, blockRows) => {
        const centre = Float64Array.of(1, 0, -2);
        const factor = Float64Array.of(0.5, 1, 2);
        const source = expandedSource(sourceOf(blockOf(rows), blockRows), { degree, interactions, centre, factor });
        const names = expandedFeatureNames(3, { degree, interactions });
        assert.equal(source.featureCount, names.length);
        let row = 0;
        for await (const block of source.blocks()) {
          for (let r = 0; r < block.rowCount; r += 1, row += 1) {
            const [label, ...x] = rows[row]!;
            assert.equal(block.labels[r], label);
            const z = x.map((value, j) => (value - centre[j]!) * factor[j]!);
            const due = names.map((name) => {
              const [first, power] = name.split('^').map(Number);
              if (power !== undefined) return z[first!]! ** power;
              const pair = name.split(':').map(Number);
              return pair.length === 2 ? z[pair[0]!]! * z[pair[1]!]! : x[pair[0]!]!;
            });
            const from = r * names.length;
            assert.deepEqual(
              block.features.slice(from, from + names.length).map((value) => value + 0),
              Float32Array.from(due, (value) => value + 0),
            );
          }
        }
        assert.equal(row, rows.length);
      },
    ),
    { numRuns: 50 },
  );
});

test('Blocks stay small: a table of all pairs of 500 features never stands in memory', async () => {
  const d = 500;
  const rows = {
    rowCount: 50,
    featureCount: d,
    features: new Float32Array(50 * d).fill(1),
    labels: new Float64Array(50),
  };
  const zeros = new Float64Array(d);
  const source = expandedSource(sourceOf(rows), { degree: 2, interactions: 'all', centre: zeros, factor: zeros });
  assert.equal(source.featureCount, 1000 + (500 * 499) / 2);
  const memories = new Set<ArrayBufferLike>();
  let blocks = 0;
  for await (const { features } of source.blocks()) {
    memories.add(features.buffer);
    blocks += 1;
    assert.ok(features.buffer.byteLength <= 4 * source.featureCount);
  }
  assert.deepEqual([blocks, memories.size], [50, 1]);
});

test('Doubles are expanded as doubles', async () => {
  const rows = {
    rowCount: 1,
    featureCount: 2,
    features: Float64Array.of(1 / 3, 0.1),
    labels: Float64Array.of(0.7),
  };
  const source = {
    name: 'train',
    featureCount: 2,
    async *blocks() {
      yield rows;
      yield { ...rows, features: Float32Array.of(0.5, 0.25), base: Float64Array.of(1 / 3 - 0.5, 0.1 - 0.25) };
    },
  };
  const expansion: Expansion = {
    degree: 1,
    interactions: 'all',
    centre: new Float64Array(2),
    factor: new Float64Array(2).fill(1),
  };
  for await (const { features, base } of expandedSource(source, expansion).blocks()) {
    assert.deepEqual([features.constructor, base], [Float64Array, undefined]);
    for (const [at, value] of [1 / 3, 0.1, 0.1 / 3].entries()) assert.ok(Math.abs(features[at]! - value) < 1e-16);
  }
});

test('A declaration that the rows cannot follow is refused with pair, value and limit', async () => {
  assert.throws(() => expandedFeatureCount(4, { degree: 1, interactions: [[0, 4]] }), {
    message: 'interactions has the pair 0:4, but the rows have the features 0 to 3',
  });
  assert.throws(() => expandedFeatureCount(2000, { degree: 3, interactions: 'all' }), {
    message: 'polynomial_degree 3 and 1999000 interactions make 2005000 features of 2000; at most 1048576 are allowed',
  });
  const sparse = sparseSourceOf(blockOf([[1, 2, 0]]));
  await assert.rejects(
    fitLinearLearner(makeSettings({ polynomialDegree: 2 }), { train: sparse }, quietObserver, { nowMs: () => 0 }),
    { message: 'The train channel has sparse rows: polynomial_degree above 1 and interactions need dense ones' },
  );
});

test('A channel of another width than the training rows is refused', () => {
  const expansion = {
    degree: 2,
    interactions: 'none',
    centre: new Float64Array(2),
    factor: new Float64Array(2),
  } as const;
  assert.throws(() => expandedSource(sourceOf(blockOf([[1, 2, 3, 4]])), expansion), {
    message: 'The rows of the train channel have 3 features, but powers and products are of 2',
  });
});

const random = seededRandom(7);
const noise = (): number => random() - 0.5;

for (const mean of [0, 1000, 20110101]) {
  test(`A curved surface is learned from features about ${mean}, and served from the model file`, async () => {
    const surface = (x: readonly number[]): number => 3 * x[0]! - x[1]! + 2 * x[0]! * x[1]! + 4 * x[1]! ** 2;
    const rows = Array.from({ length: 400 }, () => {
      const x = [Math.round(40 * noise()) * 2, Math.round(40 * noise()) * 2];
      return [surface(x), x[0]! + mean - (mean % 2), x[1]! + mean - (mean % 2)];
    });
    const block = blockOf(rows);
    const { model, trainMetrics } = await fit(block, { polynomialDegree: 2, interactions: [[0, 1]], wd: 1e-9 });
    const spread = block.labels.reduce((sum, label) => sum + label ** 2, 0) / 400;
    assert.ok(mseOf(trainMetrics) < 1e-6 * spread, `${mseOf(trainMetrics)} of ${spread}`);
    assert.deepEqual([model.featureCount, model.weights.length], [2, 5]);

    const read = readModelFile(writeModelFile(model));
    assert.deepEqual({ ...read.model, metricsParams: model.metricsParams }, model);
    const { scores } = predict(read.model, read.precision, block);
    const mse = block.labels.reduce((sum, label, row) => sum + (label - scores[row]!) ** 2, 0) / 400;
    assert.ok(mse < 1e-6 * spread);
    assert.ok(Math.abs(mseOf(await evaluateLinearModel(model, sourceOf(block))) - mse) < 1e-7 * spread);
    const narrow = { rowCount: 1, featureCount: 5, features: new Float32Array(5), labels: new Float64Array(0) };
    assert.throws(() => predict(model, 'float64', narrow), {
      message: 'The rows have 5 features, but the model has 2',
    });
  });
}

test('Streamed models learn the same interaction', async () => {
  const rows = Array.from({ length: 3000 }, () => {
    const x = [noise(), noise(), 7];
    return [x[0]! * x[1]! > 0 ? 1 : 0, ...x];
  });
  const changes = {
    predictorType: 'binary_classifier',
    optimizer: 'adam',
    exact: false,
    epochs: 10,
    learningRate: 0.05,
  } as const;
  const accuracy = async (more: Partial<LinearLearnerSettings>): Promise<number> =>
    (await fit(blockOf(rows), { ...changes, ...more })).trainMetrics.find(({ name }) => name.endsWith('accuracy'))!
      .value;
  // A line and a cut get three of the four quadrants right at best.
  assert.ok((await accuracy({})) < 0.76);
  assert.ok((await accuracy({ interactions: 'all' })) > 0.95);
});

test('Without an intercept nothing is centred: no term smuggles a constant in', async () => {
  const rows = Array.from({ length: 100 }, () => [random(), 5 + noise(), 9 + noise()]);
  const { model } = await fit(blockOf(rows), { useBias: false, polynomialDegree: 3, interactions: 'all' });
  assert.deepEqual(model.expansion!.centre, new Float64Array(2));
  assert.deepEqual(model.bias, new Float64Array(1));
  const origin = { rowCount: 1, featureCount: 2, features: new Float32Array(2), labels: new Float64Array(0) };
  assert.deepEqual(predict(model, 'float64', origin).scores, Float64Array.of(0));
});
