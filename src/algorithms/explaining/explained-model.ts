import type { RowBlock, SparseBlock } from '../../formats/index.ts';
import type { Explanations, ScoreParts } from '../../learners/index.ts';

export type AnyRows = RowBlock | SparseBlock;

/** A model as its explanations see it. */
export interface ExplainedModel {
  explanations: Explanations;
  /** Makes sums of each row's scores before any link. `baseline` are the rows to count from; left out, those of training. */
  partsAgainst(baseline: RowBlock | undefined): (rows: AnyRows) => ScoreParts[];
  /** What a regressor answers. */
  predictionsOf(rows: AnyRows): ArrayLike<number>;
  /** What scores are measured in. */
  unit: 'log-odds' | 'score';
  /** Why only a baseline that is given can be counted from; undefined where the training rows can be. */
  needsBaseline?: string | undefined;
  /** Rows of a baseline. Throws DataError. */
  readRows(bytes: Uint8Array, contentType: string): RowBlock;
}

/** Why a model has no explanations. */
export interface Unexplained {
  why: string;
}
