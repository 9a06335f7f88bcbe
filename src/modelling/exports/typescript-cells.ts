/** The functions of an exported module that read cells, each as it stands in the module. They read what `tables` reads, in its plain spellings alone, and refuse others. */
import type { ReadCell } from './formulas.ts';

export const cellReaders: readonly { kind: ReadCell['kind']; code: string }[] = [
  {
    kind: 'number',
    code: `/** A number, or a text that says one plainly. Throws for others: the model's own reader takes more spellings. */
function numberIn(cell: Cell, sign: 'point' | 'comma'): number {
  if (typeof cell === 'number') return cell;
  if (isMissing(cell)) return NaN;
  const grouped = sign === 'point' ? /^[+-]?[1-9]\\d{0,2}(?:,\\d{3})+(?:\\.\\d*)?$/ : /^[+-]?[1-9]\\d{0,2}(?:\\.\\d{3})+(?:,\\d*)?$/;
  let text = String(cell).trim();
  if (grouped.test(text)) text = text.replaceAll(sign === 'point' ? ',' : '.', '');
  if (sign === 'comma' && !text.includes('.')) text = text.replace(',', '.');
  else if (sign === 'comma') text = '';
  const value = /^[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?$/i.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value)) return value;
  throw new RangeError(JSON.stringify(cell) + ' is not read as a number here: give the number itself, or null');
}
`,
  },
  {
    kind: 'place',
    code: `function placeIn(cell: Cell, levels: readonly string[], spellings: readonly (readonly [string, number])[], noValue: number, otherValue: number): number {
  if (cell === null || cell === undefined) return noValue;
  const text = String(cell).trim();
  const place = levels.indexOf(text);
  if (place >= 0) return place;
  const meant = spellings.find(([spelling]) => spelling === text.toLowerCase());
  return meant?.[1] ?? (isMissing(cell) ? noValue : otherValue);
}
`,
  },
  {
    kind: 'date',
    code: `/** Year, month, day, hour, and the time of day in days; NaN where it is missing, or no day of the calendar. Throws for other texts. */
function dateIn(cell: Cell, style: string): [number, number, number, number, number] {
  const none: [number, number, number, number, number] = [NaN, NaN, NaN, NaN, NaN];
  if (isMissing(cell)) return none;
  const time = '(?:[T ](\\\\d{1,2}):(\\\\d{2})(?::(\\\\d{2})(?:[.,]\\\\d+)?)?\\\\s*(?:Z|UTC|[+-]\\\\d{2}:?\\\\d{2})?)?$';
  const yearFirst = new RegExp('^(\\\\d{4})[-/.](\\\\d{1,2})[-/.](\\\\d{1,2})' + time, 'i').exec(String(cell).trim());
  const yearLast = new RegExp('^(\\\\d{1,2})[-/.](\\\\d{1,2})[-/.](\\\\d{4})' + time, 'i').exec(String(cell).trim());
  const found = yearFirst ?? (style === 'year first' ? null : yearLast);
  if (found === null)
    throw new RangeError(JSON.stringify(cell) + ' is not read as a date here: write it as 2026-11-30, or give null');
  const [a, b, c, hour, minute, second] = found.slice(1, 7).map((text) => Number(text ?? 0)) as [number, number, number, number, number, number];
  const [year, month, day] = yearFirst !== null ? [a, b, c] : style === 'day first' ? [c, b, a] : [c, a, b];
  const days = [31, year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  if (day < 1 || day > (days[month - 1] ?? 0) || hour > 24 || minute > 59 || second > 60) return none;
  return [year, month, day, hour, (hour + minute / 60 + second / 3600) / 24];
}
`,
  },
  {
    kind: 'words',
    code: `/** How many words have each hash: FNV-1a, then the finaliser of MurmurHash3. */
function wordsIn(cell: Cell, buckets: number): number[] {
  const counts = Array.from({ length: buckets }, () => 0);
  if (isMissing(cell)) return counts;
  for (const [word] of String(cell).trim().toLowerCase().matchAll(/[\\p{L}\\p{N}]+/gu)) {
    let hash = 0x811c9dc5;
    for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    counts[((hash ^ (hash >>> 16)) >>> 0) % buckets]! += 1;
  }
  return counts;
}
`,
  },
];
