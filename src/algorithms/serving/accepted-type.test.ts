import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedType } from './accepted-type.ts';

const offered = ['application/json', 'application/jsonlines', 'text/csv'];

test('Accept is read by weight, then order, and wildcards mean the default', () => {
  for (const [header, type] of [
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['Text/CSV; charset=utf-8', 'text/csv'],
    ['text/*', 'text/csv'],
    ['text/html, */*;q=0.1', 'application/json'],
    ['application/json;q=0.5, text/csv;q=0.8', 'text/csv'],
    ['text/csv, application/json', 'text/csv'],
    ['application/*, application/json;q=0', 'application/jsonlines'],
    ['application/json; verbose=true', 'application/json'],
    ['text/html', undefined],
    ['application/json;q=0', undefined],
    ['nonsense', undefined],
  ] as const) {
    assert.equal(acceptedType(header, offered), type, header);
  }
});
