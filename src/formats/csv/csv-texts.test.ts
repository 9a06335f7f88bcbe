import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvTexts } from './csv-texts.ts';

const read = (text: string): string[][] => csvTexts(new TextEncoder().encode(text));

test('Cells are texts, with quotes and either line end', () => {
  assert.deepEqual(read('a,1\r\n"b, c","say ""x"""\n,\n\n'), [
    ['a', '1'],
    ['b, c', 'say "x"'],
    ['', ''],
  ]);
  assert.deepEqual(read('\ufeffé'), [['é']]);
  assert.deepEqual(read(''), []);
});

test('Rows of different widths and empty lines among rows are named', () => {
  assert.throws(() => read('a,b\nc'), /^DataError: Row 2 has 1 columns, but those before have 2$/);
  assert.throws(() => read('a\n\nb'), /^DataError: Row 2 is empty$/);
});
