/** Constraints name features, of which only the rows tell how many there are. */
import { DataError } from '../../../base/index.ts';
import type { XgboostSettings } from '../hyperparameters/hyperparameters.ts';

/** Throws DataError for a constraint on a feature that the rows do not have. Features without one are free. */
export function checkConstraints({ parameters }: Pick<XgboostSettings, 'parameters'>, columnCount: number): void {
  const numbersOf = (name: string): number[] =>
    (parameters.find(([each]) => each === name)?.[1].match(/-?\d+/g) ?? []).map(Number);
  const has = `the rows have ${columnCount} ${columnCount === 1 ? 'feature' : 'features'}`;
  const monotone = numbersOf('monotone_constraints').length;
  if (monotone > columnCount)
    throw new DataError(`monotone_constraints has ${monotone} values, but ${has}: give one for each feature`);
  const unknown = numbersOf('interaction_constraints').find((feature) => feature >= columnCount);
  if (unknown !== undefined)
    throw new DataError(`interaction_constraints names feature ${unknown}, but ${has}, which count from 0`);
}
