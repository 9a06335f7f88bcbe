import type { ScoreParts } from '../../learners/index.ts';
import type { Task } from '../../tables/index.ts';

/** Prepared rows: featureCount numbers each. */
export interface PreparedRows {
  rowCount: number;
  features: Float64Array;
}

/** What a model answers. */
export interface Scores {
  /** Of a classifier the class, of a regressor the value. */
  predictions: Float64Array;
  /** Of a classifier with probabilities: of two classes that of class 1, of more that of each class, row by row. */
  probabilities: Float64Array | undefined;
}

export interface Scorer {
  task: Task;
  /** 2 of a binary classifier, 0 of a regressor. */
  classCount: number;
  featureCount: number;
  /** What it is, for people. */
  text: string;
  score(rows: PreparedRows): Scores;
  /** Each row's scores before any link, as sums over the features; undefined where the model does not hold what it takes. */
  explain: ((rows: PreparedRows) => ScoreParts[]) | undefined;
}
