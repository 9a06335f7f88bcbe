/** When a search has found what it can find. Losses are in the order in which their trials ended; less is better. */

/** An improvement by less than this share of the best loss is none, as at Amazon. */
const improvementMin = 0.01;
/** A search of few hyperparameters has converged after this many results without an improvement, or with more of them after this many for each. */
const convergedAfter = { results: 10, eachParameter: 3 };

/** How many of the last results did not improve on the best one before them. */
export function notImproving(losses: readonly number[]): number {
  let best = Number.POSITIVE_INFINITY;
  let count = 0;
  for (const loss of losses) {
    const improved = best === Number.POSITIVE_INFINITY || best - loss >= improvementMin * Math.abs(best);
    count = improved && loss < best ? 0 : count + 1;
    // The best by which improvements are judged moves only with one: small steps add up.
    if (count === 0) best = loss;
  }
  return count;
}

export const hasConverged = (losses: readonly number[], parameterCount: number): boolean =>
  notImproving(losses) >= Math.max(convergedAfter.results, convergedAfter.eachParameter * parameterCount);
