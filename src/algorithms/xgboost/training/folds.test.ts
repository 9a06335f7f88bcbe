import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldsOf } from './folds.ts';

const labels = Float32Array.from({ length: 103 }, (_, row) => (row % 4 === 0 ? 1 : 0));
const sizes = (foldOf: Uint16Array, of: (row: number) => boolean = () => true): number[] =>
  Array.from(
    { length: 5 },
    (_, fold) => Array.from(foldOf.keys()).filter((row) => foldOf[row] === fold && of(row)).length,
  );

test('Folds are as large as each other, with equal shares of the classes, and repeat with their seed', () => {
  const foldOf = foldsOf(labels, { folds: 5, seed: 1, stratified: true });
  for (const counts of [sizes(foldOf), sizes(foldOf, (row) => labels[row] === 1)])
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
  assert.deepEqual(foldsOf(labels, { folds: 5, seed: 1, stratified: true }), foldOf);
  assert.notDeepEqual(foldsOf(labels, { folds: 5, seed: 2, stratified: true }), foldOf);
  assert.deepEqual(sizes(foldsOf(labels, { folds: 5, seed: 3, stratified: false })).sort(), [20, 20, 21, 21, 21]);
});
