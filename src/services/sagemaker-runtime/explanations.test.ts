import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime';
import type { Call } from '../../gateway/index.ts';
import type { Container } from '../sagemaker/serving/container.ts';
import { explainerRuleOf, explanationWish, literalOf } from './explanations.ts';

const callOf = (input: object = {}, headers: Record<string, string> = {}) =>
  ({ input: { EndpointName: 'e', ...input }, headers }) as unknown as Call<InvokeEndpointCommandInput>;
const container = (explains: boolean): Container => ({ name: 'primary', explains }) as Container;
const ours = [container(true)];

test('Of JMESPath, literals are evaluated, and nothing else', () => {
  for (const [expression, value] of [
    ['`true`', true],
    [' `false` ', false],
    ['`0`', true],
    ['`""`', false],
    ['`null`', false],
    ['`{}`', false],
    ['`{"a":1}`', true],
    ['true', 'other'],
    ['probability > `0.8`', 'other'],
    ['`true` || `false`', 'other'],
    ['`tru`', 'other'],
  ] as const)
    assert.equal(literalOf(expression), value, expression);
});

test('A request is explained as it, its header or its endpoint says; the request goes first', () => {
  const none = { explainer: undefined };
  const on = { explainer: explainerRuleOf({}) };
  const off = { explainer: explainerRuleOf({ EnableExplanations: '`false`' }) };
  const yes = { EnableExplanations: '`true`' };
  const no = { EnableExplanations: '`false`' };
  for (const [call, rule, wish] of [
    [callOf(), none, undefined],
    [callOf(yes), none, 'clarify'],
    [callOf(no), none, undefined],
    [callOf({}, { 'x-linnet-explain': 'true' }), none, 'true'],
    [callOf({}, { 'x-linnet-explain': 'false' }), none, undefined],
    [callOf(), on, 'clarify'],
    [callOf(no), on, 'clarify-none'],
    [callOf(), off, 'clarify-none'],
    [callOf(yes), off, 'clarify'],
  ] as const)
    assert.equal(explanationWish(call, rule, ours), wish);
});

test('A program that would answer without an explanation is not asked', () => {
  const asked = callOf({ EnableExplanations: '`true`' });
  const none = { explainer: undefined };
  assert.throws(
    () => explanationWish(asked, none, [container(false)]),
    /Endpoint e cannot explain: container primary is not/,
  );
  assert.throws(() => explanationWish(asked, none, [...ours, ...ours]), /its requests pass 2 containers/);
  assert.throws(
    () => explanationWish(callOf({ EnableExplanations: 'score > `1`' }), none, ours),
    /EnableExplanations is "score > `1`".*give `true` or `false`/,
  );
  assert.equal(explanationWish(callOf(), none, [container(false)]), undefined);
});
