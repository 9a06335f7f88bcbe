import type { DecimalSign } from '../cell.ts';
import type { DateStyle } from '../profile/dates.ts';
import type { Spellings } from './spellings.ts';

/** What the label is. */
export type Task = 'binary' | 'multiclass' | 'regression';

export interface LabelDecision {
  column: string;
  task: Task;
  /** Of a classifier: class k is `classes[k]`; of two, the second is the one that scores are the probability of. */
  classes: readonly string[];
  /** Other texts that mean one of the classes. */
  spellings?: Spellings;
  sign: DecimalSign;
  why: string;
}

export type DatePart = 'year' | 'month' | 'day' | 'weekday' | 'hour' | 'days';

/** How the values of a column become features. */
export type Plan =
  | {
      as: 'number';
      sign: DecimalSign;
      /** What stands for a missing value; null leaves it missing, for trees. */
      fill: number | null;
      /** A feature of its own says that the value is missing. */
      indicator: boolean;
      /** The feature is log(1 + x); a negative value is taken as 0. */
      log: boolean;
    }
  | {
      as: 'category';
      /** One feature each: 1 where the row has it. */
      levels: readonly string[];
      /** A further value that needs no feature: it is 0 in all of them. */
      reference: string | null;
      /** One feature for all other values, those never seen too; without it, they are 0 in all features. */
      other: boolean;
      /** One feature for missing values. */
      missing: boolean;
      /** Other texts that mean one of the levels, or the reference. */
      spellings?: Spellings;
    }
  | {
      as: 'ordinal';
      /** In ascending order: the feature is the place in it, from 0. */
      levels: readonly string[];
      fill: number | null;
      indicator: boolean;
      spellings?: Spellings;
    }
  | {
      as: 'date';
      style: DateStyle;
      parts: readonly DatePart[];
      /** A number for each part. */
      fill: readonly (number | null)[];
      indicator: boolean;
    }
  | {
      as: 'words';
      /** Features: the count of words by their hash. */
      buckets: number;
    };

export type PlanKind = Plan['as'];
export const planKinds: readonly PlanKind[] = ['number', 'category', 'ordinal', 'date', 'words'];

/** What becomes of one column, and why, in a sentence for people. */
export type Decision = { column: string; why: string; isAsked: boolean } & (Plan | { as: 'left out' });

export interface Decisions {
  label: LabelDecision;
  /** In the table's order, without the label. */
  columns: readonly Decision[];
}

export interface DecideOptions {
  /** Left out, it is a column that says so plainly. */
  label?: string;
  /** A list of columns to use whatever their data look like; all that it does not name are decided on as ever. */
  keep?: readonly string[];
  drop?: readonly string[];
  /** What a column is to be, and for an ordinal the order of its values. */
  as?: Readonly<Record<string, { kind: PlanKind; levels?: readonly string[] }>>;
  task?: 'classification' | 'regression';
  /** The class of two that scores are the probability of. */
  positive?: string;
  /** Trees take missing values as they are, and any order-preserving change of a column leaves them the same. */
  learner?: 'linear' | 'trees';
}
