import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import type { LossShape } from '../losses/index.ts';
import { designOf, type Rows, randomOf, rowsOf } from './wasm-design.testing.ts';
import { WasmDesign } from './wasm-design.ts';
import { loadDesign } from './wasm-design-load.ts';
import { openDesignRoom } from './wasm-design-room.ts';

// Node 20 has relaxed SIMD behind this flag; later engines have it anyway.
v8.setFlagsFromString('--experimental-wasm-relaxed-simd');

const tiles = [
  { rows: 4, unroll: 1 },
  { rows: 6, unroll: 4 },
] as const;
const rooms = tiles.flatMap((tile) =>
  [true, false].map((fma) => ({
    name: `${tile.rows} x 8 unrolled ${tile.unroll} times, ${fma ? 'with' : 'without'} FMA`,
    room: openDesignRoom({ fma, tile }),
  })),
);

const cell = ({ x, featureCount: d }: Rows, row: number, j: number): number => (j === d ? 1 : x[row * d + j]);

interface Point {
  value: number;
  slope: number;
  curvature: number;
}

/** max(0, z) rounded over a width, from the formula as it is written. */
function hinge(z: number, width: number): Point {
  const r = Math.hypot(z, width);
  const value = z > 0 ? (z + r) / 2 : width ** 2 / 2 / (r - z);
  return { value, slope: value / r, curvature: width ** 2 / 2 / r ** 3 };
}
const sum = (a: Point, b: Point, weightOfA: number, weightOfB: number): Point => ({
  value: weightOfA * a.value + weightOfB * b.value,
  slope: weightOfA * a.slope - weightOfB * b.slope,
  curvature: weightOfA * a.curvature + weightOfB * b.curvature,
});
const area = (z: number, w: number): number => (z * hinge(z, w).value) / 2 + (w * w * Math.asinh(z / w)) / 4;

function pointOf(loss: LossShape, f: number, y: number, width: number): Point {
  const e = f - y;
  switch (loss.kind) {
    case 'squared':
      return { value: e ** 2 / 2, slope: e, curvature: 1 };
    case 'logistic': {
      const p = 1 / (1 + Math.exp(-f));
      return {
        value: Math.max(f, 0) - y * f + Math.log1p(Math.exp(-Math.abs(f))),
        slope: p - y,
        curvature: p * (1 - p),
      };
    }
    case 'absolute':
      return sum(hinge(e, width), hinge(-e, width), 1, 1);
    case 'quantile':
      return sum(hinge(e, width), hinge(-e, width), 1 - loss.q, loss.q);
    case 'epsilon-absolute':
      return sum(hinge(e - loss.epsilon, width), hinge(-e - loss.epsilon, width), 1, 1);
    case 'huber': {
      const [above, below] = [hinge(e + loss.delta, width), hinge(e - loss.delta, width)];
      return {
        value: area(e + loss.delta, width) - area(e - loss.delta, width) - loss.delta * e - loss.delta ** 2 / 2,
        slope: above.value - below.value - loss.delta,
        curvature: above.slope - below.slope,
      };
    }
    case 'epsilon-squared': {
      const point = hinge(e * e - loss.epsilon ** 2, width * (2 * loss.epsilon + width));
      return { value: point.value / 2, slope: point.slope * e, curvature: 2 * e * e * point.curvature + point.slope };
    }
    case 'hinge':
      return y === 1
        ? sum(hinge((loss.margin + 1) / 2 - f, width), hinge(0, width), 1, 0)
        : hinge((loss.margin - 1) / 2 + f, width);
    case 'bounded-absolute':
      return y > (loss.low + loss.high) / 2 ? hinge(loss.high - f, width) : hinge(f - loss.low, width);
    default:
      throw new Error('No formula of this loss is written here');
  }
}

/** Slope of a one-sided loss falls for the labels above. */
const isFalling = (loss: LossShape, y: number): boolean =>
  (loss.kind === 'hinge' && y === 1) || (loss.kind === 'bounded-absolute' && y > (loss.low + loss.high) / 2);

const losses: { loss: LossShape; binary: boolean }[] = [
  { loss: { kind: 'squared' }, binary: false },
  { loss: { kind: 'absolute' }, binary: false },
  { loss: { kind: 'quantile', q: 0.3 }, binary: false },
  { loss: { kind: 'huber', delta: 0.7 }, binary: false },
  { loss: { kind: 'epsilon-absolute', epsilon: 0.4 }, binary: false },
  { loss: { kind: 'epsilon-squared', epsilon: 0.4 }, binary: false },
  { loss: { kind: 'logistic' }, binary: true },
  { loss: { kind: 'hinge', margin: 1.5 }, binary: true },
  { loss: { kind: 'bounded-absolute', low: 0, high: 1 }, binary: true },
];

