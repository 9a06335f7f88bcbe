/**
 * What each feature adds to a row's sums against rows that are given: exact Shapley values where a feature that is not known has a
 * given row's value (interventional). S. Lundberg et al., "From local explanations to global understanding with explainable AI for
 * trees", Nature Machine Intelligence 2 (2020) 56, method 3.
 */
import type { SparseBlock } from '../../formats/index.ts';
import { contributionsOfBoosted } from './contributions.ts';
import type { BoostedModel, Trees } from './model.ts';
import { type Answers, type DenseRows, eachRow, roundEnd, type ScoreOptions, stepFinder } from './predict.ts';

/** As `contributionsOfBoosted`; the baseline is the mean of the given rows' sums. */
export function contributionsAgainst(
  model: BoostedModel,
  rows: DenseRows | SparseBlock,
  given: DenseRows,
  options: ScoreOptions = {},
): Answers {
  const { booster, featureCount, groupCount } = model;
  const width = groupCount * (featureCount + 1);
  if (booster.kind === 'linear') return linearAgainst(model, rows, given, options);
  const others: Float32Array[] = [];
  eachRow(model, given, (row) => others.push(row.slice()));
  const values = new Float64Array(rows.rowCount * width);
  const treeCount = roundEnd(booster, options.roundCount);
  const walk = new PairWalk(booster.trees);
  let at = 0;
  eachRow(model, rows, (row) => {
    const out = values.subarray(at, at + width);
    for (let group = 0; group < groupCount; group++)
      out[group * (featureCount + 1) + featureCount] = model.baseMargins[group]!;
    for (let tree = 0; tree < treeCount; tree++) {
      const start = booster.treeGroups[tree]! * (featureCount + 1);
      const weight = (booster.treeWeights?.[tree] ?? 1) / others.length;
      const own = out.subarray(start, start + featureCount + 1);
      for (const other of others) walk.add(booster.trees.roots[tree]!, row, other, weight, own);
    }
    at += width;
  });
  return { rowCount: rows.rowCount, width, values: Float32Array.from(values) };
}

/** Of a linear model the difference of the contributions. */
function linearAgainst(
  model: BoostedModel,
  rows: DenseRows | SparseBlock,
  given: DenseRows,
  options: ScoreOptions,
): Answers {
  const { featureCount, groupCount } = model;
  const answers = contributionsOfBoosted(model, rows, options);
  const { values, width } = contributionsOfBoosted(model, given, options);
  const means = new Float64Array(width);
  for (let at = 0; at < values.length; at++) means[at % width]! += values[at]! / given.rowCount;
  for (let start = 0; start < answers.values.length; start += width)
    for (let group = 0; group < groupCount; group++) {
      const baseline = group * (featureCount + 1) + featureCount;
      for (let j = group * (featureCount + 1); j < baseline; j++) {
        answers.values[start + j]! -= means[j]!;
        answers.values[start + baseline]! += means[j]!;
      }
    }
  return answers;
}

/**
 * The walk through a tree for a row and another one. Where they part, both ways are gone, and the feature belongs to the side that was
 * taken: a leaf counts for the sets that hold all features of the row's side and none of the other's.
 */
class PairWalk {
  readonly #trees: Trees;
  readonly #step: (row: Float32Array, start: number, node: number) => number;
  #row: Float32Array = new Float32Array(0);
  #other: Float32Array = new Float32Array(0);
  #out: Float64Array = new Float64Array(0);
  #weight = 1;
  /** Features of the row's side, and of the other's. */
  readonly #own: number[] = [];
  readonly #others: number[] = [];

  constructor(trees: Trees) {
    this.#trees = trees;
    this.#step = stepFinder(trees);
  }

  add(root: number, row: Float32Array, other: Float32Array, weight: number, out: Float64Array): void {
    this.#row = row;
    this.#other = other;
    this.#weight = weight;
    this.#out = out;
    this.#visit(root);
  }

  #visit(node: number): void {
    const { features, thresholds, lefts } = this.#trees;
    const feature = features[node]!;
    if (feature < 0) {
      this.#leaf(thresholds[node]! * this.#weight);
      return;
    }
    const mine = lefts[node]! + this.#step(this.#row, 0, node);
    const theirs = lefts[node]! + this.#step(this.#other, 0, node);
    if (mine === theirs || this.#own.includes(feature)) this.#visit(mine);
    else if (this.#others.includes(feature)) this.#visit(theirs);
    else {
      this.#own.push(feature);
      this.#visit(mine);
      this.#own.pop();
      this.#others.push(feature);
      this.#visit(theirs);
      this.#others.pop();
    }
  }

  #leaf(value: number): void {
    const [p, q] = [this.#own.length, this.#others.length];
    const out = this.#out;
    // Only the set of no features is without the row's side.
    if (p === 0) out[out.length - 1]! += value;
    for (const feature of this.#own) out[feature]! += value * orderShare(p - 1, q);
    for (const feature of this.#others) out[feature]! -= value * orderShare(p, q - 1);
  }
}

/** before! after! / (before + after + 1)!: the share of orders in which a feature stands behind those and before these. */
function orderShare(before: number, after: number): number {
  let share = 1 / (before + after + 1);
  for (let i = 1; i <= before; i++) share *= i / (after + i);
  return share;
}
