/** How much worse a model answers rows in which one feature's values are dealt out anew: what it makes of it, on rows it has not seen. */
import { permutation, seededRandom } from '../rows/random.ts';
import type { BoostedModel } from './model.ts';
import { type Answers, type DenseRows, predictBoosted, type ScoreOptions } from './predict.ts';

export interface PermutationOptions extends ScoreOptions {
  /** How wrong answers are; grows with it. A metric to maximise is negated. */
  lossOf(answers: Answers): number;
  seed: number;
  /** Each feature is dealt out so many times, and the mean is taken; 3 where left out. */
  repeats?: number;
}

/** By feature, how much the loss grows; 0 for one that the model does not ask for. */
export function permutationImportance(
  model: BoostedModel,
  { rowCount, featureCount, features }: DenseRows,
  { lossOf, seed, repeats = 3, roundCount }: PermutationOptions,
): Float64Array {
  const random = seededRandom(seed);
  const loss = (values: Float32Array): number =>
    lossOf(predictBoosted(model, { rowCount, featureCount, features: values }, { roundCount }));
  const usual = loss(features);
  const used = usedFeatures(model);
  const shuffled = features.slice();
  return Float64Array.from({ length: featureCount }, (_, j) => {
    if (!used.has(j)) return 0;
    let total = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const order = permutation(rowCount, random);
      for (let i = 0; i < rowCount; i++) shuffled[i * featureCount + j] = features[order[i]! * featureCount + j]!;
      total += loss(shuffled) - usual;
    }
    for (let i = 0; i < rowCount; i++) shuffled[i * featureCount + j] = features[i * featureCount + j]!;
    return total / repeats;
  });
}

function usedFeatures({ booster, featureCount, groupCount }: BoostedModel): ReadonlySet<number> {
  if (booster.kind === 'trees') return new Set(booster.trees.features);
  const isUsed = (j: number): boolean =>
    booster.weights.subarray(j * groupCount, (j + 1) * groupCount).some((weight) => weight !== 0);
  return new Set(Array.from({ length: featureCount }, (_, j) => j).filter(isUsed));
}
