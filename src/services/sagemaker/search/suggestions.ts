import type { GetSearchSuggestionsCommandInput, GetSearchSuggestionsCommandOutput } from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';
import type { Call, Shape } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { tagsOf } from '../tags/tags.ts';
import { documentShape, searchKindOf } from './search-kinds.ts';

/** How many of the newest resources are looked at for keys of maps, tags and metrics; and how many names are answered. */
const lookedAtMax = 200;
const suggestionsMax = 100;

/** Names of properties that begin as the hint does. */
export async function getSearchSuggestions(
  context: Context,
  call: Call<GetSearchSuggestionsCommandInput>,
): Promise<Omit<GetSearchSuggestionsCommandOutput, '$metadata'>> {
  const { input } = call;
  const kind = searchKindOf(input.Resource);
  const hint = (input.SuggestionQuery?.PropertyNameQuery?.PropertyNameHint ?? '').toLowerCase();
  const shape = documentShape(kind);
  const names = new Set(shape.members.map(({ name }) => name));
  const query = { sortBy: 'createdAt', descending: true, limit: lookedAtMax } as const;
  for (const record of hint.includes('.') ? await context.records.list<JsonObject>(kind.kind, query) : []) {
    const document = await kind.document(context, record, call);
    for (const name of namesIn(shape, document as Record<string, unknown>)) names.add(name);
    for (const { Key } of await tagsOf(context, kind.kind, record.id)) names.add(`Tags.${Key}`);
  }
  const fitting = [...names].filter((name) => name.toLowerCase().startsWith(hint)).sort();
  return { PropertyNameSuggestions: fitting.slice(0, suggestionsMax).map((PropertyName) => ({ PropertyName })) };
}

/** The names below the members of a document: those that a shape has, the keys of maps, and metrics. */
function* namesIn(shape: Shape, document: Record<string, unknown>): Generator<string> {
  for (const { name, shape: member } of shape.members) {
    const value = document[name];
    if (member.type === 'structure') for (const inner of member.members) yield `${name}.${inner.name}`;
    if (member.type === 'list' && name !== 'Tags')
      for (const inner of member.item?.shape.members ?? []) yield `${name}.${inner.name}`;
    if (member.type === 'map' && typeof value === 'object' && value !== null)
      for (const key of Object.keys(value)) yield `${name}.${key}`;
    if (name === 'FinalMetricDataList' && Array.isArray(value))
      for (const { MetricName } of value as { MetricName: string }[]) yield `Metrics.${MetricName}`;
  }
}
