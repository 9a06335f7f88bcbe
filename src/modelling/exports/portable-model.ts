/** A model as plain data, for programs in other languages: raw cells to features, features to sums, sums to answers. */
import { DataError } from '../../base/index.ts';
import { lossFacts } from '../../kernels/index.ts';
import {
  type BoostedModel,
  type LinearModel,
  objectiveOf,
  readBoostedModel,
  readModelFile,
} from '../../learners/index.ts';
import type { Preparation, Task } from '../../tables/index.ts';
import type { TrainedModel } from '../models/open-model.ts';

export interface PortableModel {
  /** What it is, for people. */
  text: string;
  /** The label's column; `label` where the model does not say. */
  label: string;
  task: Task;
  /** Class k by its name; none of a regressor. */
  classes: readonly string[];
  preparation: Preparation | undefined;
  /** By their order; `f0`, `f1` and so on where there is no preparation. */
  featureNames: readonly string[];
  sums: LinearSums | TreeSums;
  /** From a row's sums to its scores. */
  link: 'identity' | 'logistic' | 'exp' | 'softmax';
  /** Whether the scores of a classifier are probabilities. */
  hasProbabilities: boolean;
  /** A row is of class 1 where its score is above, or at it where it says so. Of two classes only. */
  limit: { score: number; isAtLeast: boolean };
  /** Scores of a regressor are cut to it. */
  range: { low: number; high: number } | undefined;
}

export interface LinearSums {
  kind: 'linear';
  /** One for each sum. */
  bias: readonly number[];
  /** By feature, a weight for each sum. */
  weights: readonly (readonly number[])[];
  /** A feature that is missing adds nothing; else the sum is missing too. */
  passesOverMissing: boolean;
  /** Products of features that are centred and scaled: z = (x - centre) * factor. */
  products:
    | {
        centre: readonly number[];
        factor: readonly number[];
        terms: readonly { of: readonly number[]; weights: readonly number[] }[];
      }
    | undefined;
}

export interface TreeSums {
  kind: 'trees';
  /** One for each sum. */
  bias: readonly number[];
  trees: readonly { sum: number; root: TreeNode }[];
}

/** Left where the feature is below the limit. Limits are doubles, for values that are not rounded to single precision. */
export type TreeNode =
  | { value: number }
  | { feature: number; below: number; missingGoesLeft: boolean; left: TreeNode; right: TreeNode };

/** Throws DataError for a model that hashes columns, or splits by category. */
export function portableModel(model: TrainedModel): PortableModel {
  const { preparation, features, task, classCount, featureCount, algorithm, text, modelFile } = model;
  const shared = {
    text,
    label: preparation?.label.column ?? 'label',
    task,
    classes: preparation?.label.classes ?? Array.from({ length: classCount }, (_, at) => String(at)),
    preparation,
    featureNames: features?.map(({ name }) => name) ?? Array.from({ length: featureCount }, (_, at) => `f${at}`),
  };
  return algorithm === 'linear-learner'
    ? { ...shared, ...linearParts(readModelFile(modelFile).model, task) }
    : { ...shared, ...boostedParts(readBoostedModel(modelFile)) };
}

type Parts = Pick<PortableModel, 'sums' | 'link' | 'hasProbabilities' | 'limit' | 'range'>;

function linearParts(model: LinearModel, task: Task): Parts {
  const { weights, outputCount: width, featureCount, expansion, threshold, hashBits, range } = model;
  if (hashBits !== undefined)
    throw new DataError('The model hashes the columns of rows, which linnet export cannot say in other languages');
  const rowOf = (at: number): number[] => Array.from(weights.subarray(at * width, (at + 1) * width));
  const { link } = lossFacts(model.loss);
  const named = link === 'logit' ? 'logistic' : link === 'multinomial' ? 'softmax' : 'identity';
  return {
    sums: {
      kind: 'linear',
      bias: Array.from(model.bias),
      weights: Array.from({ length: featureCount }, (_, at) => rowOf(at)),
      passesOverMissing: false,
      products: expansion && {
        centre: Array.from(expansion.centre),
        factor: Array.from(expansion.factor),
        terms: termsOf(expansion, featureCount).map((of, at) => ({ of, weights: rowOf(featureCount + at) })),
      },
    },
    link: named,
    hasProbabilities: task !== 'regression' && named !== 'identity',
    limit: { score: threshold, isAtLeast: true },
    range,
  };
}

