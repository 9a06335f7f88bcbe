import type { DecimalSign } from '../cell.ts';
import type { DateStyle } from './dates.ts';

/** What is known of a table's columns: enough to decide what to do with each. It holds no row, and can be written as JSON. */
export interface Profile {
  rowCount: number;
  columns: readonly ColumnProfile[];
}

export interface ColumnProfile {
  name: string;
  /** Rows that were looked at, and how many of them have no value here. */
  count: number;
  missing: number;
  /** How often each marker of a missing value stands, `""` for an empty cell; cells that JSON or Parquet leave out are not among them. */
  missingAs: Readonly<Record<string, number>>;
  kind: 'number' | 'date' | 'text' | 'empty';
  /** Distinct values that are not missing; an estimate where there are thousands. */
  distinct: number;
  distinctIsExact: boolean;
  /** The values that come most often, most first. */
  levels: readonly (readonly [value: string, count: number])[];
  /** The first column before it that has the same values in every row. */
  sameAs?: string;
  number?: NumberProfile;
  date?: DateProfile;
  text?: { meanLength: number; meanWords: number };
}

export interface NumberProfile {
  sign: DecimalSign;
  /** All are whole numbers. */
  isWhole: boolean;
  /** Each is the one before it plus 1. */
  isCounting: boolean;
  /** Texts of one length, some with leading zeros: they name something, such as 00501. */
  isCode?: true;
  min: number;
  max: number;
  mean: number;
  deviation: number;
  skewness: number;
  /** At 1, 5, 25, 50, 75, 95 and 99 %, of a sample of the values. */
  quantiles: readonly number[];
  /** Of log(1 + x), where no value is negative. */
  logSkewness?: number;
  /** Cells that are no numbers, among numbers, and how often they stand: they count as missing. */
  notNumbers: Readonly<Record<string, number>>;
  /** How values go with the label: Pearson's correlation, and that of log(1 + x). Of labels of several classes there is none. */
  correlation?: number;
  logCorrelation?: number;
}

export interface DateProfile {
  style: DateStyle;
  hasTime: boolean;
  /** Whether other styles fit all cells too, such as 03/04/2026. */
  isAmbiguous: boolean;
  /** How many different ones there are. */
  years: number;
  months: number;
  days: number;
  weekdays: number;
  hours: number;
  /** Mean of the days since 1970-01-01. */
  meanDays: number;
}
