import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { joinTrees, type RawTree } from './files/raw-tree.ts';
import { packedLeafValues } from './packed-trees.ts';
import { stepFinder } from './predict.ts';

// Around thresholds, among them the smallest numbers and both zeros.
const number = fc.oneof(
  fc.constantFrom(0, -0, 1.4e-45, -1.4e-45, 1, -1, 3.4028234663852886e38, -3.4028234663852886e38),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);

/** A random tree: each split turns a leaf of the one before into two. */
const tree = fc
  .array(fc.record({ leaf: fc.nat(), feature: fc.nat(2), threshold: number, defaultLeft: fc.boolean() }), {
    maxLength: 15,
  })
  .map((splits): RawTree => {
    const nodes = [{ left: -1, right: -1, feature: 0, threshold: 0, defaultLeft: 0 }];
    for (const { leaf, feature, threshold, defaultLeft } of splits) {
      const leaves = nodes.filter(({ left }) => left === -1);
      const at = leaves[leaf % leaves.length]!;
      Object.assign(at, {
        left: nodes.length,
        right: nodes.length + 1,
        feature,
        threshold,
        defaultLeft: Number(defaultLeft),
      });
      for (let i = 0; i < 2; i++)
        nodes.push({ left: -1, right: -1, feature: 0, threshold: nodes.length, defaultLeft: 0 });
    }
    const zeros = nodes.map(() => 0);
    return {
      lefts: nodes.map(({ left }) => left),
      rights: nodes.map(({ right }) => right),
      features: nodes.map(({ feature }) => feature),
      thresholds: nodes.map(({ threshold }) => threshold),
      defaultLefts: nodes.map(({ defaultLeft }) => defaultLeft),
      covers: zeros,
      gains: zeros,
      categories: new Map(),
    };
  });

test('Packed trees lead every row to the leaf that a walk node by node finds', () => {
  const cell = fc.oneof(number, fc.constant(Number.NaN), fc.constantFrom(Infinity, -Infinity));
  const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(fc.array(tree, { minLength: 1, maxLength: 3 }), rows, (raw, cells) => {
      const trees = joinTrees(raw, 3);
      const { packed } = trees;
      if (packed === undefined) return;
      const values = new Float32Array(cells.length * 3);
      values.set(cells.flat());
      const found = new Float32Array(cells.length);
      const step = stepFinder(trees);
      for (let index = 0; index < raw.length; index++) {
        packedLeafValues(packed, index, { rows: values, width: 3, count: cells.length }, found);
        for (let row = 0; row < cells.length; row++) {
          let node = trees.roots[index]!;
          while (trees.features[node]! >= 0) node = trees.lefts[node]! + step(values, 3 * row, node);
          assert.equal(found[row], trees.thresholds[node]);
        }
      }
    }),
    { numRuns: 2000 },
  );
});
