import type { PreparedColumns } from '../../tables/index.ts';

/** What features are called in an explanation, and to which column of the user each belongs. */
export type ExplainedColumns = PreparedColumns;

/** Features by number from 1, where nobody named them. */
export function plainColumns(featureCount: number, names: readonly string[] | null): ExplainedColumns {
  const features = Array.from({ length: featureCount }, (_, feature) => feature);
  return {
    columns: features.map((feature) => ({ name: names?.[feature] ?? `column ${feature + 1}`, type: 'numerical' })),
    placeOf: features,
    classes: [],
    original: (_, value) => value,
  };
}
