import type { Cell } from '../cell.ts';

/** The order of a date's numbers: `2026-11-30`, `30.11.2026` (also with / or -), `11/30/2026`. */
export type DateStyle = 'year first' | 'day first' | 'month first';
export const dateStyles: readonly DateStyle[] = ['year first', 'day first', 'month first'];

const time = String.raw`(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?`;
const yearFirst = new RegExp(String.raw`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})${time}$`, 'i');
const yearLast = new RegExp(String.raw`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})${time}$`, 'i');
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
  const found = (style === 'year first' ? yearFirst : yearLast).exec(cell.trim());
  if (found === null) return undefined;
  const [a, b, c, hours, minutes, seconds] = found
    .slice(1, 7)
    .map((text) => (text === undefined ? undefined : Number(text)));
  const [year, month, day] =
    style === 'year first' ? [a!, b!, c!] : style === 'day first' ? [c!, b!, a!] : [c!, a!, b!];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // 31 June is 1 July to JavaScript.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const [hour, minute, second] = [hours ?? 0, minutes ?? 0, seconds ?? 0];
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
