import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelSize, parseContentType } from './content-type.ts';

test('Content types are read in any case, with blanks and quoted parameters', () => {
  const type = parseContentType('Text/CSV ; Label_Size="1"; charset=utf-8');
  assert.equal(type.type, 'text/csv');
  assert.equal(type.parameters.get('charset'), 'utf-8');
  assert.equal(labelSize(type, 0), 1);
  assert.equal(labelSize(parseContentType('text/csv'), 0), 0);
  assert.equal(parseContentType('').type, '');
});

test('A label size beyond one column is refused', () => {
  assert.throws(
    () => labelSize(parseContentType('text/csv;label_size=2'), 1),
    /label_size=2 of text\/csv is not supported/,
  );
});
