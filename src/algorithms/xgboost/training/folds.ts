import { permutation, seededRandom } from '../../../learners/index.ts';

/** The fold of each row: as many rows in each, and with `stratified` as many of each label. Equal for an equal seed. */
export function foldsOf(
  labels: Float32Array,
  { folds, seed, stratified }: { folds: number; seed: number; stratified: boolean },
): Uint16Array {
  const foldOf = new Uint16Array(labels.length);
  const order = permutation(labels.length, seededRandom(seed));
  if (stratified) order.sort((a, b) => labels[a]! - labels[b]!);
  for (const [place, row] of order.entries()) foldOf[row] = place % folds;
  return foldOf;
}
