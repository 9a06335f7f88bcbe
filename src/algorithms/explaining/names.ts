/** What features are called in an explanation, and to which column of the user each belongs. */
import { featuresOf, type Preparation } from '../../tables/index.ts';

export interface ExplainedColumns {
  /** By feature. */
  columnOf: readonly string[];
  /** In the order of their features. */
  columns: readonly { name: string; type: 'numerical' | 'categorical' | 'text' }[];
  /** By class, where they have names. */
  classes: readonly string[];
  /** A feature's value as the column has it, undefined where it is none of a number. */
  original(feature: number, value: number): number | undefined;
}

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

/** The columns of the raw rows that a preparation makes features of. */
export function preparedColumns(preparation: Preparation): ExplainedColumns {
  const columnOf = featuresOf(preparation).map(({ column }) => column);
  const restore = preparation.columns.flatMap((column): ((value: number) => number | undefined)[] => {
    const count = columnOf.filter((name) => name === column.column).length;
    const isNumber = column.as === 'number';
    const first = (value: number): number | undefined =>
      isNumber ? (column.log ? Math.expm1(value) : value) : undefined;
    // Behind a number stands only whether it was missing.
    return Array.from({ length: count }, (_, at) => (at === 0 ? first : () => undefined));
  });
  return {
    columnOf,
    columns: preparation.columns.map(({ column, as }) => ({
      name: column,
      type: as === 'category' ? 'categorical' : as === 'words' ? 'text' : 'numerical',
    })),
    classes: preparation.label.classes,
    original: (feature, value) => restore[feature]?.(value),
  };
}
