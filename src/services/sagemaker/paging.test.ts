import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../base/index.ts';
import { memoryRecords, type Records } from '../../store/index.ts';
import { type ListInput, listPage } from './paging.ts';

async function recordsWith(count: number): Promise<Records> {
  const records = memoryRecords();
  for (let index = 0; index < count; index += 1)
    await add(
      records,
      `job-${String(index).padStart(3, '0')}`,
      Math.floor(index / 3) * 1000,
      index % 2 === 0 ? 'Completed' : 'Failed',
    );
  return records;
}

const add = (records: Records, id: string, createdAtMs: number, status: string) =>
  records.write([{ put: { kind: 'training-job', id, status, createdAtMs, updatedAtMs: createdAtMs, body: {} } }]);

async function all(records: Records, input: ListInput, between?: () => Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  for (let token: string | undefined; ; ) {
    const page = await listPage(records, 'training-job', { MaxResults: 7, ...input, NextToken: token });
    assert.ok(page.records.length <= 7);
    ids.push(...page.records.map(({ id }) => id));
    token = page.nextToken;
    if (token === undefined) return ids;
    await between?.();
  }
}

test('Every order gives each record once over all pages, also where many share a time or a status', async () => {
  const records = await recordsWith(40);
  const ascending = (await records.list('training-job')).map(({ id }) => id);
  for (const SortBy of ['Name', 'CreationTime'] as const) {
    assert.deepEqual(await all(records, { SortBy, SortOrder: 'Ascending' }), ascending, SortBy);
    assert.deepEqual(await all(records, { SortBy, SortOrder: 'Descending' }), [...ascending].reverse(), SortBy);
  }
  assert.deepEqual(await all(records, {}), [...ascending].reverse(), 'newest first unless asked otherwise');
  const byStatus = await all(records, { SortBy: 'Status', SortOrder: 'Ascending' });
  assert.deepEqual([...byStatus].sort(), ascending);
  assert.deepEqual(byStatus.slice(0, 3), ['job-000', 'job-002', 'job-004']);
});

test('Records that come and go between pages neither repeat nor hide others', async () => {
  const records = await recordsWith(40);
  let count = 0;
  const between = async (): Promise<void> => {
    count += 1;
    await add(records, `new-${count}`, 1_000_000 + count, 'InProgress');
    await records.write([{ remove: { kind: 'training-job', id: `job-0${39 - count}` } }]);
  };
  const ids = await all(records, {}, between);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.includes('job-000') && ids.includes('job-039'));
  assert.ok(ids.length >= 40 - count);
});

test('Filters narrow the list: part of the name in any case, status and times', async () => {
  const records = await recordsWith(12);
  assert.deepEqual(await all(records, { NameContains: 'JOB-01' }), ['job-011', 'job-010']);
  assert.equal((await all(records, { StatusEquals: 'Failed' })).length, 6);
  assert.deepEqual(await all(records, { CreationTimeAfter: new Date(1000), CreationTimeBefore: new Date(3000) }), [
    'job-008',
    'job-007',
    'job-006',
  ]);
});

test('A token that is not ours, or of another question, is refused', async () => {
  const records = await recordsWith(10);
  const { nextToken } = await listPage(records, 'training-job', { MaxResults: 2 });
  for (const input of [
    { NextToken: 'abc' },
    { NextToken: '' },
    { NextToken: nextToken, StatusEquals: 'Failed' },
    { NextToken: nextToken, SortBy: 'Name' },
  ]) {
    await assert.rejects(
      listPage(records, 'training-job', input),
      (thrown) => thrown instanceof ServiceError && thrown.code === 'ValidationException',
    );
  }
});
