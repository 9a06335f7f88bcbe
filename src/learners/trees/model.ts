/** A model of XGBoost's as plain data: an ensemble of trees, or a linear model, and the objective that turns its sums into answers. */

export interface BoostedModel {
  /** As XGBoost spells it: `binary:logistic`. */
  objective: string;
  featureCount: number;
  /** Sums of a row: the number of classes, or of targets; else 1. */
  groupCount: number;
  /** What the sums of a row begin with: groupCount values. */
  baseMargins: Float32Array;
  booster: TreeBooster | LinearBooster;
  /** The best round (from 0) where early stopping chose one. */
  bestIteration: number | undefined;
  /** Empty where the model names none. */
  featureNames: readonly string[];
  /** What the trainer noted down: `best_iteration`, `best_score`, ... */
  attributes: Readonly<Record<string, string>>;
}

export interface TreeBooster {
  kind: 'trees';
  trees: Trees;
  /** Group whose sum each tree adds to. */
  treeGroups: Int32Array;
  /** The trees of round i are iterationStarts[i] up to iterationStarts[i + 1]. */
  iterationStarts: Int32Array;
  /** Of dart: what each tree counts. */
  treeWeights: Float32Array | undefined;
}

/**
 * All trees in one set of arrays. The right child of a node stands behind its left one, and a tree's nodes behind each other.
 */
export interface Trees {
  /** Its first node, and behind the last tree the number of all nodes. */
  roots: Int32Array;
  /** The feature a node asks for; -1 in a leaf. */
  features: Int32Array;
  /** Left where the feature is below; in a leaf, its value. */
  thresholds: Float32Array;
  /** Left child; of a leaf, 0. */
  lefts: Int32Array;
  /** Where a missing feature leads: 0 left, 1 right. */
  defaults: Uint8Array;
  /** The second derivatives of the rows that came by: their number, for squared errors. */
  covers: Float32Array;
  /** What a split gained; 0 in a leaf. */
  gains: Float32Array;
  /** The same for scoring; undefined where they split by category, or are lopsided. */
  packed: PackedTrees | undefined;
  /** Of nodes that ask for a category: those that lead to the right. */
  categories: ReadonlyMap<number, ReadonlySet<number>>;
}

/** Laid out for scoring: see packed-trees.ts. */
export interface PackedTrees {
  numbers: Float32Array;
  /** The same memory: features and children. */
  places: Int32Array;
  leafValues: Float32Array;
  roots: Int32Array;
  depths: Uint16Array;
}

export interface LinearBooster {
  kind: 'linear';
  /** featureCount * groupCount weights, feature by feature, then a bias for each group. */
  weights: Float32Array;
}
