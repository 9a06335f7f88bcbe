import type {
  SearchCommandInput,
  SearchCommandOutput,
  SearchExpression,
  SearchRecord,
} from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf, Records } from '../../../store/index.ts';
import { everyRecord } from '../../every-record.ts';
import type { Context } from '../context.ts';
import { digestOf, listPage, maxResultsDefault, type Page } from '../paging.ts';
import { asJson, idOf, invalid } from '../resource.ts';
import { tagsOf } from '../tags/tags.ts';
import { conditionOf } from './expression.ts';
import { propertyOf } from './property.ts';
import { scannedPage, sortValueOf } from './scan.ts';
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
  const page = await pageOf(context, call, kind);
  const results: SearchRecord[] = [];
  for (const record of page.records) {
    const document = await kind.document(context, record, call);
    results.push({ [kind.member]: { ...document, Tags: await tagsOf(context, kind.kind, record.id) } });
  }
  return { Results: results, NextToken: page.nextToken };
}

async function pageOf(context: Context, call: Call<SearchCommandInput>, kind: SearchKind): Promise<Page<JsonObject>> {
  const { SearchExpression: expression, SortBy, SortOrder, NextToken, MaxResults } = call.input;
  const { records } = context;
  const shape = documentShape(kind);
  const holds = expression === undefined ? undefined : conditionOf(shape, expression);
  const sorted = SortBy === undefined ? undefined : propertyOf(shape, SortBy);
  if (SortBy !== undefined && sorted === undefined) throw invalid(`Unknown property name: ${SortBy}`);

  const needsTags = [SortBy ?? '', ...namesIn(expression)].some((name) => /^tags(\.|$)/i.test(name));
  const documentOf = async (record: RecordOf<JsonObject>): Promise<object> => {
    const document = await kind.document(context, record, call);
    return needsTags ? { ...document, Tags: await tagsOf(context, kind.kind, record.id) } : document;
  };
  const question = expression === undefined ? null : asJson(expression);
  const stored = storedOrder(kind, SortBy);
  const few = fewCandidates(context, kind, expression);
  if (stored !== undefined && few === undefined)
    return listPage<JsonObject>(
      records,
      kind.kind,
      { NextToken, MaxResults, SortBy: stored, SortOrder },
      { ...(holds && { where: async (record) => holds(await documentOf(record)) }), question },
    );
  const descending = SortOrder !== 'Ascending';
  return scannedPage(records, {
    candidates: few ?? everyRecord<JsonObject>(records, kind.kind),
    kind: kind.kind,
    async valueOf(record) {
      const document = await documentOf(record);
      if (holds?.(document) === false) return undefined;
      return sorted === undefined ? record.updatedAtMs : sortValueOf(sorted.valuesIn(document)[0]);
    },
    descending,
    question: digestOf([kind.kind, SortBy ?? null, descending, question]),
    nextToken: NextToken,
    max: MaxResults ?? maxResultsDefault,
  });
}

/** The store's own order for a property: then a page is read from its place on, and no further than it needs. */
function storedOrder(kind: SearchKind, sortBy: string | undefined): string | undefined {
  if (sortBy === 'CreationTime') return 'CreationTime';
  if (sortBy === undefined || sortBy === 'LastModifiedTime') return 'LastModifiedTime';
  return sortBy === kind.name && kind.kind !== 'model-package' ? 'Name' : undefined;
}

/** The only resources that may satisfy an expression whose every match has one name, or one status; undefined for others. */
function fewCandidates(
  { records }: Context,
  kind: SearchKind,
  expression: SearchExpression | undefined,
): AsyncIterable<RecordOf<JsonObject>> | undefined {
  const filters = expression === undefined || expression.Operator === 'Or' ? [] : (expression.Filters ?? []);
  const equal = (name: string | undefined): string | undefined =>
    filters.find(({ Name, Operator = 'Equals' }) => Name === name && Operator === 'Equals')?.Value;
  const name = kind.kind === 'model-package' ? undefined : equal(kind.name);
  if (name !== undefined) return named(records, kind.kind, name);
  const status = equal(kind.status);
  return status === undefined ? undefined : everyRecord<JsonObject>(records, kind.kind, { statuses: [status] });
}

async function* named(records: Records, kind: string, name: string): AsyncGenerator<RecordOf<JsonObject>> {
  const record = await records.get<JsonObject>(kind, idOf(name));
  if (record !== undefined) yield record;
}

/** The names of all properties that an expression asks for. */
function namesIn({ Filters = [], NestedFilters = [], SubExpressions = [] }: SearchExpression = {}): string[] {
  return [
    ...Filters.map(({ Name = '' }) => Name),
    ...NestedFilters.map(({ NestedPropertyName = '' }) => NestedPropertyName),
    ...SubExpressions.flatMap((inner) => namesIn(inner)),
  ];
}
