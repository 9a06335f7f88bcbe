import { type Expression, type FunctionBuilder, f64x2, i64x2, type Local, v128 } from '../assembler.ts';
import type { Arithmetic } from '../math.ts';

/** Makes a double constant of both lanes; one that is used in a loop is held in a local, since engines make it anew each time. */
export type Constants = (value: number) => Expression;

export function holdConstants(f: FunctionBuilder, values: readonly number[]): Constants {
  const held = new Map<number, Local>();
  for (const value of values) {
    if (held.has(value)) continue;
    const local = f.local('v128');
    f.set(local, v128.ofF64(value));
    held.set(value, local);
  }
  return (value) => held.get(value) ?? v128.ofF64(value);
}

const factorials = (count: number): number[] => {
  const all = [1];
  for (let k = 1; k < count; k += 1) all.push(all[k - 1] * k);
  return all;
};
/** 1 / k! from k = 11 down to 0: exp on [-ln 2 / 2, ln 2 / 2] to 7e-15. */
const expTerms = factorials(12)
  .map((value) => 1 / value)
  .reverse();
/** Adding this to a number below 2^51 leaves its nearest integer in the low bits. */
const toInteger = 1.5 * 2 ** 52;
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;
/** 2 / (2 k + 1) from k = 8 down to 0: log m = 2 atanh((m - 1) / (m + 1)), to 3e-15 for m between sqrt(1/2) and sqrt(2). */
const logTerms = Array.from({ length: 9 }, (_, k) => 2 / (2 * (8 - k) + 1));

export const expConstants: readonly number[] = [700, -Math.LOG2E, toInteger, -ln2High, -ln2Low, ...expTerms];
export const logConstants: readonly number[] = [...logTerms, Math.LN2, 1, 2];

/** exp(-a) of both lanes, a at least 0, by reduction to a polynomial; from a = 700 on 1e-304. */
export function expOfNegative(f: FunctionBuilder, math: Arithmetic, c: Constants, a: Expression): Local {
  const [bounded, shifted, n, r, p] = f.locals('v128', 5);
  f.set(bounded, f64x2.pmin(a, c(700)));
  f.set(shifted, math.maddDouble(bounded, c(-Math.LOG2E), c(toInteger)));
  f.set(n, f64x2.sub(shifted, c(toInteger)));
  f.set(r, math.maddDouble(n, c(-ln2High), f64x2.neg(bounded)));
  f.set(r, math.maddDouble(n, c(-ln2Low), r));
  f.set(p, math.maddDouble(c(expTerms[0]), r, c(expTerms[1])));
  for (const term of expTerms.slice(2)) f.set(p, math.maddDouble(p, r, c(term)));
  f.set(p, i64x2.add(p, i64x2.shl(shifted, 52)));
  return p;
}

/** log(1 + t) of both lanes, t from 0 to 1, relatively exact for small t. */
export function logOfOnePlus(f: FunctionBuilder, math: Arithmetic, c: Constants, t: Expression): Local {
  const [big, s, rest] = f.locals('v128', 3);
  // (1 + t) / 2 is nearer to 1 from sqrt(2) on: (m - 1) / (m + 1) is t / (t + 2), or (t - 1) / (t + 3) of the half.
  f.set(big, f64x2.gt(t, c(Math.SQRT2 - 1)));
  f.set(rest, v128.and(big, c(1)));
  f.set(s, f64x2.div(f64x2.sub(t, rest), f64x2.add(f64x2.add(t, c(2)), rest)));
  return twiceAtanhPlus(f, math, c, s, v128.and(big, c(Math.LN2)));
}

/** log(x) of both lanes, for normal x above 0. */
export function logOf(f: FunctionBuilder, math: Arithmetic, c: Constants, x: Expression): Local {
  const [bits, m, big, exponent] = f.locals('v128', 4);
  f.set(bits, x);
  f.set(m, v128.or(v128.and(bits, ofBits(0x000fffff, -1)), c(1)));
  f.set(big, f64x2.gt(m, c(Math.SQRT2)));
  f.set(m, v128.bitselect(f64x2.mul(m, c(0.5)), m, big));
  // The biased exponent under the bits of 2^52 is 2^52 + 1023 + the exponent.
  f.set(exponent, v128.or(i64x2.shr(bits, 52), c(2 ** 52)));
  f.set(exponent, f64x2.add(f64x2.sub(exponent, c(2 ** 52 + 1023)), v128.and(big, c(1))));
  const s = f64x2.div(f64x2.sub(m, c(1)), f64x2.add(m, c(1)));
  return twiceAtanhPlus(f, math, c, s, f64x2.mul(exponent, c(Math.LN2)));
}

/** 2 atanh(s) + offset. */
function twiceAtanhPlus(f: FunctionBuilder, math: Arithmetic, c: Constants, s: Expression, offset: Expression): Local {
  const [kept, square, p] = f.locals('v128', 3);
  f.set(kept, s);
  f.set(square, f64x2.mul(kept, kept));
  f.set(p, math.maddDouble(c(logTerms[0]), square, c(logTerms[1])));
  for (const term of logTerms.slice(2)) f.set(p, math.maddDouble(p, square, c(term)));
  f.set(p, math.maddDouble(p, kept, offset));
  return p;
}

/** Both lanes from the high and the low half of their bits. */
const ofBits = (high: number, low: number): Expression => {
  const bytes = [...new Uint8Array(new Int32Array([low, high]).buffer)];
  return { type: 'v128', emit: (code) => code.push(0xfd, 12, ...bytes, ...bytes) };
};
