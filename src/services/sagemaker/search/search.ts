import type {
  Filter,
  SearchCommandInput,
  SearchCommandOutput,
  SearchExpression,
  SearchRecord,
} from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import { everyRecord } from '../../every-record.ts';
import type { Context } from '../context.ts';
import {
  digestOf,
  type ListInput,
  listPage,
  maxResultsDefault,
  type Page,
  readCursor,
  writeCursor,
} from '../paging.ts';
import { asJson, invalid, type Place } from '../resource.ts';
import { tagsOf } from '../tags/tags.ts';
import { type Condition, conditionOf } from './expression.ts';
import { type Property, propertyOf } from './property.ts';
import { documentShape, type SearchKind, searchKindOf } from './search-kinds.ts';

/** The resources of a kind that satisfy an expression; without one all of them. The last changed first unless asked otherwise. */
export async function search(
  context: Context,
  call: Call<SearchCommandInput>,
): Promise<Omit<SearchCommandOutput, '$metadata'>> {
  const { input } = call;
  const kind = searchKindOf(input.Resource);
  if (input.VisibilityConditions !== undefined)
    throw invalid('VisibilityConditions is not offered by Linnet; filter by a tag instead');
  // Nothing is shared between accounts: there is one.
  if (input.CrossAccountFilterOption === 'CrossAccount') return { Results: [] };
  const shape = documentShape(kind);
  const expression = input.SearchExpression;
  const holds = expression === undefined ? undefined : conditionOf(shape, expression);
  const sorted = input.SortBy === undefined ? undefined : propertyOf(shape, input.SortBy);
  if (input.SortBy !== undefined && sorted === undefined) throw invalid(`Unknown property name: ${input.SortBy}`);

  const documentOf = (record: RecordOf<JsonObject>): Promise<object> => completeDocument(context, call, kind, record);
  const question = expression === undefined ? null : asJson(expression);
  const listed = storedOrder(kind, input.SortBy);
  const page =
    sorted === undefined || listed !== undefined
      ? await listPage<JsonObject>(
          context.records,
          kind.kind,
          {
            ...narrowed(kind, expression),
            ...pageOf(input),
            SortBy: listed ?? 'LastModifiedTime',
            SortOrder: input.SortOrder,
          },
          { ...(holds && { where: async (record) => holds(await documentOf(record)) }), question },
        )
      : await sortedPage(context, kind, input, { holds, documentOf, sorted, question });
  const results: SearchRecord[] = [];
  for (const record of page.records) results.push({ [kind.member]: await documentOf(record) });
  return { Results: results, NextToken: page.nextToken };
}

async function completeDocument(
  context: Context,
  place: Place,
  { kind, document }: SearchKind,
  record: RecordOf<JsonObject>,
): Promise<object> {
  return { ...(await document(context, record, place)), Tags: await tagsOf(context, kind, record.id) };
}

const pageOf = ({ NextToken, MaxResults }: SearchCommandInput): ListInput => ({ NextToken, MaxResults });

/** The order of the store that sorts by a property, so that a page costs no more than itself. */
function storedOrder(kind: SearchKind, sortBy: string | undefined): string | undefined {
  if (sortBy === undefined || sortBy === 'LastModifiedTime') return 'LastModifiedTime';
  if (sortBy === 'CreationTime') return 'CreationTime';
  return sortBy === kind.name && kind.kind !== 'model-package' ? 'Name' : undefined;
}

/**
 * What the store can leave out by itself: every condition of an And by name, status or creation. The whole
 * expression is still asked of what is left.
 */
function narrowed(kind: SearchKind, expression: SearchExpression | undefined): ListInput {
  const input: ListInput = {};
  if (expression === undefined || expression.Operator === 'Or') return input;
  for (const { Name, Operator, Value } of (expression.Filters ?? []) as Filter[]) {
    if (Value === undefined) continue;
    const equals = Operator === undefined || Operator === 'Equals';
    if (Name === kind.name && (equals || Operator === 'Contains') && kind.kind !== 'model-package')
      input.NameContains = Value;
    if (Name === kind.status && equals) input.StatusEquals = Value;
  }
  return input;
}

/** A sort by what the store does not know looks at all matches; with more than this the caller must narrow the search. */
const sortedMax = 100_000;

interface SortedSearch {
  holds: Condition | undefined;
  documentOf(record: RecordOf<JsonObject>): Promise<object>;
  sorted: Property;
  question: unknown;
}

interface Placed {
  value: number | string;
  record: RecordOf<JsonObject>;
}

async function sortedPage(
  { records }: Context,
  kind: SearchKind,
  input: SearchCommandInput,
  { holds, documentOf, sorted, question }: SortedSearch,
): Promise<Page<JsonObject>> {
  const descending = input.SortOrder !== 'Ascending';
  const digest = digestOf([kind.kind, input.SortBy, descending, question]);
  const cursor = input.NextToken === undefined ? undefined : readCursor(input.NextToken, digest);
  const found: Placed[] = [];
  for await (const record of everyRecord<JsonObject>(records, kind.kind)) {
    const document = await documentOf(record);
    if (holds?.(document) === false) continue;
    if (found.length >= sortedMax)
      throw invalid(`More than ${sortedMax} resources match; narrow the SearchExpression, or sort by LastModifiedTime`);
    found.push({ value: sortValueOf(sorted.valuesIn(document)[0]), record });
  }
  const order = (a: Pick<Placed, 'value'> & { record: { id: string } }, b: typeof a): number =>
    compare(a.value, b.value, descending) || compare(a.record.id, b.record.id, descending);
  found.sort(order);
  const from = cursor === undefined ? 0 : found.findIndex((one) => order(one, { ...cursor, record: cursor }) > 0);
  const rest = from < 0 ? [] : found.slice(from);
  const page = rest.slice(0, input.MaxResults ?? maxResultsDefault);
  const last = page.at(-1);
  const more = rest.length > page.length && last !== undefined;
  return {
    records: page.map(({ record }) => record),
    nextToken: more ? writeCursor({ question: digest, value: last.value, id: last.record.id }) : undefined,
  };
}

/** Times as numbers; what is absent, or has no order, as an empty text. */
function sortValueOf(value: unknown): number | string {
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
