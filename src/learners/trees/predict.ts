/** Scores rows with a model: sums and answers are those of XGBoost to the last bit, for it adds trees in the same order. */
import { assert } from '../../base/index.ts';
import type { SparseBlock } from '../../formats/index.ts';
import type { BoostedModel, LinearBooster, TreeBooster, Trees } from './model.ts';
import { objectiveOf } from './objectives.ts';
import { packedLeafValues, type Walk } from './packed-trees.ts';

/** Row-major single-precision features; what is missing is NaN. May be narrower than the model: the rest is missing. */
export interface DenseRows {
  rowCount: number;
  featureCount: number;
  features: Float32Array;
}

export interface Answers {
  rowCount: number;
  /** Numbers of a row. */
  width: number;
  values: Float32Array;
}

export interface ScoreOptions {
  /** Rounds that count, from the first on. Left out: all. */
  roundCount?: number | undefined;
}

/** What the model answers: values, probabilities, classes, as its objective has them. */
export function predictBoosted(
  model: BoostedModel,
  rows: DenseRows | SparseBlock,
  options: ScoreOptions = {},
): Answers {
  const { rowCount, values } = boostedSums(model, rows, options);
  const width = objectiveOf(model.objective).transform(values, model.groupCount);
  return { rowCount, width, values: values.subarray(0, rowCount * width) };
}

/** The sums before the objective makes answers of them, one for each group. */
export function boostedSums(
  model: BoostedModel,
  rows: DenseRows | SparseBlock,
  { roundCount }: ScoreOptions = {},
): Answers {
  const { groupCount, booster } = model;
  const { rowCount } = rows;
  const values = new Float32Array(rowCount * groupCount);
  for (let row = 0; row < rowCount; row++) values.set(model.baseMargins, row * groupCount);
  const add =
    booster.kind === 'linear'
      ? linearAdder(model, booster)
      : treeAdder(model, booster, roundEnd(booster, roundCount), Math.min(rowCount, blockRowsMax));
  eachBlock(model, rows, (block, first, count) =>
    add(block, count, values.subarray(first * groupCount, (first + count) * groupCount)),
  );
  return { rowCount, width: groupCount, values };
}

/** Hands out the rows, some at a time, as wide as the model and NaN where nothing is. */
function eachBlock(
  { featureCount }: BoostedModel,
  rows: DenseRows | SparseBlock,
  take: (block: Float32Array, first: number, count: number) => void,
): void {
  const { rowCount } = rows;
  const blockRows = Math.max(1, Math.min(blockRowsMax, rowCount, Math.floor(blockCellsMax / featureCount)));
  const block = new Float32Array(blockRows * featureCount).fill(Number.NaN);
  for (let first = 0; first < rowCount; first += blockRows) {
    const count = Math.min(blockRows, rowCount - first);
    if ('features' in rows) fillDense(block, featureCount, rows, first, count);
    else setSparse(block, featureCount, rows, first, count, false);
    take(block, first, count);
    if (!('features' in rows)) setSparse(block, featureCount, rows, first, count, true);
  }
}

/** The same, one by one. */
export function eachRow(model: BoostedModel, rows: DenseRows | SparseBlock, take: (row: Float32Array) => void): void {
  const { featureCount } = model;
  eachBlock(model, rows, (block, _, count) => {
    for (let i = 0; i < count; i++) take(block.subarray(i * featureCount, (i + 1) * featureCount));
  });
}

/** Rows that one tree scores before the next does: both they and the tree stay in the first caches. */
const blockRowsMax = 64;
const blockCellsMax = 2 ** 16;

function fillDense(block: Float32Array, width: number, rows: DenseRows, first: number, count: number): void {
  const { featureCount, features } = rows;
  const common = Math.min(featureCount, width);
  for (let i = 0; i < count; i++) {
    const start = (first + i) * featureCount;
    block.set(features.subarray(start, start + common), i * width);
  }
}

/** Sets the cells that are stored, or makes them missing again: a wide row has few. */
function setSparse(
  block: Float32Array,
  width: number,
  { rowStart, columns, values }: SparseBlock,
  first: number,
  count: number,
  missing: boolean,
): void {
  for (let i = 0; i < count; i++) {
    const end = rowStart[first + i + 1]!;
    for (let at = rowStart[first + i]!; at < end; at++)
      if (columns[at]! < width) block[i * width + columns[at]!] = missing ? Number.NaN : values[at]!;
  }
}

