import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Kernels, Update } from './kernels.ts';

const cell = fc.float({ min: -8, max: 8, noNaN: true, noDefaultInfinity: true });
const shape = fc.record({
  rowCount: fc.integer({ min: 0, max: 7 }),
  d: fc.integer({ min: 1, max: 6 }),
  K: fc.integer({ min: 1, max: 5 }),
});
const cells = (length: number): fc.Arbitrary<Float32Array> =>
  fc.array(cell, { minLength: length, maxLength: length }).map((values) => Float32Array.from(values));

/** What every implementation of the kernels must do: agree with the definitions, written here as plain double sums. */
export function kernelsSuite(name: string, kernels: Kernels): void {
  test(`${name}: scores are x . w + bias, and rows beyond rowCount are left alone`, () => {
    fc.assert(
      fc.property(
        shape.chain(({ rowCount, d, K }) =>
          fc.tuple(fc.constant({ rowCount, d, K }), cells((rowCount + 1) * d), cells(d * K), cells(K)),
        ),
        ([{ rowCount, d, K }, x, w, bias]) => {
          const f = new Float32Array((rowCount + 1) * K).fill(77);
          kernels.scores(x, rowCount, d, w, bias, K, f);
          for (let row = 0; row < rowCount; row += 1) {
            for (let k = 0; k < K; k += 1) {
              let sum = bias[k];
              for (let j = 0; j < d; j += 1) sum += x[row * d + j] * w[j * K + k];
              near(f[row * K + k], sum, 1e-4);
            }
          }
          for (let k = 0; k < K; k += 1) assert.equal(f[rowCount * K + k], 77);
        },
      ),
    );
  });

  test(`${name}: gradient is xT . delta over the divisor, and old values of the result do not matter`, () => {
    fc.assert(
      fc.property(
        shape.chain(({ rowCount, d, K }) =>
          fc.tuple(fc.constant({ rowCount, d, K }), cells(rowCount * d), cells(rowCount * K)),
        ),
        ([{ rowCount, d, K }, x, delta]) => {
          const gw = new Float32Array(d * K).fill(77);
          const gb = new Float32Array(K).fill(77);
          kernels.gradient(x, rowCount, d, delta, K, 3, gw, gb);
          for (let k = 0; k < K; k += 1) {
            let bias = 0;
            for (let row = 0; row < rowCount; row += 1) bias += delta[row * K + k];
            near(gb[k], bias / 3, 1e-4);
            for (let j = 0; j < d; j += 1) {
              let sum = 0;
              for (let row = 0; row < rowCount; row += 1) sum += x[row * d + j] * delta[row * K + k];
              near(gw[j * K + k], sum / 3, 1e-4);
            }
          }
        },
      ),
    );
  });

  for (const rule of ['adam', 'sgd', 'rmsprop'] as const) {
    test(`${name}: ${rule} updates each column as a scalar of its own, proximal step last`, () => {
      const K = 3;
      const count = 4;
      const w = Float32Array.from({ length: count * K }, (_, index) => Math.sin(index + 1));
      const expected = Float64Array.from(w);
      const state = { first: new Float32Array(count * K), second: new Float32Array(count * K) };
      const first = new Float64Array(count * K);
      const second = new Float64Array(count * K);
      const update: Update = {
        rule,
        rate: Float64Array.of(0.1, 0.01, 0.05),
        decay: Float64Array.of(0, 0.2, 1),
        subgradient: Float64Array.of(0.3, 0, 0),
        shrink: Float64Array.of(0, 0.02, 0.005),
        beta1: rule === 'sgd' ? 0.8 : 0.9,
        beta2: 0.99,
      };
      for (let step = 0; step < 6; step += 1) {
        const g = Float32Array.from({ length: count * K }, (_, index) => Math.cos(index * 0.7 + step));
        kernels.update(w, g, state, count, K, update);
        expected.forEach((value, at) => {
          const k = at % K;
          const slope = g[at] + update.decay[k] * value + update.subgradient[k] * Math.sign(value);
          let moved: number;
          if (rule === 'sgd') {
            first[at] = 0.8 * first[at] - update.rate[k] * slope;
            moved = value + first[at];
          } else if (rule === 'adam') {
            first[at] = 0.9 * first[at] + 0.1 * slope;
            second[at] = 0.99 * second[at] + 0.01 * slope ** 2;
            moved = value - (update.rate[k] * first[at]) / (Math.sqrt(second[at]) + 1e-8);
          } else {
            second[at] = 0.9 * second[at] + 0.1 * slope ** 2;
            moved = value - (update.rate[k] * slope) / Math.sqrt(second[at] + 1e-8);
          }
          expected[at] = Math.sign(moved) * Math.max(0, Math.abs(moved) - update.shrink[k]);
        });
      }
      w.forEach((value, at) => {
        near(value, expected[at], 1e-5);
      });
    });
  }

  test(`${name}: a weight that the proximal step would carry past zero is exactly zero`, () => {
    const w = Float32Array.of(0.01, -0.01, 0.5);
    const none = new Float64Array(1);
    kernels.update(w, new Float32Array(3), { first: new Float32Array(3), second: new Float32Array(3) }, 3, 1, {
      rule: 'sgd',
      rate: none,
      decay: none,
      subgradient: none,
      shrink: Float64Array.of(0.25),
      beta1: 0,
      beta2: 0,
    });
    assert.deepEqual(w, Float32Array.of(0, 0, 0.25));
  });
}

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)), `${actual}, not ${expected}`);
}
