/** All models in a folder, scored together. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, messageOf } from '../../../base/index.ts';
import type { SparseBlock } from '../../../formats/index.ts';
import {
  type Answers,
  type BoostedModel,
  contributionsAgainst,
  contributionsOfBoosted,
  type DenseRows,
  predictBoosted,
  readBoostedModel,
} from '../../../learners/index.ts';

export interface Ensemble {
  /** At least one; all answer with as many numbers. */
  models: readonly BoostedModel[];
  objective: string;
  featureCount: number;
  groupCount: number;
}

/**
 * Reads every file of the folder but those whose names begin with a dot, in the order of their names. Throws DataError for
 * a file that is no model, or one that does not fit the others.
 */
export function loadEnsemble(folder: string, { onlyFirst }: { onlyFirst: boolean }): Ensemble {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
  const models = names.slice(0, onlyFirst ? 1 : undefined).map((name) => readModel(folder, name));
  const [first] = models;
  if (first === undefined) throw new DataError('There is no model file, such as "xgboost-model"');
  for (const [index, model] of models.entries()) {
    for (const key of ['objective', 'featureCount', 'groupCount'] as const)
      if (model[key] !== first[key])
        throw new DataError(
          `"${names[index]}" has ${words[key]} ${model[key]}, but "${names[0]}" has ${first[key]}: models of one ensemble answer alike (SAGEMAKER_INFERENCE_ENSEMBLE=false serves the first one alone)`,
        );
  }
  const { objective, featureCount, groupCount } = first;
  return { models, objective, featureCount, groupCount };
}

const words = { objective: 'the objective', featureCount: 'the feature count', groupCount: 'the class count' } as const;

function readModel(folder: string, name: string): BoostedModel {
  try {
    return readBoostedModel(readFileSync(join(folder, name)));
  } catch (error) {
    throw new DataError(`"${name}": ${messageOf(error)}`);
  }
}

export function describeEnsemble({ models, objective, featureCount }: Ensemble): string {
  const rounds = models.map(roundsOf).map((count) => (count === undefined ? '' : ` up to round ${count - 1}`));
  return models.length === 1
    ? `a model of ${objective} with ${featureCount} features${rounds[0]}`
    : `${models.length} models of ${objective} with ${featureCount} features`;
}

/** The best round counts, and those before it. */
const roundsOf = ({ bestIteration }: BoostedModel): number | undefined =>
  bestIteration === undefined ? undefined : bestIteration + 1;

/** One number of a row is a class, and classes have no mean. */
const votes: readonly string[] = ['multi:softmax', 'binary:hinge'];

/** The models' mean answer, or the class that most of them give, the lower of two that are given as often. */
export function scoreEnsemble({ models, objective }: Ensemble, rows: DenseRows | SparseBlock): Answers {
  const all = models.map((model) => predictBoosted(model, rows, { roundCount: roundsOf(model) }));
  const [first] = all;
  if (all.length === 1) return first!;
  return combined(all, votes.includes(objective) ? mostFrequent : mean);
}

/** Mean contributions of the models: they add up to the mean of their sums. Against training rows, or those of `baseline`. */
export const explainEnsemble = (
  { models }: Ensemble,
  rows: DenseRows | SparseBlock,
  baseline?: DenseRows | undefined,
): Answers =>
  combined(
    models.map((model) => {
      const options = { roundCount: roundsOf(model) };
      return baseline === undefined
        ? contributionsOfBoosted(model, rows, options)
        : contributionsAgainst(model, rows, baseline, options);
    }),
    mean,
  );

function combined(all: readonly Answers[], combine: (values: readonly number[]) => number): Answers {
  const { rowCount, width, values } = all[0]!;
  return { rowCount, width, values: values.map((_, i) => combine(all.map((answers) => answers.values[i]!))) };
}

/** As numpy takes it of single-precision numbers. */
function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum = Math.fround(sum + value);
  return Math.fround(sum / values.length);
}

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = values[0]!;
  for (const [value, count] of counts) {
    const more = count - counts.get(best)!;
    if (more > 0 || (more === 0 && value < best)) best = value;
  }
  return best;
}
