import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceType, SearchCommandInput } from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { memoryRecords } from '../../../store/index.ts';
import { addResource } from '../add-resource.ts';
import type { Context } from '../context.ts';
import type { ResourceKind } from '../kinds.ts';
import { arnOf } from '../resource.ts';
import { search } from './search.ts';
import { getSearchSuggestions } from './suggestions.ts';

const place = { region: 'eu-west-1', accountId: '123456789012' };

async function contextWith(count: number): Promise<Context> {
  const context = { records: memoryRecords(), algorithms: () => [], changed: () => undefined } as unknown as Context;
  for (let index = 0; index < count; index += 1) {
    const events: JsonObject[] = [{ type: 'created', atMs: index * 1000 }];
    const request = { HyperParameters: { eta: String((index * 7) % 10), [`only-${index}`]: '1' } };
    await add(context, 'training-job', `job-${index}`, { request, events }, { status: 'InProgress', index });
  }
  return context;
}

const add = (
  context: Context,
  kind: ResourceKind,
  name: string,
  body: object,
  { status, index }: { status: string; index: number },
) =>
  addResource(context, {
    kind,
    status,
    nowMs: index * 1000,
    tags: [{ Key: 'parity', Value: index % 2 === 0 ? 'even' : 'odd' }],
    body: { name, arn: arnOf(place, kind, name), ...body },
  });

async function namesOf(context: Context, input: Partial<SearchCommandInput>): Promise<string[]> {
  const names: string[] = [];
  for (let NextToken: string | undefined; ; ) {
    const call = { ...place, input: { Resource: 'TrainingJob', MaxResults: 3, ...input, NextToken } };
    const { Results = [], NextToken: next } = await search(context, call as unknown as Call<SearchCommandInput>);
    assert.ok(Results.length <= 3);
    names.push(...Results.map(({ TrainingJob }) => TrainingJob?.TrainingJobName ?? ''));
    if (next === undefined) return names;
    NextToken = next;
  }
}

test('Without an expression all are found, the last changed first, page by page', async () => {
  const context = await contextWith(8);
  const newest = ['job-7', 'job-6', 'job-5', 'job-4', 'job-3', 'job-2', 'job-1', 'job-0'];
  assert.deepEqual(await namesOf(context, {}), newest);
  assert.deepEqual(await namesOf(context, { SortOrder: 'Ascending' }), newest.toReversed());
  assert.deepEqual(await namesOf(context, { SortBy: 'TrainingJobName', SortOrder: 'Ascending' }), newest.toReversed());
});

test('Filters by name, status and tag find what satisfies them, in pages', async () => {
  const context = await contextWith(12);
  const find = (Name: string, Value: string, more: Partial<SearchCommandInput> = {}) =>
    namesOf(context, { SearchExpression: { Filters: [{ Name, Operator: 'Equals', Value }] }, ...more });
  assert.deepEqual(await find('TrainingJobName', 'job-1'), ['job-1'], 'job-10 only contains it');
  assert.deepEqual(await find('TrainingJobStatus', 'Completed'), []);
  const odd = ['job-11', 'job-9', 'job-7', 'job-5', 'job-3', 'job-1'];
  assert.deepEqual(await find('Tags.parity', 'odd'), odd);
  assert.deepEqual(
    await find('Tags.parity', 'odd', { SortBy: 'CreationTime', SortOrder: 'Ascending' }),
    odd.toReversed(),
  );
});

test('Any property sorts, in both orders and in pages; what lacks it comes last', async () => {
  const context = await contextWith(5);
  const SortBy = 'HyperParameters.eta';
  // The values are 0, 7, 4, 1, 8.
  const rising = ['job-0', 'job-3', 'job-2', 'job-1', 'job-4'];
  assert.deepEqual(await namesOf(context, { SortBy, SortOrder: 'Ascending' }), rising);
  assert.deepEqual(await namesOf(context, { SortBy }), rising.toReversed());
  assert.deepEqual((await namesOf(context, { SortBy: 'HyperParameters.only-2' }))[0], 'job-2');
  assert.deepEqual((await namesOf(context, { SortBy: 'HyperParameters.only-2', SortOrder: 'Ascending' }))[0], 'job-2');
});

test('What cannot be searched is refused by name', async () => {
  const context = await contextWith(0);
  await assert.rejects(namesOf(context, { SortBy: 'Colour' }), /Unknown property name: Colour/);
  await assert.rejects(
    namesOf(context, { Resource: 'FeatureGroup' as ResourceType }),
    /Search for FeatureGroup is not offered by Linnet; it searches TrainingJob, /,
  );
  const conditions = { VisibilityConditions: [{ Key: 'a', Value: 'b' }] };
  await assert.rejects(namesOf(context, conditions), /VisibilityConditions is not offered/);
});

test('Suggestions are names of members, and keys that resources have', async () => {
  const context = await contextWith(2);
  const suggest = async (PropertyNameHint: string): Promise<string[]> => {
    const input = { Resource: 'TrainingJob', SuggestionQuery: { PropertyNameQuery: { PropertyNameHint } } };
    const { PropertyNameSuggestions = [] } = await getSearchSuggestions(context, { ...place, input } as never);
    return PropertyNameSuggestions.map(({ PropertyName = '' }) => PropertyName);
  };
  assert.deepEqual(await suggest('TrainingJobN'), ['TrainingJobName']);
  assert.deepEqual(await suggest('HyperParameters.o'), ['HyperParameters.only-0', 'HyperParameters.only-1']);
  assert.deepEqual(await suggest('tags.'), ['Tags.parity']);
});
