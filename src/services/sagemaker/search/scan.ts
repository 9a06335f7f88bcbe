import type { JsonObject } from '../../../base/index.ts';
import type { RecordOf, Records } from '../../../store/index.ts';
import { type Page, readCursor, writeCursor } from '../paging.ts';
import { invalid } from '../resource.ts';

/** Records that may match; each is looked at. */
export type Candidates = AsyncIterable<RecordOf<JsonObject>>;

export interface Scan {
  candidates: Candidates;
  kind: string;
  /** The value by which a match is sorted; undefined for what does not match. Absent values are an empty text. */
  valueOf(record: RecordOf<JsonObject>): Promise<number | string | undefined>;
  descending: boolean;
  /** By which a token knows its search. */
  question: string;
  nextToken: string | undefined;
  max: number;
}

/** Matches of one search that are sorted in memory, a place each; with more than this the caller must narrow the search. */
const matchesMax = 1_000_000;

interface Place {
  value: number | string;
  id: string;
}

/** One page of all matches in any order. It looks at every candidate. */
export async function scannedPage(records: Records, scan: Scan): Promise<Page<JsonObject>> {
  const { kind, descending, question, max } = scan;
  const cursor = scan.nextToken === undefined ? undefined : readCursor(scan.nextToken, question);
  const order = (a: Place, b: Place): number =>
    compare(a.value, b.value, descending) || compare(a.id, b.id, descending);
  const found: Place[] = [];
  for await (const record of scan.candidates) {
    const value = await scan.valueOf(record);
    if (value === undefined) continue;
    const place = { value, id: record.id };
    if (cursor !== undefined && order(place, cursor) <= 0) continue;
    if (found.length >= matchesMax)
      throw invalid(`More than ${matchesMax} resources match; narrow the SearchExpression`);
    found.push(place);
  }
  found.sort(order);
  const page = found.slice(0, max);
  const last = page.at(-1);
  const kept = await Promise.all(page.map(({ id }) => records.get<JsonObject>(kind, id)));
  return {
    // One may have been deleted meanwhile.
    records: kept.filter((record) => record !== undefined),
    nextToken: found.length > max && last !== undefined ? writeCursor({ question, ...last }) : undefined,
  };
}

/** Times as numbers; what is absent, or has no order, as an empty text. */
export function sortValueOf(value: unknown): number | string {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'number' || typeof value === 'string') return value;
  return typeof value === 'boolean' ? String(value) : '';
}

/** What is absent comes last in both orders. */
function compare(a: number | string, b: number | string, descending: boolean): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? 1 : -1;
  const rises = typeof a === typeof b ? a < b : typeof a === 'number';
  return rises === descending ? 1 : -1;
}
