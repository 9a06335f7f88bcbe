import type { TimestampFormat } from '../model/service-model.ts';

/** A time as the format writes it; `unixTimestamp` gives seconds, with a fraction where there is one. */
export function writeTimestamp(time: Date, format: TimestampFormat): string | number {
  if (format === 'unixTimestamp') return time.getTime() / 1000;
  return format === 'rfc822' ? time.toUTCString() : time.toISOString();
}

/** Reads any of the formats; undefined when the text is no time. */
export function readTimestamp(text: string | number): Date | undefined {
  const seconds =
    typeof text === 'number' ? text : /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
  const ms = seconds === undefined ? parseDate(String(text)) : Math.round(seconds * 1000);
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Only what looks like ISO 8601 or RFC 1123: Date.parse alone would take "May 5" or "2". */
function parseDate(text: string): number {
  const known =
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text) ||
    /^[A-Z][a-z]+, \d\d[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT$/.test(text);
  return known ? Date.parse(text) : Number.NaN;
}
