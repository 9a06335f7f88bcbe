import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LossShape } from '../losses/index.ts';
import type { Design } from './design.ts';

export interface DesignRows {
  x: Float64Array;
  rowCount: number;
  featureCount: number;
}

/** Makes a design of rows; their cells are small multiples of 1/8, so that single precision holds them exactly. */
export type MakeDesign = (rows: DesignRows) => Design;

/**
 * What every design must do: agree with its definition, written here as plain double sums. `tolerance` is the largest
 * error as a share of the sum of the terms' absolute values.
 */
export function designSuite(name: string, make: MakeDesign, tolerance: number): void {
  const shapes = [
    [0, 1],
    [1, 1],
    [3, 2],
    [7, 3],
    [33, 5],
    [64, 8],
    [65, 30],
    [301, 4],
  ] as const;

  for (const [rowCount, featureCount] of shapes) {
    test(`${name}: scores, gradient and gram of ${rowCount} x ${featureCount} are sums over the rows`, () => {
      const rows = rowsOf(rowCount, featureCount);
      const design = make(rows);
      assert.deepEqual([design.rowCount, design.featureCount], [rowCount, featureCount]);
      for (const K of [1, 2, 5]) agreesOnProducts(design, rows, K, tolerance);
      const c = Float64Array.from({ length: rowCount }, (_, row) => (row % 3 === 0 ? 0 : Math.abs(cell(row, 1)) + 0.5));
      const size = featureCount + 1;
      const h = new Float64Array(size * size).fill(77);
      design.gram(c, h);
      for (let i = 0; i < size; i += 1) {
        for (let j = 0; j <= i; j += 1) {
          isSum(h[i * size + j], rowCount, (row) => c[row] * at(rows, row, i) * at(rows, row, j), tolerance);
        }
      }
      design.close();
    });
  }

  test(`${name}: weights of a gram may be below 0`, () => {
    const rows = rowsOf(9, 2);
    const design = make(rows);
    const c = Float64Array.from({ length: 9 }, (_, row) => cell(row, 3));
    const h = new Float64Array(9);
    design.gram(c, h);
    isSum(h[3], 9, (row) => c[row] * at(rows, row, 1) * at(rows, row, 0), tolerance);
  });

  test(`${name}: picked rows, in their order and more than once, are a design of their own`, () => {
    const rows = rowsOf(20, 3);
    const design = make(rows);
    const picked = Uint32Array.of(19, 4, 4, 0, 7);
    const few = design.pick(picked);
    design.close();
    const x = Float64Array.from({ length: picked.length * 3 }, (_, place) =>
      at(rows, picked[Math.floor(place / 3)], place % 3),
    );
    assert.equal(few.rowCount, picked.length);
    agreesOnProducts(few, { x, rowCount: picked.length, featureCount: 3 }, 1, tolerance);
    few.close();
  });

  test(`${name}: rows that are read, in their order and more than once, are their features`, () => {
    for (const featureCount of [1, 3, 8, 9]) {
      const rows = rowsOf(20, featureCount);
      const design = make(rows);
      const named = Uint32Array.of(19, 4, 4, 0, 7);
      const features = design.read?.(named);
      const own = Float32Array.from({ length: named.length * featureCount }, (_, place) =>
        at(rows, named[Math.floor(place / featureCount)], place % featureCount),
      );
      if (features !== undefined) assert.deepEqual([...features], [...own]);
      assert.deepEqual([...(design.read?.(new Uint32Array(0)) ?? [])], []);
      design.close();
    }
  });

  test(`${name}: selected features, where that can be done, are a design of their own`, () => {
    for (const features of [
      Uint32Array.of(4, 0, 7),
      new Uint32Array(),
      Uint32Array.from({ length: 17 }, (_, at) => (at * 5) % 9),
    ]) {
      const rows = rowsOf(21, 9);
      const design = make(rows);
      const few = design.select?.(features);
      if (few === undefined) return;
      design.close();
      const x = Float64Array.from({ length: 21 * features.length }, (_, place) =>
        at(rows, Math.floor(place / features.length), features[place % features.length]),
      );
      assert.deepEqual([few.rowCount, few.featureCount], [21, features.length]);
      agreesOnProducts(few, { x, rowCount: 21, featureCount: features.length }, 1, tolerance);
      few.close();
    }
  });

  test(`${name}: a sweep gives the same again, whatever was computed in between, and something else for other labels`, () => {
    const design = make(rowsOf(301, 4));
    const theta = Float64Array.of(0.5, -0.25, 0.125, 1, -0.5);
    const labels = Float64Array.from({ length: 301 }, (_, row) => Number(cell(row, 9) > 0));
    const others = Float32Array.from(labels, (label) => 1 - label);
    const swept = (given: Float32Array | Float64Array) =>
      design.sweep?.({ loss: { kind: 'logistic' }, theta, labels: given, positiveWeight: 3, width: 0, gram: false });
    const first = swept(labels);
    assert.notDeepEqual(swept(others) ?? null, first);
    assert.deepEqual(swept(labels), first);
    const values = new Float64Array(2 * 301).fill(0.5);
    const between = [
      () => design.scores(theta, 1, values),
      () => design.gradient(values.subarray(0, 301), 1, theta.slice()),
      () => design.gradient(values, 2, new Float64Array(10)),
      () => design.gram(values.subarray(0, 301), new Float64Array(25)),
      () => design.pick(Uint32Array.of(3, 4)).close(),
    ];
    for (const compute of between) {
      compute();
      assert.deepEqual(swept(labels), first);
    }
    design.close();
  });

  for (const loss of smoothLosses) {
    test(`${name}: a sweep with ${loss.kind} loss, where there is one, is what the single calls give`, () => {
      const rows = rowsOf(301, 4);
      const design = make(rows);
      const theta = Float64Array.of(0.5, -0.25, 0.125, 1, -0.5);
      const labels = Float64Array.from({ length: 301 }, (_, row) => Number(cell(row, 9) > 0));
      const swept = design.sweep?.({ loss, theta, labels, positiveWeight: 3, width: 0, gram: true });
      if (swept === undefined) return;
      const f = new Float64Array(301);
      design.scores(theta, 1, f);
      let value = 0;
      const slopes = new Float64Array(301);
      const bends = new Float64Array(301);
      for (let row = 0; row < 301; row += 1) {
        const weight = labels[row] === 1 ? 3 : 1;
        const p = 1 / (1 + Math.exp(-f[row]));
        const e = f[row] - labels[row];
        const isSquare = loss.kind === 'squared';
        value += weight * (isSquare ? e ** 2 / 2 : Math.log(1 + Math.exp(f[row])) - labels[row] * f[row]);
        slopes[row] = weight * (isSquare ? e : p - labels[row]);
        bends[row] = weight * (isSquare ? 1 : p * (1 - p));
      }
      const g = new Float64Array(5);
      const h = new Float64Array(25);
      design.gradient(slopes, 1, g);
      design.gram(bends, h);
      near(swept.value, value, value, 10 * tolerance);
      g.forEach((expected, j) => {
        near(swept.gradient[j], expected, 301, 10 * tolerance);
      });
      for (let i = 0; i < 5; i += 1) {
        for (let j = 0; j <= i; j += 1) near(swept.gram![i * 5 + j], h[i * 5 + j], 301, 10 * tolerance);
      }
    });
  }
}

