import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimalToFloat32 } from './decimal.ts';

test('A decimal just beside the middle of two float32 values is not rounded twice', () => {
  // 16777217 lies half-way between 16777216 and 16777218; the double nearest to these texts is 16777217 itself.
  assert.equal(decimalToFloat32('16777217'), 16777216);
  assert.equal(decimalToFloat32('16777217.0000000000000000001'), 16777218);
  assert.equal(decimalToFloat32('-16777217.0000000000000000001'), -16777218);
  assert.equal(decimalToFloat32('16777218.9999999999999999999'), 16777218);
  assert.equal(decimalToFloat32('16777219'), 16777220);
});

test('The ends of the float32 range round as IEEE 754 says', () => {
  assert.equal(decimalToFloat32('3.4028235677973366163e38'), 3.4028234663852886e38);
  assert.equal(decimalToFloat32('3.4028235677973366164e38'), Number.POSITIVE_INFINITY);
  assert.equal(decimalToFloat32('7.0064923216240853546e-46'), 0);
  assert.equal(decimalToFloat32('7.0064923216240853547e-46'), 2 ** -149);
  assert.equal(decimalToFloat32('-1e-999999999'), -0);
});

test('Only plain decimals are numbers', () => {
  for (const text of ['', ' ', '.', '+', 'e5', '1e', '1e+', '0x1', 'Infinity', 'NaN', '1_0', '1 ', '1.2.3', '١']) {
    assert.ok(Number.isNaN(decimalToFloat32(text)), text);
  }
});

test('Exact middles, written in full and with one digit more or less, go to the right side', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2 ** 23, max: 2 ** 24 - 2 }),
      fc.integer({ min: -40, max: 60 }),
      (significand, power) => {
        const scale = 2 ** power;
        const [low, middle, high] = [significand * scale, (significand + 0.5) * scale, (significand + 1) * scale];
        const text = exactDecimal(middle);
        assert.equal(decimalToFloat32(text), significand % 2 === 0 ? low : high);
        assert.equal(decimalToFloat32(`${text}${text.includes('.') ? '' : '.'}0001`), high);
      },
    ),
  );
});

/** All digits of a double, by exact arithmetic. */
function exactDecimal(value: number): string {
  let power = 0;
  let whole = value;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    power++;
  }
  const digits = (BigInt(whole) * 5n ** BigInt(power)).toString().padStart(power + 1, '0');
  return power === 0 ? digits : `${digits.slice(0, -power)}.${digits.slice(-power)}`;
}
