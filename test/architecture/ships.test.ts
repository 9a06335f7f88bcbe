// What ships is what a program needs, and models/ holds in full what is served.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { identityServices, s3Service } from '../../src/services/index.ts';
import { createWorld } from '../../src/services/testing/world.ts';
import { readSources, repositoryRoot } from './sources.ts';

/** Programs, threads, and modules that are found by their path. */
const entry = /(^|\/)main\.ts$|-worker\.ts$|^algorithms\/([^/]+\/(manifest|check)|index)\.ts$|^library\/index\.ts$/;

test('Every source that ships is reached from a program; what only tests use is called *.testing.ts', () => {
  const codes = new Map(readSources().map(({ path, code }) => [path, code]));
  const reached = new Set<string>();
  const todo = [...codes.keys()].filter((path) => entry.test(path));
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    const code = codes.get(path);
    if (reached.has(path) || code === undefined) continue;
    reached.add(path);
    for (const [, target = ''] of code.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g))
      todo.push(normalize(join(dirname(path), target)));
  }
  const left = [...codes.keys()].filter((path) => !reached.has(path) && !path.endsWith('.d.ts'));
  assert.deepEqual(left, []);
});

test('models/ holds an operation in full where Linnet serves it, and else its name', async (t) => {
  const { services, records, objects } = await createWorld(t);
  const identity = {
    accountId: '123456789012',
    roleName: 'Role',
    records,
    objects,
    region: 'us-east-1',
    root: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    sealingKey: new Uint8Array(32),
    drawn: (count: number) => Buffer.alloc(count),
    newId: () => 'id',
    nowMs: () => 0,
  };
  const s3 = { objects, region: 'us-east-1', accountId: identity.accountId, warn() {}, nowMs: () => 0 };
  const tables = [
    ...services.tables,
    s3Service({ ...s3, encryption: 'label', isEncrypted: false }),
    ...identityServices(identity).tables,
  ];
  for (const { service, operations } of tables) {
    const file = join(repositoryRoot, `models/${service}.json`);
    const model = JSON.parse(readFileSync(file, 'utf8')) as { operations: object; others: object };
    assert.deepEqual(Object.keys(model.operations).sort(), Object.keys(operations).sort(), service);
    const named = Array.isArray(model.others) ? (model.others as string[]) : Object.keys(model.others);
    const whole = service === 'sagemaker-runtime';
    assert.equal(named.length > 0, !whole, `${service}: what is not served is refused by name`);
  }
});
