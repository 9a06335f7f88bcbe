import type { Cell } from '../cell.ts';

/**
 * The order of a date's numbers: `2026-11-30`, `30.11.2026` (also with / or -, or two digits for the year), `11/30/2026`. What has one
 * meaning only is read in every style: the year first, and months by name (`30 Nov 2026`, `November 30, 2026`).
 */
export type DateStyle = 'year first' | 'day first' | 'month first';
export const dateStyles: readonly DateStyle[] = ['year first', 'day first', 'month first'];

const time = String.raw`(?:(?:T|,?\s)\s*(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,]\d+)?)?\s*(?<half>[ap]\.?m\.?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?`;
const pattern = (date: string): RegExp => new RegExp(`^${date}${time}$`, 'i');
const dayName = String.raw`(?:[a-z]{3,9},?\s+)?`;
const year = String.raw`(?<year>\d{4}|\d{2})`;
const plain = [
  pattern(String.raw`(?<year>\d{4})(?<sign>[-/.])(?<month>\d{1,2})\k<sign>(?<day>\d{1,2})`),
  pattern(String.raw`${dayName}(?<day>\d{1,2})(?:st|nd|rd|th)?[-\s.]+(?<month>[a-z]{3,9})[-\s.,]+${year}`),
  pattern(String.raw`${dayName}(?<month>[a-z]{3,9})\.?\s+(?<day>\d{1,2})(?:st|nd|rd|th)?,?\s+${year}`),
];
const dayFirst = pattern(String.raw`(?<day>\d{1,2})(?<sign>[-/.])(?<month>\d{1,2})\k<sign>${year}`);
const monthFirst = pattern(String.raw`(?<month>\d{1,2})(?<sign>[-/.])(?<day>\d{1,2})\k<sign>${year}`);
const patterns: Readonly<Record<DateStyle, readonly RegExp[]>> = {
  'year first': plain,
  'day first': [dayFirst, ...plain],
  'month first': [monthFirst, ...plain],
};
const names = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
/** 1.2.10 is a version before it is a date. */
const shortPoints = /^(?:\d\.|\d\d\.\d\.)/;
const lengthMax = 40;

export interface DateParts {
  /** From 0001 on. */
  year: number;
  /** From 1. */
  month: number;
  day: number;
  /** 0 is Sunday. */
  weekday: number;
  hour: number;
  /** Days since 1970-01-01, with a fraction where there is a time. As the date is written: zones are not applied. */
  days: number;
  hasTime: boolean;
}

/** The date that a text of this style says; undefined where it says none. */
export function dateOf(cell: Cell, style: DateStyle): DateParts | undefined {
  if (typeof cell !== 'string' || cell.length > lengthMax) return undefined;
  const text = cell.trim();
  // Most words are none: a date begins with a digit, or has one behind a month.
  if (!/\d/.test(text)) return undefined;
  const found = firstMatch(patterns[style], text);
  if (found === undefined || (found.sign === '.' && found.year!.length === 2 && shortPoints.test(text)))
    return undefined;
  const [year, month, day] = [yearOf(found.year!), monthOf(found.month!), Number(found.day)];
  const { hour: hours, minute: minutes, second: seconds, half } = found;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // 31 June is 1 July to JavaScript.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const [minute, second] = [Number(minutes ?? 0), Number(seconds ?? 0)];
  const hour = half === undefined ? Number(hours ?? 0) : (Number(hours) % 12) + (/^p/i.test(half) ? 12 : 0);
  if (hour > 24 || minute > 59 || second > 60) return undefined;
  return {
    year,
    month,
    day,
    weekday: date.getUTCDay(),
    hour,
    days: date.getTime() / 86_400_000 + (hour + minute / 60 + second / 3600) / 24,
    hasTime: hours !== undefined,
  };
}

function firstMatch(among: readonly RegExp[], text: string): Readonly<Record<string, string | undefined>> | undefined {
  for (const each of among) {
    const { groups } = each.exec(text) ?? {};
    if (groups !== undefined) return groups;
  }
  return undefined;
}

/** Of two digits, 69 to 99 are of the last century, as in POSIX. */
const yearOf = (text: string): number => (text.length === 4 ? 0 : Number(text) < 69 ? 2000 : 1900) + Number(text);

/** From 1; 0 for a word that is no month. English names, whole or by three letters or more. */
function monthOf(text: string): number {
  if (/^\d/.test(text)) return Number(text);
  const word = text.toLowerCase();
  return names.findIndex((name) => name.startsWith(word)) + 1;
}