/** |actual - expected| as a share of the sum of absolute terms. */
function assertNear(actual: ArrayLike<number>, expected: Float64Array, scale: Float64Array, tolerance: number): void {
  for (const [at, value] of expected.entries()) {
    const share = Math.abs(actual[at] - value) / Math.max(scale[at], 1e-300);
    assert.ok(share <= tolerance || actual[at] === value, `${actual[at]}, not ${value}: off by ${share} at ${at}`);
  }
}

for (const { name, room } of rooms) {
  for (const { loss, binary } of losses) {
    for (const width of [0.3, 1e-3]) {
      test(`A sweep of ${loss.kind} with width ${width} agrees with doubles, ${name}`, () => {
        const rows = rowsOf(1283, 13, { binary });
        const { rowCount, featureCount: d, labels, theta } = rows;
        const design = designOf(room, rows);
        const size = d + 1;
        const positiveWeight = binary ? 1.75 : 1;
        let value = 0;
        const [gradient, gradientScale] = [new Float64Array(size), new Float64Array(size)];
        const [gram, gramScale] = [new Float64Array(size ** 2), new Float64Array(size ** 2)];
        for (let row = 0; row < rowCount; row += 1) {
          let f = 0;
          for (let j = 0; j < size; j += 1) f += cell(rows, row, j) * theta[j];
          const point = pointOf(loss, f, labels[row], width);
          const weight = labels[row] === 1 ? positiveWeight : 1;
          const slope = isFalling(loss, labels[row]) ? -point.slope : point.slope;
          value += weight * point.value;
          for (let j = 0; j < size; j += 1) {
            gradient[j] += weight * slope * cell(rows, row, j);
            gradientScale[j] += Math.abs(weight * slope * cell(rows, row, j));
            for (let k = 0; k <= j; k += 1) {
              const term = weight * point.curvature * cell(rows, row, j) * cell(rows, row, k);
              gram[j * size + k] += term;
              gramScale[j * size + k] += Math.abs(term);
            }
          }
        }
        const request = { loss, theta, labels, positiveWeight, width };
        const swept = design.sweep({ ...request, gram: true });
        assert.ok(swept?.gram !== undefined);
        // Where a loss is almost a corner, the rounding of scores shows as curvature.
        assertNear([swept.value], Float64Array.of(value), Float64Array.of(value), 5e-8);
        assertNear(swept.gradient, gradient, gradientScale, width < 0.01 ? 5e-7 : 1e-7);
        assertNear(swept.gram, gram, gramScale, width < 0.01 ? 2e-4 : 1e-6);
        const without = design.sweep({ ...request, gram: false });
        assert.equal(without?.value, swept.value);
        assert.deepEqual(without?.gradient, swept.gradient);
        assert.equal(without?.gram, undefined);
        const single = design.sweep({ ...request, labels: Float32Array.from(labels), gram: false });
        if (binary) assert.deepEqual(single, without);
        design.close();
      });
    }
  }

  for (const [rowCount, featureCount, K] of [
    [1, 1, 1],
    [5, 7, 2],
    [700, 8, 3],
    [2500, 33, 19],
    [1031, 21, 1],
  ] as const) {
    test(`Scores, gradients and gram of ${rowCount} x ${featureCount}, ${K} outputs agree with doubles, ${name}`, () => {
      const rows = rowsOf(rowCount, featureCount);
      const design = designOf(room, rows);
      const size = featureCount + 1;
      const random = randomOf(5);
      const theta = Float64Array.from({ length: size * K }, random);
      const delta = Float64Array.from({ length: rowCount * K }, random);
      const [f, fScale] = [new Float64Array(rowCount * K), new Float64Array(rowCount * K)];
      const [g, gScale] = [new Float64Array(size * K), new Float64Array(size * K)];
      const [h, hScale] = [new Float64Array(size ** 2), new Float64Array(size ** 2)];
      for (let row = 0; row < rowCount; row += 1) {
        for (let j = 0; j < size; j += 1) {
          const x = cell(rows, row, j);
          for (let k = 0; k < K; k += 1) {
            f[row * K + k] += x * theta[j * K + k];
            fScale[row * K + k] += Math.abs(x * theta[j * K + k]);
            g[j * K + k] += x * delta[row * K + k];
            gScale[j * K + k] += Math.abs(x * delta[row * K + k]);
          }
          for (let i = 0; i <= j; i += 1) {
            h[j * size + i] += x * cell(rows, row, i) * Math.abs(delta[row * K]);
            hScale[j * size + i] += Math.abs(x * cell(rows, row, i) * delta[row * K]);
          }
        }
      }
      const actual = new Float64Array(rowCount * K);
      design.scores(theta, K, actual);
      assertNear(actual, f, fScale, 4e-7);
      const actualGradient = new Float64Array(size * K);
      design.gradient(delta, K, actualGradient);
      assertNear(actualGradient, g, gScale, 2e-7);
      const actualGram = new Float64Array(size ** 2);
      const weights = Float64Array.from({ length: rowCount }, (_, row) => Math.abs(delta[row * K]));
      design.gram(weights, actualGram);
      assertNear(actualGram, h, hScale, 1e-6);
      design.close();
    });
  }

  test(`Picked rows are a design of their own, ${name}`, () => {
    const rows = rowsOf(500, 9);
    const design = designOf(room, rows);
    const picked = design.pick(Uint32Array.of(499, 3, 3, 0, 77));
    design.close();
    assert.equal(picked.rowCount, 5);
    const f = new Float64Array(5);
    const theta = Float64Array.from({ length: 10 }, (_, j) => j + 1);
    picked.scores(theta, 1, f);
    for (const [at, row] of [499, 3, 3, 0, 77].entries()) {
      let expected = 0;
      for (let j = 0; j < 10; j += 1) expected += cell(rows, row, j) * (j + 1);
      assert.ok(Math.abs(f[at] - expected) < 1e-5);
    }
    picked.close();
  });
}