const smoothLosses: LossShape[] = [{ kind: 'squared' }, { kind: 'logistic' }];

function agreesOnProducts(design: Design, rows: DesignRows, K: number, tolerance: number): void {
  const { rowCount, featureCount: d } = rows;
  const theta = Float64Array.from({ length: (d + 1) * K }, (_, place) => cell(place, K));
  const f = new Float64Array(rowCount * K);
  design.scores(theta, K, f);
  for (let row = 0; row < rowCount; row += 1) {
    for (let k = 0; k < K; k += 1) isSum(f[row * K + k], d + 1, (j) => at(rows, row, j) * theta[j * K + k], tolerance);
  }
  const delta = Float64Array.from({ length: rowCount * K }, (_, place) => cell(place, 7));
  const g = new Float64Array((d + 1) * K).fill(77);
  design.gradient(delta, K, g);
  for (let j = 0; j <= d; j += 1) {
    for (let k = 0; k < K; k += 1)
      isSum(g[j * K + k], rowCount, (row) => at(rows, row, j) * delta[row * K + k], tolerance);
  }
}

const rowsOf = (rowCount: number, featureCount: number): DesignRows => ({
  x: Float64Array.from({ length: rowCount * featureCount }, (_, place) => cell(place, 2)),
  rowCount,
  featureCount,
});

/** The row with its one for the intercept. */
const at = ({ x, featureCount: d }: DesignRows, row: number, j: number): number => (j === d ? 1 : x[row * d + j]);

/** Multiples of 1/8 from -2 to 2, in no simple order. */
const cell = (place: number, salt: number): number =>
  ((Math.imul(place + 1, 2654435761 + 97 * salt) >>> 13) % 33) / 8 - 2;

/** Asserts that a value is a sum of terms. */
function isSum(actual: number, count: number, term: (at: number) => number, tolerance: number): void {
  let value = 0;
  let scale = 0;
  for (let place = 0; place < count; place += 1) {
    value += term(place);
    scale += Math.abs(term(place));
  }
  near(actual, value, scale, tolerance);
}

function near(actual: number, expected: number, scale: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * scale + 1e-300, `${actual}, not ${expected}`);
}
