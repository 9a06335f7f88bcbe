import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LossShape } from '../losses/index.ts';
import type { Descent, DescentModel, DescentShape, DescentState } from './descent.ts';
import { referenceScores, referenceTraining } from './descent-reference.testing.ts';

const scalarLosses: readonly LossShape[] = [
  { kind: 'squared' },
  { kind: 'absolute' },
  { kind: 'quantile', q: 0.31 },
  { kind: 'huber', delta: 0.7 },
  { kind: 'epsilon-absolute', epsilon: 0.2 },
  { kind: 'epsilon-squared', epsilon: 0.3 },
  { kind: 'logistic' },
  { kind: 'hinge', margin: 1.4 },
  { kind: 'bounded-absolute', low: 0, high: 1 },
];
const softmax = (outputs: number): LossShape => ({
  kind: 'softmax',
  outputs,
  classWeight: Float64Array.from({ length: outputs }, (_, k) => 0.5 + (k % 3) / 2),
});
const rules = ['adam', 'sgd', 'rmsprop'] as const;
const l1Modes = ['proximal', 'subgradient'] as const;

/** What every descent must do, against the definitions written down once more in double precision. */
export function descentSuite(name: string, open: (shape: DescentShape) => Descent): void {
  for (const loss of scalarLosses) {
    test(`${name}: ${loss.kind} loss is trained as defined by every rule and l1 mode, weighted or not`, () => {
      let seed = 1;
      for (const rule of rules) {
        for (const l1Mode of l1Modes) {
          for (const weighted of [false, true]) {
            seed += 1;
            const models = variedModels(5 + seed * 3, { weighted, l1: 0.02 });
            agreesWithReference(open, makeShape({ featureCount: 7, models, loss, rule, l1Mode }), 133, seed);
          }
        }
      }
    });
  }

  for (const [models, outputs] of [
    [1, 3],
    [2, 5],
    [4, 3],
    [28, 7],
    [3, 33],
  ] as const) {
    test(`${name}: softmax of ${models} models over ${outputs} classes is trained as defined, classes weighted`, () => {
      for (const rule of rules) {
        const shape = makeShape({
          featureCount: 6,
          models: variedModels(models, { l1: 0.01 }),
          loss: softmax(outputs),
          rule,
        });
        agreesWithReference(open, shape, 90, models);
      }
    });
  }

  for (const count of [1, 2, 3, 4, 5, 8, 15, 16, 17, 20, 28, 32, 47]) {
    test(`${name}: ${count} models agree with the definitions whatever the numbers of features and rows`, () => {
      for (const featureCount of [1, 2, 3, 5, 8, 13, 31, 53]) {
        const shape = makeShape({
          featureCount,
          models: variedModels(count, {}),
          rule: 'sgd',
          batchRows: 70,
          chunkRows: 140,
        });
        for (const rowCount of [1, 6, 61, 139]) agreesWithReference(open, shape, rowCount, featureCount);
      }
    });
  }

  test(`${name}: without a bias the intercepts stay as they were written`, () => {
    const shape = makeShape({ featureCount: 4, models: variedModels(6, {}), useBias: false });
    const { state } = agreesWithReference(open, shape, 99, 5);
    assert.ok(state.b.some((value) => value !== 0));
  });

  test(`${name}: scores and losses are measured on any number of rows and change nothing`, () => {
    for (const loss of [...scalarLosses, softmax(4)]) {
      for (const count of [1, 2, 6, 21, 24]) {
        const shape = makeShape({ featureCount: 9, models: variedModels(count, { weighted: true }), loss });
        const descent = open(shape);
        const state = startState(descent, shape, 3);
        descent.write(state);
        for (const rowCount of [200, 1, 67]) {
          const { x, y } = fillRows(descent, shape, rowCount, rowCount);
          const expected = referenceScores(shape, state, x, y);
          const f = new Float32Array(rowCount * descent.K + 1).fill(77);
          descent.scores(rowCount, f);
          near(f.subarray(0, -1), expected.f, 1e-5, `${loss.kind} scores`);
          assert.equal(f.at(-1), 77, 'what stands behind the scores is left alone');
          const sums = new Float64Array(count).fill(10);
          descent.measure(rowCount, sums);
          near(
            sums.map((sum) => (sum - 10) / rowCount),
            expected.losses.map((sum) => sum / rowCount),
            1e-5,
            loss.kind,
          );
        }
        const none = new Float64Array(count);
        descent.takeLosses(none);
        assert.ok(none.every((sum) => sum === 0));
        assert.deepEqual(descent.read(), state);
        descent.close();
      }
    }
  });

  test(`${name}: logistic losses of far and of diverging scores are those of the formula`, () => {
    const shape = makeShape({ featureCount: 1, models: variedModels(4, {}), chunkRows: 200 });
    const descent = open(shape);
    const state = startState(descent, shape, 1);
    state.w.set([1000, -1000, 1, Number.NaN]);
    state.b.fill(0);
    descent.write(state);
    const xs = Array.from({ length: 150 }, (_, row) => Math.fround(row / 50 - 1.7));
    descent.x.set(xs);
    descent.y.set(xs.map((_, row) => row % 2));
    const sums = new Float64Array(4);
    descent.measure(xs.length, sums);
    [1000, -1000, 1].forEach((w, k) => {
      const exact = xs.reduce((sum, x, row) => {
        const v = row % 2 === 1 ? -w * x : w * x;
        return sum + Math.max(0, v) + Math.log1p(Math.exp(-Math.abs(v)));
      }, 0);
      assert.ok(Math.abs(sums[k] / exact - 1) < 1e-6, `${sums[k]} for ${exact}`);
    });
    assert.ok(Number.isNaN(sums[3]));
    descent.close();
  });

  test(`${name}: a descent that was read and written into another goes on to the byte`, () => {
    for (const rule of rules) {
      for (const loss of [scalarLosses[6], softmax(3)]) {
        const shape = makeShape({ featureCount: 11, models: variedModels(7, { l1: 0.01 }), loss, rule });
        const [whole, before, after] = [open(shape), open(shape), open(shape)];
        const start = startState(whole, shape, 4);
        for (const descent of [whole, before]) descent.write(start);
        for (const descent of [whole, before, after]) fillRows(descent, shape, 170, 8);
        whole.train(170);
        before.train(170);
        after.write(before.read());
        whole.train(170);
        after.train(170);
        sameBytes(after.read(), whole.read());
        assert.equal(whole.read().updates, 2 * Math.ceil(170 / shape.batchRows));
        for (const descent of [whole, before, after]) descent.close();
      }
    }
  });

  test(`${name}: a model's bytes do not depend on what stands beside it, from two columns on`, () => {
    for (const loss of [scalarLosses[6], scalarLosses[0], softmax(5)]) {
      for (const l1Mode of l1Modes) {
        const all = makeShape({ featureCount: 13, models: variedModels(39, { weighted: true }), loss, l1Mode });
        const wide = trained(open, all, (model) => model);
        for (const [from, to] of [
          [0, 2],
          [5, 8],
          [3, 9],
          [16, 39],
          [17, 37],
        ]) {
          const part = trained(open, { ...all, models: all.models.slice(from, to) }, (model) => from + model);
          assert.deepEqual(part, wide.slice(from, to), `${loss.kind}, models ${from} to ${to}`);
        }
      }
    }
  });

  test(`${name}: a model that diverges takes no other with it`, () => {
    const models = variedModels(9, {});
    models[2] = { ...models[2], rate: 1e30, floor: 0 };
    const shape = makeShape({ featureCount: 5, models, rule: 'sgd', loss: { kind: 'squared' } });
    const descent = open(shape);
    descent.write(startState(descent, shape, 2));
    fillRows(descent, shape, 150, 2);
    descent.train(150);
    const sums = new Float64Array(9);
    descent.takeLosses(sums);
    assert.deepEqual(
      [...sums.keys()].filter((model) => !Number.isFinite(sums[model])),
      [2],
    );
    descent.close();
  });

  test(`${name}: features that are always 0 leave no denormal moments behind`, () => {
    const models = variedModels(5, {}).map((model) => ({ ...model, decay: 0, l1: 0 }));
    const shape = makeShape({ featureCount: 3, models, batchRows: 1, beta1: 0.5, beta2: 0.5 });
    const descent = open(shape);
    const start = startState(descent, shape, 1);
    descent.write({ ...start, firstW: start.firstW.fill(1), secondW: start.secondW.fill(1) });
    descent.y.fill(1);
    descent.train(200);
    const { firstW, secondW } = descent.read();
    for (const moments of [firstW, secondW]) assert.ok(moments.every((value) => value === 0));
    descent.close();
  });
}

