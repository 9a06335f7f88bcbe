import type { Question } from './question.ts';
import { combinationCount, type Values } from './space.ts';
import { suggestBayesian } from './strategies/bayesian.ts';
import { gridPoint } from './strategies/grid.ts';
import { suggestRandom } from './strategies/random-search.ts';

/** The values of the next trial; undefined when everything was tried. Depends on the question alone. */
export function suggest(question: Question): Values | undefined {
  const { strategy, space, seed, tried } = question;
  if (strategy === 'Grid') return gridPoint(space, tried.length);
  if (tried.length >= combinationCount(space)) return undefined;
  if (strategy === 'Bayesian') return suggestBayesian(question);
  // Hyperband decides which trials go on; what it begins with is random.
  return suggestRandom(space, seed, tried);
}