const { room } = rooms[0];

test('Rows come in block by block, fewer than announced, shifted and scaled in double', () => {
  const scaling = { shift: Float64Array.of(1e6, 0, 0, 0, 1), factor: Float64Array.of(4, 1 / 3, 1, 1, 2) };
  const loader = loadDesign(room, { rowCount: 6, featureCount: 5 }, scaling);
  assert.ok(loader !== undefined);
  loader.append(Float32Array.of(1e6 + 0.5, 3, 0, 0, 1, 1e6, 6, 0, 0, 2), 2);
  loader.append(Float64Array.of(1e6 - 1 / 1024, -9, 0, 0, -1), 1);
  assert.throws(() => loader.append(new Float32Array(20), 4), /no more rows/);
  const design = loader.finish();
  assert.equal(design.rowCount, 3);
  const theta = Float64Array.of(1, 10, 0, 0, 1000, 100);
  const f = new Float64Array(3);
  design.scores(theta, 1, f);
  assert.deepEqual([...f], [2 + 10 + 100, 0 + 20 + 2000 + 100, -1 / 256 - 30 - 4000 + 100]);
  const g = new Float64Array(6);
  design.gradient(Float64Array.of(1, 1, 1), 1, g);
  assert.equal(g[5], 3, 'only the rows that came are counted');
  design.close();
});

test('A loader that is abandoned gives its memory back', () => {
  const scaling = { shift: new Float64Array(9), factor: new Float64Array(9) };
  const load = () => loadDesign(room, { rowCount: 12_000_000, featureCount: 9 }, scaling);
  for (let turn = 0; turn < 8; turn += 1) {
    const loader = load();
    assert.ok(loader !== undefined);
    loader.abandon();
  }
  assert.equal(loadDesign(room, { rowCount: 2 ** 25, featureCount: 40 }, scaling), undefined);
});

test('What lay in memory before does not matter', () => {
  const rows = rowsOf(5, 3);
  const design = designOf(room, rows);
  const [f, g, h] = [new Float64Array(5), new Float64Array(4), new Float64Array(16)];
  design.scores(new Float64Array(4).fill(Number.NaN), 1, f);
  design.gradient(Float64Array.of(1, 2, 3, 4, 5), 1, g);
  assert.equal(g[3], 15);
  design.scores(new Float64Array(4).fill(Number.NaN), 1, f);
  design.gram(Float64Array.of(1, 2, 3, 4, 5), h);
  assert.equal(h[15], 15);
  design.scores(new Float64Array(4).fill(Number.NaN), 1, f);
  const request = { labels: new Float32Array(5), theta: new Float64Array(4), positiveWeight: 1, width: 0, gram: true };
  assert.equal(design.sweep({ ...request, loss: { kind: 'squared' } })?.value, 0);
  design.close();
});

