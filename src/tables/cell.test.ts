import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DecimalSign, numberOf } from './cell.ts';

const read = (texts: readonly string[], sign: DecimalSign): number[] => texts.map((text) => numberOf(text, sign));

test('A number is read in the dress that people give it: currencies, per cent, brackets, groups', () => {
  assert.deepEqual(
    read(['$1,254.24', '-$5', '$-5', 'USD 1,254', '12.2%', '45 %', '(1,745.76)', '\u22121.5', '.5%'], 'point'),
    [1254.24, -5, -5, 1254, 12.2, 45, -1745.76, -1.5, 0.5],
  );
  assert.deepEqual(
    read(['1 254', "1'254.5", '1\u00a0254', '1\u202f254\u202f000', '12,34,567'], 'point'),
    [1254, 1254.5, 1254, 1254000, 1234567],
  );
  assert.deepEqual(read(['1.002,40 €', '€ 3,5', '5,7 %', '1 234,5'], 'comma'), [1002.4, 3.5, 5.7, 1234.5]);
});

test('What only looks like a number is none', () => {
  const none = ['+49 30 4985161', '(555) 123', '12 34', '1.2.3', 'A12', '28 years', '12:30', '2026-11-30', '(5', '--5'];
  assert.ok(read([...none, '', '%', '$', '5-', '1,5 %'], 'point').every(Number.isNaN));
  assert.ok(read(['30.11.2026', '10.0.0.1', '1.5 %'], 'comma').every(Number.isNaN));
});

test('A dress changes no number, whatever it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.constantFrom('$', '€', 'EUR '), (cents, currency) => {
      const value = cents / 100;
      const digits = Math.abs(value).toLocaleString('en-US', { minimumFractionDigits: 2 });
      const minus = value < 0 ? '-' : '';
      assert.equal(numberOf(`${minus}${currency}${digits}`), value);
      assert.equal(numberOf(`${minus}${digits} %`), value);
    }),
  );
});
