/** How the values of a column become features, kind by kind. */
import { DataError } from '../../base/index.ts';
import { shown } from '../cell.ts';
import type { ColumnProfile } from '../profile/profile.ts';
import type { DatePart, Plan } from './decision.ts';
import { orderOf } from './scales.ts';
import { spelledAlike } from './spellings.ts';

export interface Reasoned {
  plan: Plan;
  why: string;
}

/** A level that fewer rows have is put together with others that are as rare. */
const levelRowsMin = 5;
const levelShareMin = 0.0005;
/** Levels with a feature of their own. */
const levelsMax = 100;
/** A column more skewed than this may be better by its logarithm. */
const skewnessMin = 2;
/** How much better the logarithm must go with the label. */
const correlationGain = 0.01;
const wordBuckets = 256;
const medianPlace = 3;

export function asNumber(column: ColumnProfile, isForTrees: boolean): Reasoned {
  const { number, missing } = column;
  if (number === undefined) throw wrongKind(column, 'number', 'its cells are no numbers');
  const log = !isForTrees && helpsLog(column);
  const odd = Object.entries(number.notNumbers);
  const median = number.quantiles[medianPlace]!;
  const notes = [
    number.sign === 'comma' ? 'decimal commas' : '',
    odd.length === 0
      ? ''
      : `${odd
          .map(([text]) => shown(text, 16))
          .slice(0, 3)
          .join(', ')} taken as missing`,
    missing === 0
      ? ''
      : missingNote(column, isForTrees ? 'left to the trees' : `filled with the median ${short(median)} and marked`),
    log ? 'its logarithm, as it is skewed' : '',
  ];
  const plan: Plan = {
    as: 'number',
    sign: number.sign,
    fill: isForTrees ? null : median,
    indicator: !isForTrees && missing > 0,
    log,
  };
  return {
    plan,
    why:
      sentence(notes) ||
      `${number.isWhole ? 'whole numbers' : 'numbers'}, ${median === number.min ? `mostly ${short(median)}` : `half of them below ${short(median)}`}`,
  };
}

/** The logarithm of a skewed column helps where it is less skewed, and goes at least as well with the label. */
function helpsLog({ number }: ColumnProfile): boolean {
  const { min, skewness, logSkewness, correlation, logCorrelation } = number!;
  if (min < 0 || logSkewness === undefined || skewness < skewnessMin) return false;
  if (Math.abs(logSkewness) > 0.6 * skewness) return false;
  if (correlation === undefined || logCorrelation === undefined) return true;
  return Math.abs(logCorrelation) > Math.abs(correlation) + correlationGain;
}

export function asCategory(column: ColumnProfile): Reasoned {
  const { count, missing } = column;
  const { levels, spellings } = spelledAlike(column.levels);
  const distinct = column.distinct - (column.levels.length - levels.length);
  const rowsMin = Math.max(levelRowsMin, levelShareMin * count);
  const frequent = levels.filter(([, rows]) => rows >= rowsMin).slice(0, levelsMax);
  // In a small table every level may be rare.
  const kept = frequent.length === 0 ? levels.slice(0, 1) : frequent;
  const rare = distinct - kept.length;
  // Of two levels without others one says all; the rarer one is the feature.
  const isPair = kept.length === 2 && rare === 0;
  const names = (isPair ? kept.slice(1) : kept).map(([value]) => value);
  const notes = [
    column.number?.isCode ? 'codes with leading zeros' : '',
    `${distinct} ${distinct === 1 ? 'value' : 'values'}${spellings === undefined ? '' : ` in ${column.distinct} spellings`}`,
    rare > 0 ? `${rare} rare${rare === 1 ? '' : ', taken together'}` : '',
    missing > 0 ? missingNote(column, 'a value of their own') : '',
  ];
  const reference = isPair ? kept[0]![0] : null;
  return {
    plan: {
      as: 'category',
      levels: names,
      reference,
      other: rare > 0,
      missing: missing > 0,
      ...(spellings && { spellings }),
    },
    why: sentence(notes),
  };
}