test('A sweep whose gram memory does not hold is not there; without a gram it is', () => {
  const design = designOf(room, rowsOf(4, 20_000));
  const request = { labels: new Float32Array(4), theta: new Float64Array(20_001), positiveWeight: 1, width: 0 };
  assert.equal(design.sweep({ ...request, loss: { kind: 'squared' }, gram: true }), undefined);
  assert.equal(design.sweep({ ...request, loss: { kind: 'squared' }, gram: false })?.value, 0);
  design.close();
});

test('Scores follow theta finer than float32', () => {
  const rows = { ...rowsOf(8, 1), x: new Float32Array(8).fill(1) };
  const design = designOf(room, rows);
  const f = new Float64Array(8);
  design.scores(Float64Array.of(1 / 3, 0), 1, f);
  for (const score of f) assert.ok(Math.abs(score - 1 / 3) < 1e-14);
  design.close();
});

test('A design that memory does not hold is refused, and one that is closed makes room', () => {
  assert.equal(WasmDesign.make(room, { rowCount: 2 ** 24, featureCount: 100 }), undefined);
  const address = (): number => {
    const at = room.allocate(1 << 20);
    assert.ok(at !== undefined);
    room.free(at);
    return at;
  };
  const before = address();
  const design = designOf(room, rowsOf(5000, 20));
  design.gram(new Float64Array(5000), new Float64Array(21 * 21));
  design.close();
  assert.equal(address(), before);
});

for (const { name, room } of rooms) {
  // Scores around -1000 are float32 too: 1e-4 or so is lost of them, and outputs that only fill up must not take part.
  for (const [rowCount, featureCount, K, offset, tolerance] of [
    [1500, 5, 3, 0, 2e-7],
    [1500, 5, 3, -1000, 5e-5],
    [2100, 19, 8, 0, 2e-7],
    [300, 7, 21, 0, 5e-7],
  ] as const) {
    test(`A softmax sweep of ${rowCount} x ${featureCount}, ${K} classes, offset ${offset} agrees with doubles, ${name}`, () => {
      const rows = rowsOf(rowCount, featureCount);
      const size = featureCount + 1;
      const random = randomOf(11);
      const labels = Float64Array.from({ length: rowCount }, () => Math.floor(((random() + 1) / 2) * K) % K);
      const theta = Float64Array.from({ length: size * K }, () => (2 * random()) / Math.sqrt(featureCount));
      for (let k = 0; k < K; k += 1) theta[featureCount * K + k] += offset;
      const classWeight = Float64Array.from({ length: K }, (_, k) => 1 + k / K);
      const [gradient, scale] = [new Float64Array(size * K), new Float64Array(size * K)];
      let value = 0;
      for (let row = 0; row < rowCount; row += 1) {
        const f = new Float64Array(K);
        for (let k = 0; k < K; k += 1) {
          for (let j = 0; j < size; j += 1) f[k] += cell(rows, row, j) * theta[j * K + k];
        }
        const m = Math.max(...f);
        const total = f.reduce((sum, score) => sum + Math.exp(score - m), 0);
        const c = classWeight[labels[row]];
        value += c * (Math.log(total) + m - f[labels[row]]);
        for (let k = 0; k < K; k += 1) {
          const slope = c * (Math.exp(f[k] - m) / total - Number(k === labels[row]));
          for (let j = 0; j < size; j += 1) {
            gradient[j * K + k] += slope * cell(rows, row, j);
            scale[j * K + k] += Math.abs(slope * cell(rows, row, j));
          }
        }
      }
      const loss: LossShape = { kind: 'softmax', outputs: K, classWeight };
      const design = designOf(room, rows);
      const request = { loss, theta, positiveWeight: 1, width: 0, gram: false };
      const swept = design.sweep({ ...request, labels });
      assert.ok(swept !== undefined);
      assertNear([swept.value], Float64Array.of(value), Float64Array.of(value), tolerance);
      assertNear(swept.gradient, gradient, scale, tolerance);
      assert.deepEqual(design.sweep({ ...request, labels: Float32Array.from(labels) }), swept);
      assert.equal(design.sweep({ ...request, labels, gram: true }), undefined);
      design.close();
    });
  }
}
