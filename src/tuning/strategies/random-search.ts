import type { Tried } from '../question.ts';
import { type Random, randomOf } from '../random.ts';
import { type Place, type Space, type Values, valuesAt } from '../space.ts';

/** Draws before a combination that was tried is taken again; in a small space the odds of that are nil. */
const drawsMax = 10_000;

/** Values drawn evenly on the scales of the space. No combination comes twice. */
export function suggestRandom(space: Space, seed: number, tried: readonly Tried[]): Values {
  const random = randomOf(seed, tried.length);
  const isNew = newAmong(space, tried);
  let values = valuesAt(space, randomPlace(space, random));
  for (let draws = 1; draws < drawsMax && !isNew(values); draws += 1)
    values = valuesAt(space, randomPlace(space, random));
  return values;
}

export const randomPlace = (space: Space, random: Random): Place => Float64Array.from(space, () => random.uniform());

/** Tells whether values were not tried yet. */
export function newAmong(space: Space, tried: readonly Tried[]): (values: Values) => boolean {
  const keyOf = (values: Values): string => JSON.stringify(space.map(({ name }) => values[name]));
  const seen = new Set(tried.map(({ values }) => keyOf(values)));
  return (values) => !seen.has(keyOf(values));
}
