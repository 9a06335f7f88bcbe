import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortDoubles } from './sort-doubles.ts';

const count = 20_000;
const mixed = (at: number): number => (Math.imul(at + 1, 0x9e3779b1) >>> 0) / 2 ** 32;

const sets: Readonly<Record<string, (at: number) => number>> = {
  'numbers of either sign': (at) => 6 * mixed(at) - 3,
  'numbers of one sign': (at) => -1 - mixed(at),
  probabilities: (at) => mixed(at) ** 9,
  'numbers of all sizes': (at) => (at % 2 === 0 ? 1 : -1) * 10 ** (600 * mixed(at) - 300),
  'few different numbers, zeros of either sign and infinities': (at) =>
    [0, -0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324][Math.floor(7 * mixed(at))]!,
  'numbers that differ in their last digits only': (at) => 1 + 1e-12 * mixed(at),
  'equal numbers': () => 0.25,
  'sorted numbers': (at) => at / 7,
};

for (const [name, numberAt] of Object.entries(sets)) {
  test(`${name} are sorted as the engine sorts them`, () => {
    for (const length of [0, 1, count - 1, count]) {
      const values = Float64Array.from({ length }, (_, at) => numberAt(at));
      const sorted = [...values.slice().sort()];
      assert.deepEqual([...sortDoubles(values)], sorted);
    }
  });
}
