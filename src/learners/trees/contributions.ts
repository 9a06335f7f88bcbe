/**
 * What each feature adds to a row's sums: exact Shapley values of the trees, where what is not known goes both ways by the
 * training rows that did. S. Lundberg, G. Erion, S.-I. Lee, "Consistent individualized feature attribution for tree
 * ensembles", 2018, algorithm 2. They and the baseline add up to the sum.
 */
import type { SparseBlock } from '../../formats/index.ts';
import type { BoostedModel, TreeBooster, Trees } from './model.ts';
import type { Answers, DenseRows, ScoreOptions } from './predict.ts';
import { eachRow, roundEnd, stepFinder } from './predict.ts';

/** For each row and group, featureCount contributions and the baseline behind them. */
export function contributionsOfBoosted(
  model: BoostedModel,
  rows: DenseRows | SparseBlock,
  { roundCount }: ScoreOptions = {},
): Answers {
  const { groupCount, featureCount, booster } = model;
  const width = groupCount * (featureCount + 1);
  const values = new Float64Array(rows.rowCount * width);
  const add =
    booster.kind === 'trees'
      ? treeContributions(booster, roundCount, featureCount)
      : linearContributions(model, booster.weights);
  let at = 0;
  eachRow(model, rows, (row) => {
    const out = values.subarray(at, at + width);
    for (let group = 0; group < groupCount; group++)
      out[group * (featureCount + 1) + featureCount] = model.baseMargins[group]!;
    add(row, out);
    at += width;
  });
  return { rowCount: rows.rowCount, width, values: Float32Array.from(values) };
}

type Add = (row: Float32Array, out: Float64Array) => void;

function linearContributions({ featureCount, groupCount }: BoostedModel, weights: Float32Array): Add {
  return (row, out) => {
    for (let group = 0; group < groupCount; group++) {
      const at = group * (featureCount + 1);
      for (let j = 0; j < featureCount; j++)
        if (!Number.isNaN(row[j]!)) out[at + j]! += row[j]! * weights[j * groupCount + group]!;
      out[at + featureCount]! += weights[featureCount * groupCount + group]!;
    }
  };
}

function treeContributions(booster: TreeBooster, roundCount: number | undefined, featureCount: number): Add {
  const { trees, treeGroups, treeWeights } = booster;
  const treeCount = roundEnd(booster, roundCount);
  const walk = new TreeWalk(trees);
  const means = meansOf(trees);
  return (row, out) => {
    for (let tree = 0; tree < treeCount; tree++) {
      const at = treeGroups[tree]! * (featureCount + 1);
      const weight = treeWeights?.[tree] ?? 1;
      const root = trees.roots[tree]!;
      out[at + featureCount]! += means[root]! * weight;
      walk.add(root, row, weight, out.subarray(at, at + featureCount));
    }
  };
}

/** The mean of the leaves below each node, over the training rows. */
function meansOf({ features, thresholds, lefts, covers }: Trees): Float64Array {
  const means = new Float64Array(features.length);
  // Children stand behind their parent.
  for (let node = features.length - 1; node >= 0; node--) {
    const left = lefts[node]!;
    means[node] =
      features[node]! < 0
        ? thresholds[node]!
        : (means[left]! * covers[left]! + means[left + 1]! * covers[left + 1]!) / covers[node]!;
  }
  return means;
}

/**
 * The walk through a tree for one row. Its path holds, for each feature asked for so far, which share of the training rows
 * would follow it without knowing the feature (`unknown`), whether this row does (`known`), and the weights of subsets.
 */
class TreeWalk {
  readonly #trees: Trees;
  readonly #step: (row: Float32Array, start: number, node: number) => number;
  #row: Float32Array = new Float32Array(0);
  #out: Float64Array = new Float64Array(0);
  #features = new Int32Array(0);
  #unknown = new Float64Array(0);
  #known = new Float64Array(0);
  #weights = new Float64Array(0);

  constructor(trees: Trees) {
    this.#trees = trees;
    this.#step = stepFinder(trees);
  }

  add(root: number, row: Float32Array, weight: number, out: Float64Array): void {
    this.#row = row;
    this.#out = out;
    this.#visit(root, { start: 0, length: 0, unknown: 1, known: 1, feature: -1, weight });
  }

