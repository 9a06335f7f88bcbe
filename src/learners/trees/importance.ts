/** How much a model makes of each feature, from its splits alone: the library's importances, and by its names. */
import type { BoostedModel } from './model.ts';

export interface Importance {
  /** Splits that ask for the feature. */
  weight: number;
  /** What a split of it gains, on the average, and all of them. */
  gain: number;
  totalGain: number;
  /** Second derivatives of the rows that a split of it sees, on the average, and all of them. */
  cover: number;
  totalCover: number;
}

/** Of each feature; all zero for one that no tree asks for. Of a linear model, `weight` is the coefficient's size. */
export function importanceOf({ booster, featureCount, groupCount }: BoostedModel): Importance[] {
  const importances = Array.from({ length: featureCount }, () => ({
    weight: 0,
    gain: 0,
    totalGain: 0,
    cover: 0,
    totalCover: 0,
  }));
  if (booster.kind === 'linear') {
    for (const [j, importance] of importances.entries())
      for (let group = 0; group < groupCount; group++)
        importance.weight += Math.abs(booster.weights[j * groupCount + group]!);
    return importances;
  }
  const { features, gains, covers } = booster.trees;
  for (const [node, feature] of features.entries()) {
    if (feature < 0) continue;
    const importance = importances[feature]!;
    importance.weight += 1;
    importance.totalGain += gains[node]!;
    importance.totalCover += covers[node]!;
  }
  for (const importance of importances) {
    if (importance.weight === 0) continue;
    importance.gain = importance.totalGain / importance.weight;
    importance.cover = importance.totalCover / importance.weight;
  }
  return importances;
}
