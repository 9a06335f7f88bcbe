/** Applies a preparation to rows, one after the other: memory holds none but the one in hand. */
import { DataError } from '../../base/index.ts';
import { type Cell, isMissing, numberOf, shown, textOf } from '../cell.ts';
import { placeFinder } from '../decisions/spellings.ts';
import { dateOf } from '../profile/dates.ts';
import { hashOf } from '../profile/distinct.ts';
import { featuresOf, type Preparation, type PreparedColumn } from './preparation.ts';

export interface RowPreparer {
  featureCount: number;
  /** Columns of the rows that the model does not use, and did not know. */
  extra: readonly string[];
  /** By column, how many cells had a value that training rows never had (of numbers: a word), and one of them. */
  unseen: ReadonlyMap<string, { count: number; example: string }>;
  /** Writes a row's features. */
  features(row: readonly Cell[], to: Float64Array | Float32Array, at: number): void;
  /** The label as a number, class k as k; NaN where it is missing, no number or no class of the model. */
  label(row: readonly Cell[]): number;
}

/**
 * For rows with these columns, in any order. Throws DataError naming every column that the model needs and the rows lack. Rows need not have
 * the label.
 */
export function rowPreparer(preparation: Preparation, columns: readonly string[]): RowPreparer {
  const places = new Map(columns.map((name, at) => [name, at]));
  const absent = preparation.columns.filter(({ column }) => !places.has(column)).map(({ column }) => column);
  if (absent.length > 0) throw new DataError(absentMessage(absent, columns));
  const unseen = new Map<string, { count: number; example: string }>();
  const steps = preparation.columns.map((column) => {
    const note = (cell: Cell): void => {
      const known = unseen.get(column.column);
      if (known === undefined) unseen.set(column.column, { count: 1, example: textOf(cell) });
      else known.count += 1;
    };
    return { place: places.get(column.column)!, step: stepOf(column, note) };
  });
  const known = new Set([
    preparation.label.column,
    ...preparation.columns.map(({ column }) => column),
    ...preparation.leftOut.map(({ column }) => column),
  ]);
  return {
    featureCount: featuresOf(preparation).length,
    extra: columns.filter((name) => !known.has(name)),
    unseen,
    features(row, to, at) {
      let next = at;
      for (const { place, step } of steps) next = step(row[place]!, to, next);
    },
    label: labelReader(preparation.label, columns),
  };
}

/** Reads the label of rows with these columns as a number, class k as k; NaN where there is none. */
export function labelReader(
  { column, task, classes, spellings, sign }: Preparation['label'],
  columns: readonly string[],
): (row: readonly Cell[]) => number {
  const place = columns.indexOf(column);
  const classOf = placeFinder(classes, spellings);
  if (place === -1) return () => Number.NaN;
  return task === 'regression'
    ? (row) => (isMissing(row[place]!) ? Number.NaN : numberOf(row[place]!, sign))
    : (row) => classOf(textOf(row[place]!)) ?? Number.NaN;
}

function absentMessage(absent: readonly string[], columns: readonly string[]): string {
  const names = absent
    .slice(0, 10)
    .map((name) => shown(name))
    .join(', ');
  const more = absent.length > 10 ? ` and ${absent.length - 10} more` : '';
  const given = columns
    .slice(0, 10)
    .map((name) => shown(name))
    .join(', ');
  return `The rows lack ${absent.length === 1 ? 'the column' : 'the columns'} ${names}${more}, which the model was trained on; they have ${given}${columns.length > 10 ? ', ...' : ''}`;
}

/** Writes the features of a cell from a place on, and returns the place behind them. */
type Step = (cell: Cell, to: Float64Array | Float32Array, at: number) => number;

function stepOf(column: PreparedColumn, note: (cell: Cell) => void): Step {
  switch (column.as) {
    case 'number':
      return numberStep(column, note);
    case 'category':
      return categoryStep(column, note);
    case 'ordinal':
      return ordinalStep(column, note);
    case 'date':
      return dateStep(column, note);
    default:
      return wordsStep(column);
  }
}

const filled = (fill: number | null): number => fill ?? Number.NaN;

function numberStep(
  { sign, fill, indicator, log }: Extract<PreparedColumn, { as: 'number' }>,
  note: (cell: Cell) => void,
): Step {
  return (cell, to, at) => {
    let value = numberOf(cell, sign);
    const isAbsent = Number.isNaN(value);
    if (isAbsent && !isMissing(cell)) note(cell);
    if (isAbsent) value = filled(fill);
    to[at] = log ? Math.log1p(Math.max(0, value)) : value;
    if (!indicator) return at + 1;
    to[at + 1] = Number(isAbsent);
    return at + 2;
  };
}

function categoryStep(
  { levels, reference, other, missing, spellings }: Extract<PreparedColumn, { as: 'category' }>,
  note: (cell: Cell) => void,
): Step {
  const placeOf = placeFinder(reference === null ? levels : [...levels, reference], spellings);
  const width = levels.length + Number(other) + Number(missing);
  return (cell, to, at) => {
    to.fill(0, at, at + width);
    const place = placeOf(textOf(cell));
    // The reference, which has no feature, is the place behind the levels.
    if (place === levels.length) return at + width;
    if (place !== undefined) to[at + place] = 1;
    else if (isMissing(cell)) {
      if (missing) to[at + width - 1] = 1;
      else note(cell);
    } else if (other) to[at + levels.length] = 1;
    else note(cell);
    return at + width;
  };
}

function ordinalStep(
  { levels, fill, indicator, spellings }: Extract<PreparedColumn, { as: 'ordinal' }>,
  note: (cell: Cell) => void,
): Step {
  const placeOf = placeFinder(levels, spellings);
  return (cell, to, at) => {
    const place = placeOf(textOf(cell));
    if (place === undefined && !isMissing(cell)) note(cell);
    to[at] = place ?? filled(fill);
    if (!indicator) return at + 1;
    to[at + 1] = Number(place === undefined);
    return at + 2;
  };
}

function dateStep(
  { style, parts, fill, indicator }: Extract<PreparedColumn, { as: 'date' }>,
  note: (cell: Cell) => void,
): Step {
  return (cell, to, at) => {
    const date = dateOf(cell, style);
    if (date === undefined && !isMissing(cell)) note(cell);
    for (const [i, part] of parts.entries()) to[at + i] = date === undefined ? filled(fill[i]!) : date[part];
    if (!indicator) return at + parts.length;
    to[at + parts.length] = Number(date === undefined);
    return at + parts.length + 1;
  };
}

const wordsStep =
  ({ buckets }: Extract<PreparedColumn, { as: 'words' }>): Step =>
  (cell, to, at) => {
    to.fill(0, at, at + buckets);
    if (!isMissing(cell))
      for (const [word] of textOf(cell)
        .toLowerCase()
        .matchAll(/[\p{L}\p{N}]+/gu))
        to[at + (hashOf(word) % buckets)]! += 1;
    return at + buckets;
  };
