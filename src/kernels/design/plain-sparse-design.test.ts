import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DesignRows, designSuite } from './design.suite.ts';
import { PlainSparseDesign, SparseDesignLoader, sparseGramFeaturesMax } from './plain-sparse-design.ts';

designSuite('The plain sparse design', (rows) => new PlainSparseDesign(sparseOf(rows)), 1e-15);

test('A sparse design can be gathered from rows that come in pieces, and from views of larger arrays', () => {
  const rows = {
    x: Float64Array.from({ length: 3000 * 20 }, (_, at) => (at % 7 === 0 ? at % 16 : 0)),
    rowCount: 3000,
    featureCount: 20,
  };
  const { rowStart, columns, values } = sparseOf(rows);
  const loader = new SparseDesignLoader(20);
  for (const [from, to] of [
    [0, 1],
    [1, 1],
    [1, 1800],
    [1800, 3000],
  ]) {
    const part = { rowCount: to - from, rowStart: rowStart.subarray(from, to + 1), columns };
    loader.append({ ...part, values: Float32Array.from(values) });
  }
  const theta = Float64Array.from({ length: 21 }, (_, j) => j / 4);
  const [f, expected] = [new Float64Array(3000), new Float64Array(3000)];
  const design = loader.finish();
  design.scores(theta, 1, f);
  new PlainSparseDesign(sparseOf(rows)).scores(theta, 1, expected);
  assert.equal(design.rowCount, 3000);
  assert.deepEqual(f, expected);
});

test('A sparse design has no gram of very many features, and refuses columns it does not have', () => {
  const rows = { rowStart: Uint32Array.of(0, 1), columns: Uint32Array.of(5000), values: Float64Array.of(1) };
  const design = new PlainSparseDesign({ ...rows, featureCount: 5001 });
  assert.ok(design.featureCount > sparseGramFeaturesMax);
  assert.throws(() => design.gram(Float64Array.of(1), new Float64Array(1)), /gram/);
  assert.throws(() => new PlainSparseDesign({ ...rows, featureCount: 5000 }), /number of features/);
});

function sparseOf({ x, rowCount, featureCount }: DesignRows) {
  const columns: number[] = [];
  const values: number[] = [];
  const rowStart = new Uint32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row += 1) {
    for (let j = 0; j < featureCount; j += 1) {
      if (x[row * featureCount + j] === 0) continue;
      columns.push(j);
      values.push(x[row * featureCount + j]);
    }
    rowStart[row + 1] = columns.length;
  }
  return { featureCount, rowStart, columns: Uint32Array.from(columns), values: Float64Array.from(values) };
}