  #visit(
    node: number,
    step: { start: number; length: number; unknown: number; known: number; feature: number; weight: number },
  ): void {
    const { weight } = step;
    const start = this.#copyPath(step.start, step.length);
    let length = this.#extend(start, step.length, step);
    const { features, thresholds, lefts, covers } = this.#trees;
    const feature = features[node]!;
    if (feature < 0) {
      this.#leaf(start, length, thresholds[node]! * weight);
      return;
    }
    let unknown = 1;
    let known = 1;
    for (let i = 1; i < length; i++) {
      if (this.#features[start + i] !== feature) continue;
      unknown = this.#unknown[start + i]!;
      known = this.#known[start + i]!;
      length = this.#unwind(start, length, i);
      break;
    }
    const hot = lefts[node]! + this.#step(this.#row, 0, node);
    const cold = 2 * lefts[node]! + 1 - hot;
    for (const child of [hot, cold]) {
      const share = (unknown * covers[child]!) / covers[node]!;
      this.#visit(child, { start, length, unknown: share, known: child === hot ? known : 0, feature, weight });
    }
  }

  /** Copies the path behind itself, with room for one more; answers where it begins. */
  #copyPath(from: number, length: number): number {
    const start = from + length;
    const needed = start + length + 1;
    if (this.#features.length < needed) {
      const grown = <T extends Float64Array | Int32Array>(to: T, old: T): T => {
        to.set(old);
        return to;
      };
      this.#features = grown(new Int32Array(2 * needed), this.#features);
      this.#unknown = grown(new Float64Array(2 * needed), this.#unknown);
      this.#known = grown(new Float64Array(2 * needed), this.#known);
      this.#weights = grown(new Float64Array(2 * needed), this.#weights);
    }
    for (const list of [this.#features, this.#unknown, this.#known, this.#weights]) list.copyWithin(start, from, start);
    return start;
  }

  #extend(start: number, length: number, step: { unknown: number; known: number; feature: number }): number {
    const weights = this.#weights;
    this.#features[start + length] = step.feature;
    this.#unknown[start + length] = step.unknown;
    this.#known[start + length] = step.known;
    weights[start + length] = length === 0 ? 1 : 0;
    for (let i = length - 1; i >= 0; i--) {
      weights[start + i + 1]! += (step.known * weights[start + i]! * (i + 1)) / (length + 1);
      weights[start + i] = (step.unknown * weights[start + i]! * (length - i)) / (length + 1);
    }
    return length + 1;
  }

  /** Takes feature `index` of the path out again. */
  #unwind(start: number, length: number, index: number): number {
    const last = length - 1;
    const weights = this.#weights;
    const unknown = this.#unknown[start + index]!;
    const known = this.#known[start + index]!;
    let next = weights[start + last]!;
    for (let i = last - 1; i >= 0; i--) {
      if (known !== 0) {
        const before = weights[start + i]!;
        weights[start + i] = (next * length) / ((i + 1) * known);
        next = before - (weights[start + i]! * unknown * (last - i)) / length;
      } else weights[start + i] = (weights[start + i]! * length) / (unknown * (last - i));
    }
    for (const list of [this.#features, this.#unknown, this.#known])
      list.copyWithin(start + index, start + index + 1, start + length);
    return last;
  }

  #leaf(start: number, length: number, value: number): void {
    for (let i = 1; i < length; i++) {
      const total = this.#unwoundTotal(start, length, i);
      this.#out[this.#features[start + i]!]! += total * (this.#known[start + i]! - this.#unknown[start + i]!) * value;
    }
  }

  /** The weights' total, were feature `index` taken out. */
  #unwoundTotal(start: number, length: number, index: number): number {
    const last = length - 1;
    const weights = this.#weights;
    const unknown = this.#unknown[start + index]!;
    const known = this.#known[start + index]!;
    let next = weights[start + last]!;
    let total = 0;
    for (let i = last - 1; i >= 0; i--) {
      if (known !== 0) {
        const weight = (next * length) / ((i + 1) * known);
        total += weight;
        next = weights[start + i]! - (weight * unknown * (last - i)) / length;
      } else total += (weights[start + i]! * length) / (unknown * (last - i));
    }
    return total;
  }
}