export function asOrdinal(column: ColumnProfile, asked: readonly string[] | undefined, isForTrees: boolean): Reasoned {
  const { missing, count } = column;
  const { levels, spellings } = spelledAlike(column.levels);
  const distinct = column.distinct - (column.levels.length - levels.length);
  const values = levels.map(([value]) => value);
  const numbers = column.kind === 'number' ? [...values].sort((a, b) => Number(a) - Number(b)) : undefined;
  const order = asked ?? orderOf(values) ?? numbers;
  if (order === undefined || (asked === undefined && distinct > values.length))
    throw wrongKind(
      column,
      'ordinal',
      `the order of its values is not plain: give it as ${shown(column.name)}=ordinal:low,medium,high`,
    );
  const unknown = values.find((value) => !order.includes(value));
  if (unknown !== undefined) throw wrongKind(column, 'ordinal', `its order lacks the value ${shown(unknown)}`);
  const median = medianOf(order, new Map(levels), (count - missing) / 2);
  const text = order.length > 4 ? `${order[0]} < ... < ${order.at(-1)}` : order.join(' < ');
  const notes = [
    text,
    missing > 0
      ? missingNote(column, isForTrees ? 'left to the trees' : `filled with ${shown(order[median]!)} and marked`)
      : '',
  ];
  return {
    plan: {
      as: 'ordinal',
      levels: order,
      fill: isForTrees ? null : median,
      indicator: !isForTrees && missing > 0,
      ...(spellings && { spellings }),
    },
    why: sentence(notes),
  };
}

/** The place of the value at which half of the rows are reached. */
function medianOf(order: readonly string[], counts: ReadonlyMap<string, number>, half: number): number {
  let rest = half;
  for (const [place, value] of order.entries()) {
    rest -= counts.get(value) ?? 0;
    if (rest <= 0) return place;
  }
  return 0;
}

export function asDate(column: ColumnProfile, isForTrees: boolean): Reasoned {
  const { date, missing } = column;
  if (date === undefined)
    throw wrongKind(column, 'date', 'its cells are not all dates such as 2026-11-30, 30.11.2026 or 11/30/2026');
  const counts: readonly [DatePart, number][] = [
    ['year', date.years],
    ['month', date.months],
    ['day', date.days],
    ['weekday', date.weekdays],
    ['hour', date.hours],
  ];
  const parts: DatePart[] = ['days', ...counts.filter(([, distinct]) => distinct > 1).map(([part]) => part)];
  const middle: Readonly<Record<DatePart, number>> = {
    days: date.meanDays,
    year: 1970 + date.meanDays / 365.25,
    month: 6,
    day: 15,
    weekday: 3,
    hour: 12,
  };
  const notes = [
    parts.map((part) => (part === 'days' ? 'days since 1970' : part)).join(', '),
    date.style === 'year first' ? '' : `${date.style}${date.isAmbiguous ? ', though month first fits too' : ''}`,
    missing > 0 ? missingNote(column, isForTrees ? 'left to the trees' : 'filled and marked') : '',
  ];
  return {
    plan: {
      as: 'date',
      style: date.style,
      parts,
      fill: parts.map((part) => (isForTrees ? null : middle[part])),
      indicator: !isForTrees && missing > 0,
    },
    why: sentence(notes),
  };
}

export const asWords = (): Reasoned => ({
  plan: { as: 'words', buckets: wordBuckets },
  why: `words, hashed to ${wordBuckets} counts`,
});

function missingNote({ missing, count, missingAs }: ColumnProfile, what: string): string {
  const [[marker = ''] = []] = Object.entries(missingAs).sort((a, b) => b[1] - a[1]);
  const share = (100 * missing) / count;
  return `${share < 0.1 ? '< 0.1' : share.toPrecision(2)} % missing${marker === '' ? '' : ` (${shown(marker, 12)})`}, ${what}`;
}

const wrongKind = ({ name }: ColumnProfile, kind: string, fact: string): DataError =>
  new DataError(`Column ${shown(name)} cannot be taken as ${kind}: ${fact}`, { column: name });

const sentence = (notes: readonly string[]): string => notes.filter((note) => note !== '').join('; ');
const short = (value: number): string => String(Number(value.toPrecision(4)));
