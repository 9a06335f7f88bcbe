import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choleskyInPlace, plainCholeskyInPlace } from './cholesky.ts';

/** A positive definite matrix, its upper half left to chance: only the lower one counts. */
function matrixOf(size: number): Float64Array {
  const A = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) A[i * size + j] = j > i ? Number.NaN : Math.cos(i * j + i) / (1 + (i - j) / 4);
    A[i * size + i] = 4 + (i % 7);
  }
  return A;
}

for (const size of [1, 2, 3, 4, 5, 31, 96, 97, 98, 99, 100, 141]) {
  test(`The factor times itself is the matrix, ${size} x ${size}`, () => {
    const A = matrixOf(size);
    const L = A.slice();
    choleskyInPlace(L, size, 1e-14);
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) {
        if (j > i) assert.equal(L[i * size + j], 0);
        let sum = 0;
        for (let k = 0; k <= Math.min(i, j); k += 1) sum += L[i * size + k]! * L[j * size + k]!;
        const expected = A[Math.max(i, j) * size + Math.min(i, j)]!;
        assert.ok(Math.abs(sum - expected) <= 1e-12, `${i}, ${j}: ${sum}, not ${expected}`);
      }
    }
  });
}

test('Vectors give the bytes of the plain loop, also after a larger matrix', () => {
  for (const size of [210, 130, 97]) {
    const [one, other] = [matrixOf(size), matrixOf(size)];
    choleskyInPlace(one, size, 1e-14);
    plainCholeskyInPlace(other, size, 1e-14);
    assert.deepEqual(one, other);
  }
});

test('A pivot that would be below the least one is that', () => {
  for (const size of [3, 120]) {
    const L = new Float64Array(size * size).fill(1);
    choleskyInPlace(L, size, 1e-6);
    assert.equal(L[0], 1);
    for (let i = 1; i < size; i += 1) assert.equal(L[i * size + i], 1e-3);
  }
});
