import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderedAnswers } from './ordered-answers.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('Answers are stored in the order of their requests, whichever came first', async () => {
  const answers = orderedAnswers();
  const stored: string[] = [];
  const resolve: ((answer: Uint8Array) => void)[] = [];
  for (const name of ['a', 'b', 'c'])
    answers.push(new Promise<Uint8Array>((done) => resolve.push(done)), () => stored.push(name));
  answers.end();
  for (const [index, name] of [...[...'abc'].entries()].reverse()) resolve[index]!(bytes(name));
  const read: string[] = [];
  for await (const answer of answers) read.push(new TextDecoder().decode(answer));
  assert.deepEqual(
    [read, stored],
    [
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ],
  );
});

test('An answer that fails ends the output there, and what waits behind it is given back', async () => {
  const answers = orderedAnswers();
  const stored: string[] = [];
  answers.push(Promise.resolve(bytes('a')), () => stored.push('a'));
  answers.push(Promise.reject(new Error('no answer')), () => stored.push('b'));
  answers.push(Promise.resolve(bytes('c')), () => stored.push('c'));
  const read: string[] = [];
  await assert.rejects(async () => {
    for await (const answer of answers) read.push(new TextDecoder().decode(answer));
  }, /no answer/);
  assert.deepEqual(read, ['a']);
  assert.deepEqual(stored.sort(), ['a', 'b', 'c']);
  assert.equal(answers.closed, true);
});
