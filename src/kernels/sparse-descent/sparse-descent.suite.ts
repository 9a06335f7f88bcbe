import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeShape, variedModels } from '../descent/descent.suite.ts';
import type { DescentShape, DescentState, SparseDescent, SparseRows } from '../descent/descent.ts';
import { referenceScores, referenceTraining } from '../descent/descent-reference.testing.ts';
import type { LossShape } from '../losses/index.ts';
import { absencePeriod } from './sparse-absence.ts';
import { sparseReferenceTraining } from './sparse-reference.testing.ts';

const scalarLosses: readonly LossShape[] = [
  { kind: 'logistic' },
  { kind: 'squared' },
  { kind: 'absolute' },
  { kind: 'quantile', q: 0.3 },
  { kind: 'huber', delta: 0.7 },
  { kind: 'epsilon-absolute', epsilon: 0.2 },
  { kind: 'epsilon-squared', epsilon: 0.3 },
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
const logistic = scalarLosses[0];

/** What every sparse descent must do, against the lazy rule and against dense training in double precision. */
export function sparseDescentSuite(name: string, open: (shape: DescentShape) => SparseDescent): void {
  for (const loss of [...scalarLosses, softmax(3), softmax(33)]) {
    test(`${name}: ${nameOf(loss)} is trained by the lazy rule, with every rule and penalty, weighted or not`, () => {
      let seed = 1;
      for (const rule of rules) {
        for (const l1Mode of l1Modes) {
          seed += 1;
          const models = variedModels(loss.kind === 'softmax' ? 3 : 4 + seed, { weighted: seed % 2 === 0, l1: 0.02 });
          const shape = makeShape({ featureCount: 40, models, loss, rule, l1Mode, batchRows: 3 });
          agreesWithLazyRule(open, shape, 61, seed);
        }
      }
    });
  }

  for (const count of [1, 2, 4, 5, 8, 15, 17, 32, 47]) {
    test(`${name}: ${count} models agree with the lazy rule whatever the numbers of features and rows`, () => {
      for (const featureCount of [1, 2, 9, 150]) {
        for (const rowCount of [1, 6, 140]) {
          const shape = makeShape({ featureCount, models: variedModels(count, { l1: 0.01 }), batchRows: 23 });
          agreesWithLazyRule(open, shape, rowCount, featureCount + rowCount);
        }
      }
    });
  }

  test(`${name}: without penalties, sparse rows train what the same rows train when they are dense`, () => {
    for (const rule of rules) {
      const models = variedModels(5, {}).map((model) => ({ ...model, decay: 0 }));
      const shape = makeShape({ featureCount: 30, models, rule, batchRows: 4 });
      const rows = sparseRows(shape, 90, 3);
      const { descent, start } = begin(open, shape, 7);
      for (let pass = 0; pass < 3; pass += 1) descent.train(rows);
      const expected = referenceTraining(shape, start, denseOf(rows, 30), rows.y, 3);
      near(descent.read().w, expected.w, 1e-4, rule);
      near(descent.read().b, expected.b, 1e-4, rule);
      descent.close();
    }
  });

  test(`${name}: sgd without momentum trains with l1 exactly what dense rows train`, () => {
    const models = variedModels(6, { l1: 0.03 }).map((model) => ({ ...model, decay: 0 }));
    const shape = makeShape({ featureCount: 30, models, rule: 'sgd', beta1: 0, batchRows: 4 });
    const rows = sparseRows(shape, 90, 3);
    const { descent, start } = begin(open, shape, 7);
    for (let pass = 0; pass < 3; pass += 1) descent.train(rows);
    const { w } = descent.read();
    near(w, referenceTraining(shape, start, denseOf(rows, 30), rows.y, 3).w, 1e-5, 'weights');
    assert.ok(w.includes(0), 'some weights are 0');
    descent.close();
  });

  test(`${name}: all features catch up when a period of updates is full, and training goes on`, () => {
    for (const rule of rules) {
      const shape = makeShape({ featureCount: 50, models: variedModels(5, { l1: 0.002 }), rule, batchRows: 1 });
      assert.equal(absencePeriod(shape), 512);
      const { descent } = agreesWithLazyRule(open, shape, 190, 4, 3);
      descent.close();
    }
  });

  test(`${name}: without a bias the intercepts stay as they were written`, () => {
    const shape = makeShape({ featureCount: 14, models: variedModels(6, {}), useBias: false });
    const { descent, start } = begin(open, shape, 5);
    descent.train(sparseRows(shape, 99, 5));
    assert.deepEqual(descent.read().b, start.b);
    assert.ok(start.b.some((value) => value !== 0));
    descent.close();
  });

  test(`${name}: scores and losses are measured on any rows and change nothing`, () => {
    for (const loss of [...scalarLosses, softmax(4)]) {
      for (const count of [1, 6, 21]) {
        const models = variedModels(count, { weighted: true, l1: 0.01 });
        const shape = makeShape({ featureCount: 60, models, loss, batchRows: 2 });
        const { descent } = begin(open, shape, 3);
        descent.train(sparseRows(shape, 30, 1));
        const state = descent.read();
        descent.takeLosses(new Float64Array(count));
        for (const rowCount of [200, 1, 67, 0]) {
          const rows = sparseRows(shape, rowCount, rowCount);
          const expected = referenceScores(shape, state, denseOf(rows, 60), rows.y);
          const f = new Float32Array(rowCount * descent.K + 1).fill(77);
          descent.scores(rows, f);
          near(f.subarray(0, -1), expected.f, 1e-5, `${loss.kind} scores`);
          assert.equal(f.at(-1), 77, 'what stands behind the scores is left alone');
          const sums = new Float64Array(count).fill(10);
          descent.measure(rows, sums);
          const means = (values: ArrayLike<number>) => Array.from(values, (sum) => sum / Math.max(1, rowCount));
          near(means(sums.map((sum) => sum - 10)), means(expected.losses), 1e-5, loss.kind);
        }
        const none = new Float64Array(count);
        descent.takeLosses(none);
        assert.ok(none.every((sum) => sum === 0));
        sameBytes(descent.read(), state);
        descent.close();
      }
    }
  });

  test(`${name}: rows of very many values among short ones are trained and measured like others`, () => {
    const shape = makeShape({ featureCount: 60_000, models: variedModels(2, {}), batchRows: 3, loss: scalarLosses[1] });
    const { descent } = begin(open, shape, 3);
    const short = sparseRows({ ...shape, featureCount: 50 }, 12, 2);
    const counts = Array.from({ length: 12 }, (_, row) => (row % 5 === 4 ? 40_000 : 3));
    const rows: SparseRows = {
      ...short,
      rowStart: startsOf(counts),
      columns: Uint32Array.from(counts.flatMap((count) => Array.from({ length: count }, (_, at) => at))),
      values: Float32Array.from(counts.flatMap((count) => Array.from({ length: count }, (_, at) => (at % 7) / count))),
    };
    descent.train(rows);
    const state = descent.read();
    const expected = referenceScores(shape, state, denseOf(rows, 60_000), rows.y);
    const f = new Float32Array(24);
    descent.scores(rows, f);
    near(f, expected.f, 1e-4, 'scores');
    const sums = new Float64Array(2);
    descent.measure(rows, sums);
    near(sums, expected.losses, 1e-4, 'losses');
    sameBytes(descent.read(), state);
    descent.close();
  });

  test(`${name}: reading, measuring and how rows are cut into calls leave no trace in later bytes`, () => {
    for (const loss of [logistic, softmax(3)]) {
      for (const rule of rules) {
        const shape = makeShape({ featureCount: 80, models: variedModels(7, { l1: 0.01 }), loss, rule, batchRows: 5 });
        const rows = sparseRows(shape, 170, 8);
        const whole = begin(open, shape, 4).descent;
        const cut = begin(open, shape, 4).descent;
        whole.train(rows);
        for (let from = 0; from < 170; from += 35) {
          cut.train(part(rows, from, Math.min(170, from + 35)));
          cut.read();
          cut.measure(part(rows, 0, 50), new Float64Array(7));
        }
        sameBytes(cut.read(), whole.read());
        whole.close();
        cut.close();
      }
    }
  });

  test(`${name}: a descent that was read and written into another goes on to the byte`, () => {
    for (const rule of rules) {
      for (const loss of [logistic, softmax(3)]) {
        for (const l1Mode of l1Modes) {
          const models = variedModels(7, { l1: 0.01 });
          const shape = makeShape({ featureCount: 90, models, loss, rule, l1Mode, batchRows: 1 });
          const rows = sparseRows(shape, 300, 8);
          const [whole, before] = [begin(open, shape, 4).descent, begin(open, shape, 4).descent];
          const after = open(shape);
          whole.train(rows);
          before.train(rows);
          after.train(part(rows, 0, 50));
          after.write(before.read());
          sameBytes(after.read(), before.read());
          for (let pass = 0; pass < 2; pass += 1) {
            whole.train(rows);
            after.train(rows);
          }
          sameBytes(after.read(), whole.read());
          assert.equal(whole.read().updates, 900);
          for (const descent of [whole, before, after]) descent.close();
        }
      }
    }
  });

  test(`${name}: weights that someone sets in a state that was read are taken`, () => {
    const shape = makeShape({ featureCount: 20, models: variedModels(3, { l1: 0.01 }), batchRows: 2 });
    const { descent } = begin(open, shape, 4);
    descent.train(sparseRows(shape, 40, 2));
    const state = descent.read();
    const w = state.w.map((value, at) => (at < 12 ? at : value));
    descent.write({ ...state, w });
    assert.deepEqual(descent.read().w, w);
    descent.close();
  });

  test(`${name}: a model's bytes do not depend on what stands beside it`, () => {
    for (const loss of [logistic, scalarLosses[1], softmax(5)]) {
      const models = variedModels(39, { weighted: true, l1: 0.004 });
      const all = makeShape({ featureCount: 60, models, loss, batchRows: 9 });
      const wide = trained(open, all, 0);
      for (const [from, to] of [
        [0, 4],
        [3, 9],
        [16, 39],
        [17, 18],
      ]) {
        const part = trained(open, { ...all, models: all.models.slice(from, to) }, from);
        assert.deepEqual(part, wide.slice(from, to), `${loss.kind}, models ${from} to ${to}`);
      }
    }
  });

  test(`${name}: a model that diverges takes no other with it`, () => {
    const models = variedModels(9, {});
    models[2] = { ...models[2], rate: 1e30, floor: 0 };
    const shape = makeShape({ featureCount: 5, models, rule: 'sgd', loss: { kind: 'squared' } });
    const { descent } = begin(open, shape, 2);
    for (let pass = 0; pass < 4; pass += 1) descent.train(sparseRows(shape, 150, 2));
    const sums = new Float64Array(9);
    descent.takeLosses(sums);
    assert.deepEqual(
      [...sums.keys()].filter((model) => !Number.isFinite(sums[model])),
      [2],
    );
    descent.close();
  });

  test(`${name}: columns beyond the number of features are refused before anything is trained`, () => {
    const shape = makeShape({ featureCount: 5, models: variedModels(2, {}) });
    const { descent, start } = begin(open, shape, 1);
    const rows = { ...sparseRows(shape, 1, 1), rowStart: Uint32Array.of(0, 1), columns: Uint32Array.of(5) };
    assert.throws(() => descent.train({ ...rows, values: Float32Array.of(1) }), /number of features/);
    assert.deepEqual(descent.read().w, start.w);
    descent.close();
  });

  test(`${name}: of 2^32 columns only those that occur are kept, and train what they would in few`, () => {
    const wide = makeShape({ featureCount: 2 ** 32, models: variedModels(6, { l1: 0.01 }), batchRows: 4 });
    const columnOf = (feature: number): number => (Math.imul(feature + 1, 0x3c6ef372) ^ (feature << 31)) >>> 0;
    const small = { ...wide, featureCount: 3000 };
    const rows = sparseRows(small, 400, 3);
    const far = { ...rows, columns: rows.columns.map(columnOf) };
    const [near1, wide1] = [open(small), open(wide)];
    for (const [descent, given] of [
      [near1, rows],
      [wide1, far],
    ] as const) {
      descent.train(part(given, 0, 300));
      descent.train(given);
    }
    const state = wide1.read();
    assert.ok(state.columns !== undefined);
    assert.deepEqual([...state.columns].sort(), [...new Set(far.columns)].sort());
    const expected = near1.read();
    const featureOf = new Map(Array.from({ length: 3000 }, (_, feature) => [columnOf(feature), feature]));
    state.columns.forEach((column, slot) => {
      const feature = featureOf.get(column)!;
      near(state.w.subarray(slot * 6, slot * 6 + 6), expected.w.subarray(feature * 6, feature * 6 + 6), 1e-6, 'w');
    });
    const [f, g] = [new Float32Array(6), new Float32Array(6)];
    const unknown = { rowCount: 1, rowStart: Uint32Array.of(0, 2), y: Float32Array.of(1) };
    wide1.scores({ ...unknown, columns: Uint32Array.of(5, far.columns[0]), values: Float32Array.of(9, 1) }, f);
    near1.scores({ ...unknown, columns: Uint32Array.of(2999, rows.columns[0]), values: Float32Array.of(0, 1) }, g);
    near(f, g, 1e-6, 'columns that never occurred count for nothing');
    const resumed = open(wide);
    resumed.write(state);
    resumed.train(far);
    wide1.train(far);
    sameBytes(resumed.read(), wide1.read());
    for (const descent of [near1, wide1, resumed]) descent.close();
  });
}

const nameOf = (loss: LossShape): string => (loss.kind === 'softmax' ? `softmax over ${loss.outputs}` : loss.kind);

/** Trains some passes and compares with the reference. */
function agreesWithLazyRule(
  open: (shape: DescentShape) => SparseDescent,
  shape: DescentShape,
  rowCount: number,
  seed: number,
  passes = 3,
) {
  const { descent, start } = begin(open, shape, seed);
  const rows = sparseRows(shape, rowCount, seed);
  for (let pass = 0; pass < passes; pass += 1) descent.train(rows);
  const expected = sparseReferenceTraining(shape, start, rows, passes);
  const state = descent.read();
  const what = `${shape.loss.kind}, ${shape.rule}, ${shape.l1Mode}, d=${shape.featureCount}, rows=${rowCount}`;
  near(state.w, expected.w, 1e-4, `weights of ${what}`);
  near(state.b, expected.b, 1e-4, `intercepts of ${what}`);
  const sums = new Float64Array(shape.models.length);
  descent.takeLosses(sums);
  near(
    sums.map((sum) => sum / rowCount),
    expected.losses.map((sum) => sum / rowCount),
    1e-4,
    `losses of ${what}`,
  );
  return { descent };
}

/** Opens a descent with small random parameters and moments 0. */
function begin(open: (shape: DescentShape) => SparseDescent, shape: DescentShape, seed: number) {
  const descent = open(shape);
  const random = randomNumbers(seed * 7919 + 13);
  const { updates, b, firstW, firstB, secondW, secondB, w } = descent.read();
  const start: DescentState = { updates, w, b, firstW, firstB, secondW, secondB };
  for (let at = 0; at < w.length; at += 1) w[at] = (random() - 0.5) / 3;
  for (let at = 0; at < b.length; at += 1) b[at] = random() - 0.5;
  descent.write(start);
  return { descent, start };
}

/** Bytes of each model after training; what a model starts from depends on its number alone. */
function trained(open: (shape: DescentShape) => SparseDescent, shape: DescentShape, firstModel: number) {
  const descent = open(shape);
  const { K } = descent;
  const outputs = K / shape.models.length;
  const state = descent.read();
  for (let at = 0; at < state.w.length; at += 1) {
    state.w[at] = Math.sin(1 + firstModel * outputs + (at % K) + 31 * Math.floor(at / K)) / 4;
  }
  descent.write(state);
  const rows = sparseRows(shape, 187, 6);
  descent.train(rows);
  descent.train(rows);
  const after = descent.read();
  const losses = new Float64Array(shape.models.length);
  descent.takeLosses(losses);
  const f = new Float32Array(187 * K);
  descent.scores(rows, f);
  descent.close();
  return shape.models.map((_, model) => {
    const of = (values: Float32Array): number[] =>
      [...values].filter((_value, at) => Math.floor((at % K) / outputs) === model);
    return [of(after.w), of(after.b), of(after.firstW), of(after.secondW), of(f), losses[model]];
  });
}

function sameBytes(a: DescentState, b: DescentState): void {
  assert.equal(a.updates, b.updates);
  for (const key of ['w', 'b', 'firstW', 'firstB', 'secondW', 'secondB', 'laggingW'] as const) {
    assert.deepEqual(new Uint32Array(a[key]!.slice().buffer), new Uint32Array(b[key]!.slice().buffer), key);
  }
  assert.deepEqual(a.seen, b.seen);
  assert.deepEqual(a.columns, b.columns);
}

/** Rows of a few values each, some of none, features of very different frequency; labels that fit the loss. */
export function sparseRows({ featureCount, loss }: DescentShape, rowCount: number, seed: number): SparseRows {
  const random = randomNumbers(seed);
  const columns: number[] = [];
  const rowStart = Uint32Array.from({ length: rowCount + 1 }, (_, row) => {
    if (row === 0) return 0;
    const wanted = row % 9 === 0 ? 0 : 1 + Math.floor(random() * Math.min(6, featureCount));
    const chosen = new Set<number>();
    while (chosen.size < wanted) chosen.add(Math.floor(featureCount * random() ** (chosen.size === 0 ? 3 : 1)));
    columns.push(...[...chosen].sort((a, b) => a - b));
    return columns.length;
  });
  const classes = loss.kind === 'softmax' ? loss.outputs : 2;
  const isReal = !['softmax', 'logistic', 'hinge', 'bounded-absolute'].includes(loss.kind);
  return {
    rowCount,
    rowStart,
    columns: Uint32Array.from(columns),
    values: Float32Array.from(columns, () => 3 * (random() - 0.5)),
    y: Float32Array.from({ length: rowCount }, (_, row) =>
      isReal && row % 5 > 0 ? 4 * (random() - 0.5) : Math.floor(random() * classes),
    ),
  };
}

function startsOf(counts: readonly number[]): Uint32Array {
  const rowStart = new Uint32Array(counts.length + 1);
  for (const [row, count] of counts.entries()) rowStart[row + 1] = rowStart[row] + count;
  return rowStart;
}

const part = ({ rowStart, y, ...rows }: SparseRows, from: number, to: number): SparseRows => ({
  ...rows,
  rowCount: to - from,
  rowStart: rowStart.subarray(from, to + 1),
  y: y.subarray(from, to),
});

function denseOf({ rowCount, rowStart, columns, values }: SparseRows, featureCount: number): Float32Array {
  const x = new Float32Array(rowCount * featureCount);
  for (let row = 0; row < rowCount; row += 1) {
    for (let at = rowStart[row]; at < rowStart[row + 1]; at += 1) x[row * featureCount + columns[at]] = values[at];
  }
  return x;
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