export function makeShape(given: Partial<DescentShape> & Pick<DescentShape, 'featureCount' | 'models'>): DescentShape {
  return {
    loss: { kind: 'logistic' },
    rule: 'adam',
    beta1: 0.9,
    beta2: 0.999,
    l1Mode: 'proximal',
    useBias: true,
    biasRateMult: 1.5,
    batchRows: 50,
    chunkRows: 200,
    ...given,
  };
}

/** Models that differ in all they have. */
export const variedModels = (count: number, { weighted = false, l1 = 0 }): DescentModel[] =>
  Array.from({ length: count }, (_, m) => ({
    rate: 0.01 * (1 + m / count),
    factor: 0.8,
    every: m % 3 === 0 ? Number.POSITIVE_INFINITY : 1 + (m % 4),
    floor: m % 5 === 0 ? 1 : 0.007,
    decay: m % 2 === 0 ? 0 : 0.02,
    biasDecay: m % 4 === 0 ? 0.01 : 0,
    l1: m % 3 === 1 ? l1 : 0,
    positiveWeight: weighted ? 0.5 + (m % 7) / 3 : 1,
  }));

/** Trains three passes and compares with the reference. */
function agreesWithReference(
  open: (shape: DescentShape) => Descent,
  shape: DescentShape,
  rowCount: number,
  seed: number,
) {
  const descent = open(shape);
  const start = startState(descent, shape, seed);
  descent.write(start);
  const { x, y } = fillRows(descent, shape, rowCount, seed);
  const passes = 3;
  for (let pass = 0; pass < passes; pass += 1) descent.train(rowCount);
  const expected = referenceTraining(shape, start, x, y, passes);
  const state = descent.read();
  const what = `${shape.loss.kind}, ${shape.rule}, ${shape.l1Mode}, d=${shape.featureCount}, rows=${rowCount}`;
  // Adam divides a slope near 0 by itself, rounding and all.
  const tolerance = shape.rule === 'adam' ? 1e-4 : 2e-5;
  near(state.w, expected.w, tolerance, `weights of ${what}`);
  near(state.b, expected.b, tolerance, `intercepts of ${what}`);
  const sums = new Float64Array(shape.models.length);
  descent.takeLosses(sums);
  near(
    sums.map((sum) => sum / rowCount),
    expected.losses.map((sum) => sum / rowCount),
    3e-5,
    `losses of ${what}`,
  );
  descent.close();
  return { state };
}

