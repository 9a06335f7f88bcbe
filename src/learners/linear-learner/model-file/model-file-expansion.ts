import { DataError } from '../../../base/index.ts';
import { type Expansion, expandedFeatureCount } from '../expansion/expansion.ts';
import type { Interactions } from '../settings.ts';

/** An expansion as it stands in linnet.json. */
export interface StoredExpansion {
  degree: number;
  interactions: Interactions;
  centre: number[];
  factor: number[];
}

export const storedExpansion = ({ degree, interactions, centre, factor }: Expansion): StoredExpansion => ({
  degree,
  interactions,
  centre: Array.from(centre),
  factor: Array.from(factor),
});

/** Throws DataError when it is not an expansion to `expandedCount` features. */
export function readExpansion(value: unknown, expandedCount: number): Expansion {
  const { degree, interactions, centre, factor } = (value ?? {}) as Partial<Record<keyof Expansion, unknown>>;
  if (
    isIndex(degree) &&
    degree > 0 &&
    isInteractions(interactions) &&
    isNumbers(centre) &&
    isNumbers(factor) &&
    centre.length === factor.length
  ) {
    const expansion = { degree, interactions, centre: Float64Array.from(centre), factor: Float64Array.from(factor) };
    if (expandedFeatureCount(centre.length, expansion) === expandedCount) return expansion;
  }
  throw new DataError('The expansion in "linnet.json" does not fit the weights: the file is damaged');
}

const isInteractions = (value: unknown): value is Interactions =>
  value === 'none' || value === 'all' || (Array.isArray(value) && value.every(isPair));

const isPair = (value: unknown): boolean => Array.isArray(value) && value.length === 2 && value.every(isIndex);

const isIndex = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((number) => Number.isFinite(number));
