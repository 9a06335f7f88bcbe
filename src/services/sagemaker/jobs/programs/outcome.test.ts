import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureReason, outcomeOf } from './outcome.ts';

const silent = { failure: '', line: '' };
const exit = (code: number | null, signal: string | null = null) => ({ code, signal });

test('What the end of a program means depends on why it ended, and a halt comes first', () => {
  assert.equal(outcomeOf(exit(0), undefined, silent).type, 'completed');
  assert.equal(outcomeOf(exit(1), undefined, silent).type, 'failed');
  assert.equal(outcomeOf(exit(null, 'SIGKILL'), undefined, silent).type, 'failed');
  assert.equal(outcomeOf(exit(0), 'stop', silent).type, 'stopped');
  assert.equal(outcomeOf(exit(143), 'stop', silent).type, 'stopped');
  assert.equal(outcomeOf(exit(null, 'SIGKILL'), 'runtime', silent).type, 'runtime-exceeded');
  assert.equal(outcomeOf(exit(0), 'shutdown', silent).type, 'interrupted');
});

test('A failure is marked where its reason is what the program said', () => {
  const marked = (...[end, words]: [ReturnType<typeof exit>, typeof silent]) => {
    const outcome = outcomeOf(end, undefined, words);
    return outcome.type === 'failed' && outcome.quotes === true;
  };
  assert.ok(marked(exit(1), { failure: 'Row 3: "x"', line: '' }));
  assert.ok(marked(exit(1), { failure: '', line: 'x' }));
  assert.ok(!marked(exit(1), silent));
  assert.ok(!marked(exit(null, 'SIGKILL'), { failure: '', line: 'x' }), 'the signal is the reason');
});

test('A FailureReason has the form of AWS, and says whose mistake it was', () => {
  assert.equal(
    failureReason(exit(2), { failure: ' It broke \n', line: 'x' }),
    'AlgorithmError: It broke, exit code: 2',
  );
  assert.equal(failureReason(exit(1), { failure: 'ClientError: No data', line: '' }), 'ClientError: No data');
  assert.equal(failureReason(exit(1), silent), 'AlgorithmError: , exit code: 1');
  assert.equal(
    failureReason(exit(1), { failure: '', line: 'Traceback' }),
    'AlgorithmError: The last line of its log is: Traceback, exit code: 1',
  );
  assert.match(
    failureReason(exit(null, 'SIGSEGV'), silent),
    /^AlgorithmError: The program was ended by signal SIGSEGV, exit code: 139$/,
  );
});

test('A FailureReason fits the 1024 characters of the API and keeps its exit code', () => {
  const reason = failureReason(exit(1), { failure: `AlgorithmError: ${'😀'.repeat(2000)}`, line: '' });
  assert.ok(reason.length <= 1024);
  assert.match(reason, /^AlgorithmError: .*, exit code: 1$/u);
  assert.ok(!/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/.test(reason), 'no character is cut in two');
});