/** Adds what `count` rows bring to their sums. */
type Add = (rows: Float32Array, count: number, sums: Float32Array) => void;

/** Trees of the rounds that count. */
export function roundEnd({ iterationStarts }: TreeBooster, roundCount = Number.POSITIVE_INFINITY): number {
  return iterationStarts[Math.min(roundCount, iterationStarts.length - 1)]!;
}

function treeAdder(model: BoostedModel, booster: TreeBooster, treeCount: number, blockRows: number): Add {
  const { featureCount, groupCount } = model;
  const { trees, treeGroups, treeWeights } = booster;
  const values = valueFinder(trees);
  const found = new Float32Array(blockRows);
  return (rows, count, sums) => {
    const walk = { rows, width: featureCount, count };
    for (let tree = 0; tree < treeCount; tree++) {
      values(tree, walk, found);
      const weight = treeWeights === undefined ? 1 : treeWeights[tree]!;
      for (let i = 0, at = treeGroups[tree]!; i < count; i++, at += groupCount)
        sums[at]! += Math.fround(found[i]! * weight);
    }
  };
}

/** Finds the values that rows come to in a tree. */
function valueFinder(trees: Trees) {
  const { packed } = trees;
  if (packed !== undefined)
    return (tree: number, walk: Walk, found: Float32Array): void => packedLeafValues(packed, tree, walk, found);
  const { roots, thresholds } = trees;
  const leafOf = leafFinder(trees);
  return (tree: number, { rows, width, count }: Walk, found: Float32Array): void => {
    const root = roots[tree]!;
    for (let i = 0, row = 0; i < count; i++, row += width) found[i] = thresholds[leafOf(rows, row, root)]!;
  };
}

/** Finds the leaf below a root to which the row comes that begins at `start`. */
function leafFinder(trees: Trees) {
  const { features, thresholds, lefts, defaults, categories } = trees;
  if (categories.size > 0) {
    const step = stepFinder(trees);
    return (rows: Float32Array, start: number, root: number): number => {
      let node = root;
      while (features[node]! >= 0) node = lefts[node]! + step(rows, start, node);
      return node;
    };
  }
  // The hot loop: a call for each node would double its time.
  return (rows: Float32Array, start: number, root: number): number => {
    let node = root;
    for (let feature = features[node]!; feature >= 0; feature = features[node]!) {
      const value = rows[start + feature]!;
      const step = value < thresholds[node]! ? 0 : Number.isNaN(value) ? defaults[node]! : 1;
      node = lefts[node]! + step;
    }
    return node;
  };
}

const categoryMax = 2 ** 24;

/** Says to which child a row goes from a node: 0 left, 1 right. */
export function stepFinder({ features, thresholds, defaults, categories }: Trees) {
  return (rows: Float32Array, start: number, node: number): number => {
    const value = rows[start + features[node]!]!;
    if (Number.isNaN(value)) return defaults[node]!;
    const chosen = categories.get(node);
    if (chosen === undefined) return value < thresholds[node]! ? 0 : 1;
    return value >= 0 && value < categoryMax && chosen.has(Math.trunc(value)) ? 1 : 0;
  };
}

function linearAdder({ groupCount, featureCount, baseMargins }: BoostedModel, { weights }: LinearBooster): Add {
  assert(weights.length === (featureCount + 1) * groupCount, 'a weight for each feature and group, and the biases');
  const { fround } = Math;
  return (rows, count, sums) => {
    for (let at = 0; at < count * groupCount; at++) {
      const group = at % groupCount;
      const start = ((at - group) / groupCount) * featureCount;
      let sum = fround(weights[featureCount * groupCount + group]! + baseMargins[group]!);
      for (let j = 0; j < featureCount; j++) {
        const value = rows[start + j]!;
        if (!Number.isNaN(value)) sum = fround(sum + fround(value * weights[j * groupCount + group]!));
      }
      sums[at] = sum;
    }
  };
}
