import type { Parameters } from '../fold.ts';
import { searchPlanOf } from '../path/budget.ts';
import type { Job } from '../problem.ts';

/** Weights averaged over the course of training, the later the heavier. */
export interface Average extends Parameters {
  /** The number of looks that were taken. */
  count: number;
}

/** Weights of all models up to which an average is kept: 4 MiB; of sparse rows less, whose chunks touch few of them. */
const averagedWeightsMax = 2 ** 20;
const averagedSparseWeightsMax = 2 ** 16;

/** How much later looks outweigh earlier ones: the k-th has a weight of about k^3. */
const eagerness = 3;

/**
 * Whether the models of this job are averaged: by default, where nothing else carries them to their optimum. A model that
 * still swings around its optimum with the last steps' noise is nearer to it on average (covertype's first 20,000 rows
 * and others, step sizes of 0.1: from 2 to 7 % above the optimum to below 1 %).
 */
export const isAveraged = (job: Job): boolean =>
  job.settings.compatibility !== 'amazon' &&
  job.source.featureCount * job.plan.candidates.length * job.outputs <=
    (job.source.sparseBlocks === undefined ? averagedWeightsMax : averagedSparseWeightsMax) &&
  typeof searchPlanOf(job) === 'string';

/**
 * One more look at the weights: a <- (1 - g) a + g w with g = (1 + e) / (k + e). Source: O. Shamir and T. Zhang, ICML
 * 2013, polynomial-decay averaging.
 */
export function averaged(before: Average | undefined, { w, b }: Parameters): Average {
  if (before === undefined) return { w: w.slice(), b: b.slice(), count: 1 };
  const count = before.count + 1;
  const share = (1 + eagerness) / (count + eagerness);
  const blend = (into: Float32Array, from: Float32Array): void => {
    for (let at = 0; at < into.length; at += 1) into[at] += share * (from[at] - into[at]);
  };
  blend(before.w, w);
  blend(before.b, b);
  before.count = count;
  return before;
}
