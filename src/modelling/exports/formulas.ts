/** What becomes of raw cells, as formulas that each target writes in its own signs. */
import { DataError } from '../../base/index.ts';
import type { PreparedColumn } from '../../tables/index.ts';
import type { PortableModel } from './portable-model.ts';

/** A number, the name of a value, or an operator and what it works on. A comparison is for `if` alone. */
export type Formula = number | string | readonly [Operator, ...Formula[]];
export type Operator = '+' | '-' | '*' | '/' | '<' | '=' | 'if' | 'isMissing' | 'floor' | 'ln' | 'missing';

/** How a target reads a column: a name for each value, `c0` of column 0. */
export type ReadCell =
  | { kind: 'number'; column: string; name: string; sign: 'point' | 'comma' }
  /**
   * The place of the value among the levels; else that of its lower case among the spellings; else `noValue` where it is missing,
   * `otherValue` where it is none of them.
   */
  | {
      kind: 'place';
      column: string;
      name: string;
      levels: readonly string[];
      spellings: readonly (readonly [text: string, place: number])[];
    }
  /** The names `c0_year`, `c0_month`, `c0_day`, `c0_hour` and `c0_time`, the time of day in days; missing where it is no date. */
  | { kind: 'date'; column: string; name: string; style: Extract<PreparedColumn, { as: 'date' }>['style'] }
  /** As many features as buckets, which are no formulas. */
  | { kind: 'words'; column: string; name: string; buckets: number };

export const [noValue, otherValue] = [-1, -2];
export const dateMembers = ['year', 'month', 'day', 'hour', 'time'] as const;

export interface Formulas {
  cells: readonly ReadCell[];
  /** By feature; undefined for those of words. */
  features: readonly (Formula | undefined)[];
}

/** Of a model without a preparation, its columns are its features, and NULL or the like is missing. */
export function formulasOf(model: Pick<PortableModel, 'preparation' | 'featureNames' | 'sums'>): Formulas {
  const { cells, features } = ofColumns(model);
  if (model.sums.kind === 'trees' || !model.sums.passesOverMissing) return { cells, features };
  return {
    cells,
    features: features.map((formula): Formula | undefined => formula && ['if', ['isMissing', formula], 0, formula]),
  };
}

/** Throws DataError for words, which a target cannot hash. */
export function refuseWords(cells: readonly ReadCell[], target: string): void {
  const words = cells.find(({ kind }) => kind === 'words');
  if (words !== undefined)
    throw new DataError(
      `The model counts the words of "${words.column}" by their hash, which ${target} cannot say: linnet export --to typescript can`,
    );
}

function ofColumns({ preparation, featureNames }: Pick<PortableModel, 'preparation' | 'featureNames'>): Formulas {
  if (preparation === undefined) {
    const cells = featureNames.map(
      (column, at) => ({ kind: 'number', column, name: `c${at}`, sign: 'point' }) as const,
    );
    return { cells, features: cells.map(({ name }) => name) };
  }
  const parts = preparation.columns.map((column, at) => partsOf(column, `c${at}`));
  return { cells: parts.map(({ cell }) => cell), features: parts.flatMap(({ features }) => features) };
}

const one = (condition: Formula): Formula => ['if', condition, 1, 0];
const filled = (value: Formula, missing: Formula, fill: number | null): Formula => [
  'if',
  missing,
  fill ?? ['missing'],
  value,
];

function partsOf(prepared: PreparedColumn, name: string): { cell: ReadCell; features: (Formula | undefined)[] } {
  const { column } = prepared;
  switch (prepared.as) {
    case 'number': {
      const { fill, indicator, log, sign } = prepared;
      const isMissing: Formula = ['isMissing', name];
      const value = filled(name, isMissing, fill);
      const logarithm: Formula = ['ln', ['+', 1, ['if', ['<', value, 0], 0, value]]];
      return {
        cell: { kind: 'number', column, name, sign },
        features: [log ? logarithm : value, ...(indicator ? [one(isMissing)] : [])],
      };
    }
    case 'category': {
      const { levels, reference, other, missing, spellings } = prepared;
      return {
        // The reference, which has no feature, is the place behind the levels: a value that is neither missing nor another.
        cell: placeCell(column, name, reference === null ? levels : [...levels, reference], spellings),
        features: [
          ...levels.map((_, at) => one(['=', name, at])),
          ...(other ? [one(['=', name, otherValue])] : []),
          ...(missing ? [one(['=', name, noValue])] : []),
        ],
      };
    }
    case 'ordinal': {
      const { levels, fill, indicator, spellings } = prepared;
      const isMissing: Formula = ['<', name, 0];
      return {
        cell: placeCell(column, name, levels, spellings),
        features: [filled(name, isMissing, fill), ...(indicator ? [one(isMissing)] : [])],
      };
    }
    case 'date': {
      const { parts, fill, indicator, style } = prepared;
      const isMissing: Formula = ['isMissing', `${name}_year`];
      return {
        cell: { kind: 'date', column, name, style },
        features: [
          ...parts.map((part, at) => filled(partOf(part, name), isMissing, fill[at]!)),
          ...(indicator ? [one(isMissing)] : []),
        ],
      };
    }
    default:
      return {
        cell: { kind: 'words', column, name, buckets: prepared.buckets },
        features: Array.from({ length: prepared.buckets }, () => undefined),
      };
  }
}

function placeCell(
  column: string,
  name: string,
  levels: readonly string[],
  spellings: Readonly<Record<string, string>> = {},
): ReadCell {
  const places = Object.entries(spellings).map(([text, level]) => [text, levels.indexOf(level)] as const);
  return { kind: 'place', column, name, levels, spellings: places.filter(([, place]) => place >= 0) };
}

function partOf(part: Extract<PreparedColumn, { as: 'date' }>['parts'][number], name: string): Formula {
  if (part === 'days') return ['+', dayNumber(name), `${name}_time`];
  if (part !== 'weekday') return `${name}_${part}`;
  // 1970-01-01 was a Thursday.
  const fromSunday: Formula = ['+', dayNumber(name), 4];
  return ['-', fromSunday, ['*', 7, ['floor', ['/', fromSunday, 7]]]];
}

/** Days since 1970-01-01 in the Gregorian calendar, with years that begin in March, so that a leap day ends one. */
function dayNumber(name: string): Formula {
  const [year, month, day] = [`${name}_year`, `${name}_month`, `${name}_day`];
  const isEarly: Formula = ['<', month, 3];
  const ofYear: Formula = ['-', year, ['if', isEarly, 1, 0]];
  const fromMarch: Formula = ['+', month, ['if', isEarly, 9, -3]];
  const whole = (value: Formula, by: number): Formula => ['floor', ['/', value, by]];
  const leapDays: Formula = ['+', ['-', whole(ofYear, 4), whole(ofYear, 100)], whole(ofYear, 400)];
  const daysBefore = whole(['+', ['*', 153, fromMarch], 2], 5);
  return ['+', ['+', ['*', 365, ofYear], leapDays], ['-', ['+', daysBefore, day], 719_469]];
}
