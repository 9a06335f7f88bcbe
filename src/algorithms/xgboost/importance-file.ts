/** Which features a model goes by, as a table beside it. */
import {
  type BoostedModel,
  type DenseRows,
  importanceOf,
  type PermutationOptions,
  permutationImportance,
} from '../../learners/index.ts';

/** Rows that were not trained on, and how wrong answers to them are. */
export interface HeldOutRows extends PermutationOptions {
  rows: DenseRows;
}

/** By column, how much the loss of held-out rows grows when it is shuffled; undefined without such rows. */
export const permutationOf = (model: BoostedModel, heldOut: HeldOutRows | undefined): Float64Array | undefined =>
  heldOut && permutationImportance(model, heldOut.rows, heldOut);

/** CSV with a header, by falling total gain. `permutation` is empty without held-out rows. */
export function importanceCsv(model: BoostedModel, permutation?: ArrayLike<number>): string {
  const lines = importanceOf(model)
    .map((importance, feature) => ({ feature, ...importance }))
    .sort((a, b) => b.totalGain - a.totalGain || b.weight - a.weight || a.feature - b.feature)
    .map(({ feature, weight, gain, cover, totalGain, totalCover }) =>
      [feature, weight, gain, cover, totalGain, totalCover, permutation?.[feature] ?? ''].join(','),
    );
  return `feature,weight,gain,cover,total_gain,total_cover,permutation\n${lines.map((line) => `${line}\n`).join('')}`;
}
