import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Conflict, Unavailable } from '../../base/index.ts';
import { faultyRecords } from './faulty.testing.ts';
import { memoryRecords } from './memory.ts';
import { recordsSuite } from './records.suite.ts';
import type { RecordChange } from './records.ts';

const put: RecordChange = { put: { kind: 'k', id: 'a', createdAtMs: 1, updatedAtMs: 1, body: {} }, expect: 'absent' };

recordsSuite('faultyRecords without a fault', async () => faultyRecords(memoryRecords(), { call: 0, when: 'before' }));

it('a call that fails before its effect has none, and the same call then succeeds', async () => {
  const records = faultyRecords(memoryRecords(), { call: 2, when: 'before' });
  assert.equal(await records.get('k', 'a'), undefined);
  await assert.rejects(
    records.write([put]),
    (error) => error instanceof Unavailable && /call 2, write/.test(error.message),
  );
  assert.deepEqual(await records.write([put]), [1]);
  assert.equal(records.callCount, 3);
});

it('a call that fails after its effect has had it', async () => {
  const records = faultyRecords(memoryRecords(), { call: 1, when: 'after' });
  await assert.rejects(records.write([put]), Unavailable);
  await assert.rejects(records.write([put]), Conflict);
  assert.equal((await records.get('k', 'a'))?.version, 1);
});
