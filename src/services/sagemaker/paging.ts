import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../base/index.ts';
import { type RecordOf, type RecordQuery, type Records, recordListLimit } from '../../store/index.ts';
import { invalid } from './resource.ts';

/** The options of every List operation of SageMaker. */
export interface ListInput {
  NextToken?: string | undefined;
  MaxResults?: number | undefined;
  NameContains?: string | undefined;
  CreationTimeAfter?: Date | undefined;
  CreationTimeBefore?: Date | undefined;
  LastModifiedTimeAfter?: Date | undefined;
  LastModifiedTimeBefore?: Date | undefined;
  SortBy?: string | undefined;
  SortOrder?: string | undefined;
  StatusEquals?: string | undefined;
}

export interface Page<Body extends JsonObject> {
  records: RecordOf<Body>[];
  nextToken: string | undefined;
}

/** SageMaker's own default where a list names none. */
export const maxResultsDefault = 10;

type SortBy = NonNullable<RecordQuery['sortBy']>;
/** The last record of the page before: its sort value and id, and the query that it answered. */
export interface Cursor {
  question: string;
  value: number | string;
  id: string;
}

/** What a list answers beyond the options that all have. */
export interface Scope<Body extends JsonObject> {
  /** Only ids that begin so, such as the versions of one group. */
  idPrefix?: string;
  /** Only records of which this holds. What it depends on is named in `question`. */
  where?(record: RecordOf<Body>): boolean | Promise<boolean>;
  /** All that `where` depends on: a token goes on with the same only. */
  question?: Json;
  /** The order where the request names none. */
  ascending?: boolean;
}

/**
 * One page of a kind. The token holds the place of the last record, not a count: records that come or go between two
 * pages neither repeat nor hide others. Throws ValidationException for a token of another list.
 */
export async function listPage<Body extends JsonObject>(
  records: Records,
  kind: string,
  input: ListInput,
  { idPrefix, where, question: scope, ascending = false }: Scope<Body> = {},
): Promise<Page<Body>> {
  const sortBy = sortOf(input.SortBy);
  // Newest first where nothing is said, as at Amazon for most kinds.
  const descending = input.SortOrder === undefined ? !ascending : input.SortOrder.startsWith('Desc');
  const filters = filtersOf(input);
  if (idPrefix !== undefined) filters.idPrefix = idPrefix;
  const question = digestOf([kind, sortBy, descending, filters, scope]);
  const cursor = input.NextToken === undefined ? undefined : readCursor(input.NextToken, question);
  const max = input.MaxResults ?? maxResultsDefault;

  const query: RecordQuery = { ...filters, sortBy, descending };
  const fromHere = cursor === undefined || narrow(query, cursor);
  // From here: one page, one record to see whether there is another, and some of the cursor's own millisecond.
  const limit = fromHere && where === undefined ? max + 16 : recordListLimit;
  const found: RecordOf<Body>[] = [];
  for (let offset = 0; found.length <= max; offset += limit) {
    const some = await records.list<Body>(kind, { ...query, offset, limit });
    for (const record of some) {
      if (cursor !== undefined && !isAfter(record, cursor, sortBy, descending)) continue;
      if (where === undefined || (await where(record))) found.push(record);
    }
    if (some.length < limit) break;
  }
  const page = found.slice(0, max);
  const last = page.at(-1);
  const more = found.length > max && last !== undefined;
  return {
    records: page,
    nextToken: more ? writeCursor({ question, value: sortValue(last, sortBy), id: last.id }) : undefined,
  };
}

/** A list that is made in memory, in its order, of which a page is wanted. */
export interface Listed<Item> {
  items: readonly Item[];
  /** By which the next page finds its beginning, whatever changed meanwhile. */
  keyOf(item: Item): string;
  question: Json;
}

/** One page of such a list. */
export function pageOf<Item>(
  { items, keyOf, question: asked }: Listed<Item>,
  { NextToken, MaxResults: max = maxResultsDefault }: Pick<ListInput, 'NextToken' | 'MaxResults'>,
): { page: Item[]; nextToken: string | undefined } {
  const question = digestOf(asked);
  const after = NextToken === undefined ? undefined : readCursor(NextToken, question).id;
  const from = after === undefined ? 0 : items.findIndex((item) => keyOf(item) === after) + 1;
  const page = items.slice(from, from + max);
  const last = page.at(-1);
  const more = from + max < items.length && last !== undefined;
  return { page, nextToken: more ? writeCursor({ question, value: '', id: keyOf(last) }) : undefined };
}

/** A short name of a question, by which a token knows its list. */
export const digestOf = (question: unknown): string =>
  createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 16);

function sortOf(sortBy: string | undefined): SortBy {
  if (sortBy === 'Name') return 'id';
  if (sortBy === 'Status') return 'status';
  return sortBy === 'LastModifiedTime' ? 'updatedAt' : 'createdAt';
}

function filtersOf(input: ListInput): RecordQuery {
  const query: RecordQuery = {};
  if (input.NameContains !== undefined) query.idContains = input.NameContains;
  if (input.StatusEquals !== undefined) query.statuses = [input.StatusEquals];
  if (input.CreationTimeAfter !== undefined) query.createdAfterMs = input.CreationTimeAfter.getTime();
  if (input.CreationTimeBefore !== undefined) query.createdBeforeMs = input.CreationTimeBefore.getTime();
  if (input.LastModifiedTimeAfter !== undefined) query.updatedAfterMs = input.LastModifiedTimeAfter.getTime();
  if (input.LastModifiedTimeBefore !== undefined) query.updatedBeforeMs = input.LastModifiedTimeBefore.getTime();
  return query;
}

/** Lets the store skip what lies before the cursor; false where it cannot and the reader must. */
function narrow(query: RecordQuery, { value, id }: Cursor): boolean {
  if (query.sortBy === 'id' && !query.descending) {
    query.idAfter = id;
    return true;
  }
  if (typeof value !== 'number') return false;
  const at = query.sortBy === 'createdAt' ? 'created' : 'updated';
  const [before, after] = [`${at}BeforeMs`, `${at}AfterMs`] as const;
  if (query.descending) query[before] = Math.min(query[before] ?? Number.POSITIVE_INFINITY, value + 1);
  else query[after] = Math.max(query[after] ?? Number.NEGATIVE_INFINITY, value - 1);
  return true;
}

function isAfter(record: RecordOf, cursor: Cursor, sortBy: SortBy, descending: boolean): boolean {
  const value = sortValue(record, sortBy);
  if (value !== cursor.value) return descending ? value < cursor.value : value > cursor.value;
  return descending ? record.id < cursor.id : record.id > cursor.id;
}

function sortValue(record: RecordOf, sortBy: SortBy): number | string {
  if (sortBy === 'createdAt') return record.createdAtMs;
  if (sortBy === 'updatedAt') return record.updatedAtMs;
  return sortBy === 'status' ? record.status : record.id;
}

export const writeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');

export function readCursor(token: string, question: string): Cursor {
  let cursor: Partial<Cursor> | undefined;
  try {
    cursor = JSON.parse(Buffer.from(token, 'base64url').toString()) as Partial<Cursor>;
  } catch {}
  const { value, id } = cursor ?? {};
  if ((typeof value === 'number' || typeof value === 'string') && typeof id === 'string') {
    if (cursor?.question === question) return { question, value, id };
    throw invalid(
      'The NextToken belongs to a list with other filters or another order; repeat the call with those of the first page',
    );
  }
  throw invalid('The NextToken is not one that a List operation answered');
}
