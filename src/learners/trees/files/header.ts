/** What every kind of model file says of a model beside its trees or weights. */
import { DataError } from '../../../base/index.ts';
import type { BoostedModel, LinearBooster, TreeBooster } from '../model.ts';
import { objectiveOf } from '../objectives.ts';

export interface Header {
  objective: string;
  featureCount: number;
  /** 0 where there are no classes. */
  classCount: number;
  targetCount: number;
  /** One for each sum, or one for all. */
  baseScores: readonly number[];
  /** Files from before version 1.0 hold the sum itself. */
  baseScoresAreMargins: boolean;
  attributes: Readonly<Record<string, string>>;
  featureNames: readonly string[];
}

/** Throws DataError for parts that do not fit each other. */
export function modelOf(
  header: Header,
  readBooster: (groupCount: number) => TreeBooster | LinearBooster,
): BoostedModel {
  const { objective, featureCount, classCount, targetCount, attributes, featureNames } = header;
  const { marginOf } = objectiveOf(objective);
  const groupCount = Math.max(1, classCount, targetCount);
  if (!Number.isInteger(featureCount) || featureCount < 0 || featureCount > featuresMax)
    throw new DataError(`The model has ${featureCount} features, the limit is ${featuresMax}`);
  if (!Number.isInteger(groupCount) || groupCount > groupsMax)
    throw new DataError(`The model has ${groupCount} classes, the limit is ${groupsMax}`);
  const { baseScores } = header;
  if (baseScores.length !== 1 && baseScores.length !== groupCount)
    throw new DataError(`The model has ${baseScores.length} base scores for ${groupCount} sums`);
  const baseMargins = Float32Array.from({ length: groupCount }, (_, group) => {
    const score = Math.fround(baseScores[baseScores.length === 1 ? 0 : group]!);
    return header.baseScoresAreMargins ? score : marginOf(score);
  });
  const booster = readBooster(groupCount);
  if (booster.kind === 'trees') checkTrees(booster, groupCount);
  else if (booster.weights.length !== (featureCount + 1) * groupCount)
    throw new DataError(
      `The model has ${booster.weights.length} weights instead of ${(featureCount + 1) * groupCount}`,
    );
  return {
    objective,
    featureCount,
    groupCount,
    baseMargins,
    booster,
    bestIteration: /^\d{1,9}$/.test(attributes.best_iteration ?? '') ? Number(attributes.best_iteration) : undefined,
    featureNames,
    attributes,
  };
}

const featuresMax = 2 ** 24;
const groupsMax = 2 ** 16;

function checkTrees({ trees, treeGroups, iterationStarts, treeWeights }: TreeBooster, groupCount: number): void {
  const treeCount = trees.roots.length - 1;
  if (treeGroups.length !== treeCount)
    throw new DataError(`The model has ${treeCount} trees and ${treeGroups.length} groups of them`);
  if (treeGroups.some((group) => group < 0 || group >= groupCount))
    throw new DataError(`A tree of the model adds to a class beyond the ${groupCount} that there are`);
  if (treeWeights !== undefined && treeWeights.length !== treeCount)
    throw new DataError(`The model has ${treeCount} trees and ${treeWeights.length} weights of them`);
  const last = iterationStarts[iterationStarts.length - 1];
  if (last !== treeCount || iterationStarts.some((start, i) => start < (iterationStarts[i - 1] ?? 0)))
    throw new DataError(`The model's rounds do not cover its ${treeCount} trees`);
}
