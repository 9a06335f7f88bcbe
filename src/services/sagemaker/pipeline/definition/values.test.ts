import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../../../base/index.ts';
import { holds, parseCondition } from './conditions.ts';
import { durationMs } from './durations.ts';
import { parameterValues } from './parameters.ts';
import { parsePath, valueAt } from './paths.ts';
import { openProblems } from './problems.ts';
import { nextTryMs } from './retry-policies.ts';

test('Durations are those of ISO 8601, also in small letters and without the first P', () => {
  const hourMs = 3_600_000;
  for (const [text, hours] of [
    ['PT1H', 1],
    ['p30d', 720],
    ['P4DT12H', 108],
    ['T12H', 12],
    ['30dT5h', 725],
    ['P1W', 168],
    ['T90M', 1.5],
    ['5y', 5 * 365 * 24],
  ] as const)
    assert.equal(durationMs(text), hours * hourMs, text);
  for (const text of ['', 'P', 'PT', '1H', 'P1', 'one day', 'P-1D']) assert.equal(durationMs(text), undefined, text);
});

test('Paths lead through members, indices, keys and the names of items', () => {
  const value = { Outputs: [{ OutputName: 'train', S3Output: { S3Uri: 's3://a' } }], 'a b': { c: [1, 2] } };
  const read = (text: string): unknown => valueAt(value, parsePath(text)!);
  assert.equal(read("Outputs['train'].S3Output.S3Uri"), 's3://a');
  assert.equal(read('Outputs[0].OutputName'), 'train');
  assert.equal(read('$["a b"].c[1]'), 2);
  assert.equal(read('Outputs[1].OutputName'), undefined);
  assert.equal(read('constructor'), undefined);
  for (const text of ['', '$', 'a..b', 'a[', 'a[x]', 'a]']) assert.equal(parsePath(text), undefined, text);
});

test('Conditions compare numbers, texts and both', async () => {
  const check = (json: Json): Promise<boolean> => {
    const problems = openProblems();
    const condition = parseCondition(json, 'here', problems);
    problems.check();
    return holds(condition!, async (value) => value);
  };
  const compare = (Type: string, LeftValue: Json, RightValue: Json) => ({ Type, LeftValue, RightValue });
  for (const [json, outcome] of [
    [compare('Equals', 1, 1), true],
    [compare('Equals', '1.0', 1), true],
    [compare('Equals', 'a', 'b'), false],
    [compare('Equals', true, 'True'), true],
    [compare('GreaterThan', 2, 1), true],
    [compare('GreaterThan', '10', '9'), true],
    [compare('GreaterThanOrEqualTo', 1, 1), true],
    [compare('LessThan', 'a', 'b'), true],
    [compare('LessThan', 1, '0.5'), false],
    [compare('LessThanOrEqualTo', 1, 2), true],
    [{ Type: 'In', QueryValue: 'b', Values: ['a', 'b'] }, true],
    [{ Type: 'In', QueryValue: 3, Values: [1, 2] }, false],
    [{ Type: 'Not', Condition: compare('Equals', 1, 1) }, false],
    [{ Type: 'Or', Conditions: [compare('Equals', 1, 2), compare('Equals', 2, 2)] }, true],
    [{ Type: 'Or', Conditions: [] }, false],
  ] as [Json, boolean][])
    assert.equal(await check(json), outcome, JSON.stringify(json));
  await assert.rejects(check(compare('LessThan', 'a', 1)), /LessThan cannot compare "a" with 1/);
});

test('Parameters have the types of their definitions, whatever Python writes', () => {
  const parameter = (name: string, type: 'String' | 'Integer' | 'Float' | 'Boolean', fallback?: string | number) => ({
    name,
    type,
    fallback,
    choices: undefined,
  });
  const all = [
    parameter('n', 'Integer', 3),
    parameter('x', 'Float'),
    parameter('yes', 'Boolean'),
    parameter('s', 'String', ''),
  ];
  const given = (values: Record<string, string>) => Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
  assert.deepEqual(parameterValues(all, given({ x: '1e-3', yes: 'True' })), { n: 3, x: 0.001, yes: true, s: '' });
  assert.throws(() => parameterValues(all, given({ x: 'abc', n: '1.5', y: '1' })), {
    message:
      'The pipeline has no parameter "y"; it has n, x, yes, s; The parameter "n" is of type Integer; its value is "1.5"; The parameter "x" is of type Float; its value is "abc"; The parameter "yes" has no default value, so a value must be given',
  });
});

test('A retry policy waits longer from try to try, and gives up by number or by time', () => {
  const policy = {
    exceptions: ['SageMaker.JOB_INTERNAL_ERROR'],
    intervalMs: 1000,
    backoffRate: 2,
    retriesMax: 3,
    expireMs: Number.POSITIVE_INFINITY,
  };
  const at = (retries: number, nowMs = 10_000, change: Partial<typeof policy> = {}) =>
    nextTryMs([{ ...policy, ...change }], 'SageMaker.JOB_INTERNAL_ERROR', { retries, firstMs: 0, nowMs });
  assert.deepEqual([at(0), at(1), at(2), at(3)], [11_000, 12_000, 14_000, undefined]);
  assert.equal(at(0, 10_000, { expireMs: 10_500 }), undefined);
  assert.equal(nextTryMs([policy], undefined, { retries: 0, firstMs: 0, nowMs: 0 }), undefined);
  assert.equal(nextTryMs([policy], 'Step.THROTTLING', { retries: 0, firstMs: 0, nowMs: 0 }), undefined);
});