/** Bytes of each model after training; what a model starts from depends on its number alone. */
function trained(open: (shape: DescentShape) => Descent, shape: DescentShape, numberOf: (model: number) => number) {
  const descent = open(shape);
  const { K } = descent;
  const outputs = K / shape.models.length;
  const state = descent.read();
  for (let at = 0; at < state.w.length; at += 1) {
    const column = at % K;
    const number = numberOf(Math.floor(column / outputs)) * outputs + (column % outputs);
    state.w[at] = Math.sin(1 + number + 31 * Math.floor(at / K)) / 4;
  }
  descent.write(state);
  fillRows(descent, shape, 187, 6);
  descent.train(187);
  descent.train(187);
  const after = descent.read();
  const losses = new Float64Array(shape.models.length);
  descent.takeLosses(losses);
  const f = new Float32Array(90 * K);
  descent.scores(90, f);
  descent.close();
  return shape.models.map((_, model) => {
    const columns = Array.from({ length: outputs }, (_unused, k) => model * outputs + k);
    const of = (values: Float32Array): number[] => [...values].filter((_value, at) => columns.includes(at % K));
    return [of(after.w), of(after.b), of(after.firstW), of(after.secondW), of(f), losses[model]];
  });
}

export function sameBytes(a: DescentState, b: DescentState): void {
  assert.equal(a.updates, b.updates);
  for (const key of ['w', 'b', 'firstW', 'firstB', 'secondW', 'secondB'] as const) {
    assert.deepEqual(new Uint32Array(a[key].slice().buffer), new Uint32Array(b[key].slice().buffer), key);
  }
}

/** Small random parameters, moments 0. */
export function startState(descent: Descent, shape: DescentShape, seed: number): DescentState {
  const random = randomNumbers(seed * 7919 + 13);
  const state = descent.read();
  for (let at = 0; at < state.w.length; at += 1) state.w[at] = (random() - 0.5) / Math.sqrt(shape.featureCount);
  for (let at = 0; at < state.b.length; at += 1) state.b[at] = random() - 0.5;
  return state;
}

/** Writes rows of random cells and labels that fit the loss; returns copies. */
export function fillRows(descent: Descent, shape: DescentShape, rowCount: number, seed: number) {
  const random = randomNumbers(seed);
  const { featureCount: d, loss } = shape;
  for (let at = 0; at < rowCount * d; at += 1) descent.x[at] = 3 * (random() - 0.5);
  const classes = loss.kind === 'softmax' ? loss.outputs : 2;
  const isReal = !['softmax', 'logistic', 'hinge', 'bounded-absolute'].includes(loss.kind);
  for (let row = 0; row < rowCount; row += 1) {
    descent.y[row] = isReal && row % 5 > 0 ? 4 * (random() - 0.5) : Math.floor(random() * classes);
  }
  return { x: descent.x.slice(0, rowCount * d), y: descent.y.slice(0, rowCount) };
}

function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length);
  for (let at = 0; at < expected.length; at += 1) {
    const distance = Math.abs(actual[at] - expected[at]) / Math.max(1, Math.abs(expected[at]));
    assert.ok(distance <= tolerance, `${what}: ${actual[at]} for ${expected[at]} at ${at}`);
  }
}
