import { featuresOf, type Preparation } from './preparation.ts';

/** The columns of raw rows, as what is said of single features is said of them. */
export interface PreparedColumns {
  /** In the order of their features. */
  columns: readonly { name: string; type: 'numerical' | 'categorical' | 'text' }[];
  /** By feature, the place of its column in `columns`. */
  placeOf: readonly number[];
  /** By class, where they have names. */
  classes: readonly string[];
  /** A feature's value as the column has it; undefined where it is none of a number. */
  original(feature: number, value: number): number | undefined;
}

export function preparedColumns(preparation: Preparation): PreparedColumns {
  const placeOf = preparation.columns.flatMap((column, place) => featuresOf({ columns: [column] }).map(() => place));
  const restore = preparation.columns.flatMap((column): ((value: number) => number | undefined)[] => {
    const count = featuresOf({ columns: [column] }).length;
    const isNumber = column.as === 'number';
    const first = (value: number): number | undefined =>
      isNumber ? (column.log ? Math.expm1(value) : value) : undefined;
    // Behind a number stands only whether it was missing.
    return Array.from({ length: count }, (_, at) => (at === 0 ? first : () => undefined));
  });
  return {
    placeOf,
    columns: preparation.columns.map(({ column, as }) => ({
      name: column,
      type: as === 'category' ? 'categorical' : as === 'words' ? 'text' : 'numerical',
    })),
    classes: preparation.label.classes,
    original: (feature, value) => restore[feature]?.(value),
  };
}
