import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisiveEnd } from './gang.ts';

const end = (name: string, exit: { code: number | null; signal: string | null }, failure = '', cut = false) => ({
  name,
  exit,
  failure,
  cut,
  lastLine: '',
});
const failed = (name: string, failure: string) => end(name, { code: 1, signal: null }, failure);
const killed = (name: string, signal: string, cut = false) => end(name, { code: null, signal }, '', cut);

test('Of the failures of several hosts that one counts which the others follow from, whichever ended first', () => {
  const lost = failed('algo-1', 'InternalServerError: Lost a host');
  const fault = failed('algo-4', '');
  const cases: [ReturnType<typeof end>[], string][] = [
    [[lost, failed('algo-2', 'ClientError: Row 3')], 'algo-2'],
    [[lost, killed('algo-2', 'SIGKILL')], 'algo-2'],
    [[lost, fault], 'algo-4'],
    [[fault, killed('algo-2', 'SIGTERM'), killed('algo-3', 'SIGKILL', true)], 'algo-4'],
    [[end('algo-1', { code: 0, signal: null }), fault], 'algo-4'],
    [[failed('algo-3', ''), fault], 'algo-3'],
    [[end('algo-2', { code: 0, signal: null })], 'algo-2'],
  ];
  for (const [ends, name] of cases) assert.equal(decisiveEnd(ends).name, name);
});
