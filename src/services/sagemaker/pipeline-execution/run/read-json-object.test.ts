import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../../../../base/index.ts';
import { createWorld } from '../../../testing/world.ts';
import { readJsonObject } from './read-json-object.ts';

test('A file that is absent, no JSON, or closed to the role is refused with its address', async (t) => {
  const { objects, put } = await createWorld(t);
  await put({ 's3://b/good.json': '{"a":1}', 's3://b/bad.json': '{' });
  assert.deepEqual(await readJsonObject({ objects }, 's3://b/good.json'), { a: 1 });
  const closed = {
    ...objects,
    get: async () => {
      throw new DataError('AccessDenied: not authorized to perform: s3:GetObject');
    },
  };
  await assert.rejects(readJsonObject({ objects: closed }, 's3://b/good.json'), {
    code: 'ValidationException',
    message: 's3://b/good.json cannot be read: AccessDenied: not authorized to perform: s3:GetObject',
  });
  await assert.rejects(
    readJsonObject({ objects }, 's3://b/bad.json'),
    /^ServiceError: s3:\/\/b\/bad\.json, .* is not JSON/,
  );
  await assert.rejects(readJsonObject({ objects }, 's3://none/x'), /There is no object s3:\/\/none\/x/);
});
