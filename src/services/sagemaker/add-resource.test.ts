import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceError } from '../../base/index.ts';
import { memoryRecords } from '../../store/index.ts';
import { addResource, checkFree } from './add-resource.ts';
import type { Context } from './context.ts';
import { type Kind, kinds, type ResourceKind } from './kinds.ts';
import { arnOf, find } from './resource.ts';

const origin = { region: 'eu-west-1', accountId: '123456789012', nowMs: 1_000 };
const isAnswer = (code: string, message: RegExp) => (thrown: unknown) =>
  thrown instanceof ServiceError && thrown.code === code && message.test(thrown.message);

for (const kind of Object.keys(kinds) as ResourceKind[]) {
  test(`A ${kind} is made of plain arguments, once, under AWS's own texts`, async () => {
    const records = memoryRecords();
    const changed: string[] = [];
    const context = { records, changed: (of: ResourceKind, id: string) => changed.push(`${of}/${id}`) };
    const arn = arnOf(origin, kind, 'Mine');
    const add = () =>
      addResource(context as unknown as Context, {
        kind,
        status: 'New',
        nowMs: origin.nowMs,
        tags: [{ Key: 'a', Value: 'b' }],
        body: { name: 'Mine', arn },
      });
    const takenCode = kind === 'model-card' ? 'ConflictException' : 'ValidationException';
    const taken = isAnswer(kind.endsWith('-job') ? 'ResourceInUse' : takenCode, /already exist/);
    const notFoundCode = (kinds[kind] as Kind).notFoundCode ?? 'ValidationException';
    await checkFree(context as unknown as Context, kind, 'Mine');
    await assert.rejects(
      find(records, origin, kind, 'Mine'),
      isAnswer(notFoundCode, /not (be )?found|Could not find|can't find|does not exist/),
    );
    const [first, second] = await Promise.allSettled([add(), add()]);
    assert.deepEqual(first, { status: 'fulfilled', value: arn });
    assert.ok(second?.status === 'rejected' && taken(second.reason));
    await assert.rejects(checkFree(context as unknown as Context, kind, 'MINE'), taken);
    assert.deepEqual(changed, [`${kind}/mine`]);
    const { status, createdAtMs } = await find(records, origin, kind, 'mine');
    assert.deepEqual({ status, createdAtMs }, { status: 'New', createdAtMs: 1_000 });
    assert.equal((await records.get('tags', `${kind}/mine`))?.createdAtMs, 1_000);
  });
}
