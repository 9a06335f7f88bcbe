import type { PreparedColumns } from '../../tables/index.ts';

/** What features are called in an explanation, and to which column of the user each belongs. */
export type ExplainedColumns = PreparedColumns;

/** Features by number from 1, where nobody named them. */
export function plainColumns(featureCount: number, names: readonly string[] | null): ExplainedColumns {
  const columnOf = Array.from({ length: featureCount }, (_, feature) => names?.[feature] ?? `column ${feature + 1}`);
  return {
    columnOf,
    columns: columnOf.map((name) => ({ name, type: 'numerical' })),
    classes: [],
    original: (_, value) => value,
  };
}
