import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { exp, log, log1p } from './portable-math.ts';

/** How many doubles apart, for numbers of one sign. */
function stepsBetween(a: number, b: number): number {
  const [first, second] = [a, b].map((value) => new BigInt64Array(Float64Array.of(value).buffer)[0]!);
  return Number(first! > second! ? first! - second! : second! - first!);
}

// The engine's own functions err by less than one step too, so that two are between right answers.
function agrees(own: (x: number) => number, engine: (x: number) => number, x: number): void {
  const steps = stepsBetween(own(x), engine(x));
  assert.ok(steps <= 2, `${x}: ${own(x)}, the engine has ${engine(x)}`);
}

test('exp is within its last digit of what the engine has, over the whole range', () => {
  fc.assert(
    fc.property(fc.double({ min: -745, max: 709.7, noNaN: true }), (x) => agrees(exp, Math.exp, x)),
    { numRuns: 20_000 },
  );
  fc.assert(
    fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (x) => agrees(exp, Math.exp, x)),
    { numRuns: 20_000 },
  );
});

test('log is within its last digit of what the engine has, over the whole range', () => {
  fc.assert(
    fc.property(fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }), (x) => agrees(log, Math.log, x)),
    { numRuns: 20_000 },
  );
  fc.assert(
    fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (x) => agrees(log, Math.log, x)),
    { numRuns: 20_000 },
  );
});

test('log1p keeps the digits of small numbers', () => {
  for (const [min, max] of [
    [-0.999, 1],
    [-1e-6, 1e-6],
    [0, 1e12],
  ]) {
    fc.assert(
      fc.property(fc.double({ min: min!, max: max!, noNaN: true }), (x) => agrees(log1p, Math.log1p, x)),
      { numRuns: 20_000 },
    );
  }
});

test('Ends and infinities are what the language says', () => {
  for (const x of [0, -0, 1, -1, 710, 709.78, 1e9, -745.2, -746, -1e9, Infinity, -Infinity, Number.NaN, 5e-324, 2]) {
    assert.deepEqual(
      [exp(x), log(x), log1p(x)].map(Number.isFinite),
      [Math.exp(x), Math.log(x), Math.log1p(x)].map(Number.isFinite),
      `${x}`,
    );
    assert.deepEqual([exp(x), log(x)].map(Number.isNaN), [Math.exp(x), Math.log(x)].map(Number.isNaN), `${x}`);
  }
  assert.deepEqual([exp(0), log(1), log1p(0), exp(-Infinity), log(0), log1p(-1)], [1, 0, 0, 0, -Infinity, -Infinity]);
});

test('The bytes are the same on every engine: they are pinned', () => {
  const values = Float64Array.from({ length: 30_000 }, (_, at) => {
    const x = ((Math.imul(at + 1, 2654435761) >>> 0) / 2 ** 32) * 80 - 40;
    return [exp(x), log(Math.abs(x)), log1p(Math.abs(x) / 40)][at % 3]!;
  });
  assert.equal(createHash('sha256').update(values).digest('hex').slice(0, 16), 'af3e4e785c96ef93');
});
