import { type Cell, isMissing, numberOf, type Profile, textOf } from '../../tables/index.ts';

/** A column of one type, and how its cells become it. Missing cells are null. */
export type TypedColumn = { name: string } & (
  | { type: 'number'; typed: (cell: Cell) => number | null }
  | { type: 'text'; typed: (cell: Cell) => string | null }
);

/** Numbers where all cells are some, or missing; else texts as they stand. */
export const typedColumns = ({ columns }: Profile, names: readonly string[]): TypedColumn[] =>
  names.map((name): TypedColumn => {
    const { kind, number } = columns.find((column) => column.name === name)!;
    if (kind !== 'number' || number === undefined || Object.keys(number.notNumbers).length > 0)
      return { name, type: 'text', typed: (cell) => (cell === null ? null : textOf(cell)) };
    const { sign } = number;
    return { name, type: 'number', typed: (cell) => (isMissing(cell) ? null : numberOf(cell, sign)) };
  });
