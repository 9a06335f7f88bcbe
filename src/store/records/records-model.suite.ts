import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { Conflict } from '../../base/index.ts';
import { memoryRecords } from './memory.ts';
import type { RecordChange, RecordQuery, Records } from './records.ts';

/** Holds an implementation of Records against the one in memory, under random operations. */
export function recordsModelSuite(name: string, open: () => Promise<Records>): void {
  it(`any sequence of writes and listings answers in ${name} as in memory`, async () => {
    const records = await open();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 25 }), async (operations) => {
        const memory = memoryRecords();
        const kind = `model-${++run}`;
        for (const operation of operations) {
          const [expected, actual] = await Promise.all([
            outcome(memory, kind, operation),
            outcome(records, kind, operation),
          ]);
          assert.deepEqual(actual, expected);
        }
      }),
      { numRuns: 60 },
    );
    await records.close();
  });
}

type Operation = { list: RecordQuery } | { write: Change[] };
type Change = { id: string; status: string; timeMs: number; expect: 'absent' | number | undefined; remove: boolean };

const id = fc.constantFrom('a', 'A', 'b', 'ab', 'a/', 'é', '\uffff', '\u{10000}', '%', '_');
const status = fc.constantFrom('', 'Failed', 'InProgress');
const timeMs = fc.integer({ min: 0, max: 5 });
const change: fc.Arbitrary<Change> = fc.record({
  id,
  status,
  timeMs,
  expect: fc.constantFrom(undefined, undefined, 'absent' as const, 1, 2),
  remove: fc.boolean(),
});
const query = fc.record(
  {
    idPrefix: id,
    idAfter: id,
    idFrom: id,
    idContains: id,
    statuses: fc.subarray(['', 'Failed', 'InProgress']),
    createdAfterMs: timeMs,
    createdBeforeMs: timeMs,
    updatedAfterMs: timeMs,
    updatedBeforeMs: timeMs,
    sortBy: fc.constantFrom('id' as const, 'createdAt' as const, 'updatedAt' as const, 'status' as const),
    descending: fc.boolean(),
    offset: fc.nat(3),
    limit: fc.nat(4),
  },
  { requiredKeys: [] },
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ write: fc.uniqueArray(change, { maxLength: 5, selector: (each) => each.id }) }),
  fc.record({ list: query }),
);

/** What an operation answers, or the message of its Conflict. */
async function outcome(records: Records, kind: string, operation: Operation): Promise<unknown> {
  if ('list' in operation) return (await records.list(kind, operation.list)).map((record) => ({ ...record, kind: '' }));
  const changes = operation.write.map(({ id, status, timeMs, expect, remove }): RecordChange => {
    if (remove) return { remove: { kind, id }, ...(typeof expect === 'number' ? { expect } : {}) };
    return {
      put: { kind, id, status, createdAtMs: timeMs, updatedAtMs: 5 - timeMs, body: { timeMs } },
      ...(expect === undefined ? {} : { expect }),
    };
  });
  try {
    return await records.write(changes);
  } catch (error) {
    if (error instanceof Conflict) return 'conflict';
    throw error;
  }
}