/** The features whose product each term is, in the order of the model's weights: powers first, then pairs. */
function termsOf({ degree, interactions }: NonNullable<LinearModel['expansion']>, count: number): number[][] {
  const features = Array.from({ length: count }, (_, at) => at);
  const powers = features.flatMap((at) =>
    Array.from({ length: degree - 1 }, (_, power) => Array.from({ length: power + 2 }, () => at)),
  );
  const pairs =
    interactions === 'all'
      ? features.flatMap((low) => features.slice(low + 1).map((high) => [low, high]))
      : interactions === 'none'
        ? []
        : interactions.map((pair) => [...pair]);
  return [...powers, ...pairs];
}

function boostedParts(model: BoostedModel): Parts {
  const { booster, baseMargins, featureCount, groupCount, bestIteration, objective } = model;
  const link = objectiveOf(objective).link;
  const sums: LinearSums | TreeSums =
    booster.kind === 'trees'
      ? { kind: 'trees', bias: Array.from(baseMargins), trees: treesOf(booster, bestIteration) }
      : {
          kind: 'linear',
          bias: Array.from(baseMargins, (base, at) => base + booster.weights[featureCount * groupCount + at]!),
          weights: Array.from({ length: featureCount }, (_, at) =>
            Array.from(booster.weights.subarray(at * groupCount, (at + 1) * groupCount)),
          ),
          passesOverMissing: true,
          products: undefined,
        };
  return {
    sums,
    // The greatest sum is the greatest probability; a class is all that the objective answers.
    link: link === 'argmax' || link === 'step' ? 'identity' : link,
    hasProbabilities: objective === 'binary:logistic' || link === 'softmax',
    limit: { score: objective === 'binary:logistic' ? 0.5 : 0, isAtLeast: false },
    range: undefined,
  };
}

function treesOf(
  { trees, treeGroups, treeWeights, iterationStarts }: Extract<BoostedModel['booster'], { kind: 'trees' }>,
  bestIteration: number | undefined,
): TreeSums['trees'] {
  if (trees.categories.size > 0)
    throw new DataError('The model splits by category, which linnet export cannot say in other languages');
  const rounds = Math.min(bestIteration === undefined ? Infinity : bestIteration + 1, iterationStarts.length - 1);
  const nodeOf = (node: number, weight: number): TreeNode => {
    const feature = trees.features[node]!;
    if (feature < 0) return { value: Math.fround(trees.thresholds[node]! * weight) };
    const left = trees.lefts[node]!;
    return {
      feature,
      below: doubleLimit(trees.thresholds[node]!),
      missingGoesLeft: trees.defaults[node] === 0,
      left: nodeOf(left, weight),
      right: nodeOf(left + 1, weight),
    };
  };
  return Array.from({ length: iterationStarts[rounds]! }, (_, tree) => ({
    sum: treeGroups[tree]!,
    root: nodeOf(trees.roots[tree]!, treeWeights?.[tree] ?? 1),
  }));
}

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);
const double = new Float64Array(1);
const doubleBits = new BigInt64Array(double.buffer);

/**
 * Trees round a value to single precision before they compare it. The limit for values that are not rounded: x is below it exactly
 * where its rounded value is below the tree's. It is half-way to the next lower single, or just above where that rounds down.
 */
function doubleLimit(limit: number): number {
  single[0] = limit;
  // Bits of negative numbers grow away from zero; below zero comes the least negative number.
  if (limit === 0) singleBits[0] = -0x7fffffff;
  else singleBits[0]! += limit > 0 ? -1 : 1;
  const half = (single[0]! + limit) / 2;
  if (Math.fround(half) === Math.fround(limit)) return half;
  double[0] = half;
  doubleBits[0]! += half > 0 ? 1n : -1n;
  return double[0]!;
}
