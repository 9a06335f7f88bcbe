import { type Expression, type FunctionBuilder, f64x2, i32, i64x2, type Local, v128, WasmModule } from './assembler.ts';
import { type Constants, holdConstants } from './design/numbers.ts';

/** Addresses in bytes; rows are double, an even number of them. */
export interface LogisticFunctions {
  losses: (scores: number, labels: number, losses: number, end: number) => void;
  shares: (scores: number, shares: number, end: number) => void;
}

/**
 * Two rows at a time, by the very steps of exp and log1p in portable-math.ts: no product is fused with a sum, so that the
 * bits are the same.
 */
export function logisticModule(): Uint8Array<ArrayBuffer> {
  const module = new WasmModule({ shared: false });
  module.define(
    'losses',
    { scores: 'i32', labels: 'i32', losses: 'i32', end: 'i32' },
    undefined,
    (f, { scores, labels, losses, end }) => {
      const [score, h, own] = f.locals('v128', 3);
      const c = holdConstants(f, [...expConstants, ...logConstants]);
      f.while(
        () => i32.lt(scores, end),
        () => {
          f.set(score, v128.load(scores));
          expOfMinus(f, c, score, h);
          // -score where the label is 1.
          f.set(own, v128.and(f64x2.eq(v128.load(labels), c(1)), v128.ofF64(-0)));
          f.set(own, v128.xor(score, own));
          f.store(losses, f64x2.add(f64x2.pmax(c(0), own), log1pOf(f, c, h)));
          for (const pointer of [scores, labels, losses]) f.advance(pointer, 16);
        },
      );
    },
    { exported: true },
  );
  module.define(
    'shares',
    { scores: 'i32', shares: 'i32', end: 'i32' },
    undefined,
    (f, { scores, shares, end }) => {
      const [score, h] = f.locals('v128', 2);
      const c = holdConstants(f, expConstants);
      f.while(
        () => i32.lt(scores, end),
        () => {
          f.set(score, v128.load(scores));
          expOfMinus(f, c, score, h);
          const upper = v128.bitselect(h, c(1), f64x2.lt(score, c(0)));
          f.store(shares, f64x2.div(upper, f64x2.add(c(1), h)));
          f.advance(scores, 16);
          f.advance(shares, 16);
        },
      );
    },
    { exported: true },
  );
  return module.bytes();
}

const sum = (a: Expression, b: Expression): Expression => f64x2.add(a, b);
const product = (a: Expression, b: Expression): Expression => f64x2.mul(a, b);
/** The terms `at` and `at + 1` of a polynomial in x. */
const line = (c: Constants, terms: readonly number[], at: number, x: Local): Expression =>
  sum(c(terms[at]), product(x, c(terms[at + 1])));

/** Below, e^x is 0. */
const expFloor = -746;
/** Adding this to a whole double below 2^51 leaves it in the low bits. */
const toInteger = 1.5 * 2 ** 52;
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;
/** 1 / k! from k = 2 on. */
const expTerms = [2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600, 6227020800, 87178291200].map(
  (factorial) => 1 / factorial,
);
/** 2 / (2 k + 1) from k = 1 on. */
const logTerms = Array.from({ length: 12 }, (_, k) => 2 / (2 * k + 3));
const expConstants = [expFloor, Math.LOG2E, 0.5, ln2High, ln2Low, 1, toInteger, 0, ...expTerms];
const logConstants = [0.41, Math.SQRT2, 2, ...logTerms];

/** h = e^-|score|. */
function expOfMinus(f: FunctionBuilder, c: Constants, score: Local, h: Local): void {
  const [x, k, high, low, r, lost, r2, r4, a, b, d] = f.locals('v128', 11);
  f.set(x, f64x2.pmax(f64x2.neg(f64x2.abs(score)), c(expFloor)));
  f.set(k, f64x2.floor(sum(product(x, c(Math.LOG2E)), c(0.5))));
  f.set(high, f64x2.sub(x, product(k, c(ln2High))));
  f.set(low, product(k, c(ln2Low)));
  f.set(r, f64x2.sub(high, low));
  f.set(lost, f64x2.sub(f64x2.sub(high, r), low));
  f.set(r2, product(r, r));
  f.set(r4, product(r2, r2));
  const four = (at: number): Expression => sum(line(c, expTerms, at, r), product(r2, line(c, expTerms, at + 2, r)));
  f.set(a, four(0));
  f.set(b, four(4));
  const last = sum(line(c, expTerms, 10, r), product(r2, c(expTerms[12])));
  f.set(d, sum(line(c, expTerms, 8, r), product(r2, last)));
  const tail = sum(lost, product(r2, sum(a, product(r4, sum(b, product(r4, d))))));
  f.set(h, sum(c(1), sum(r, tail)));
  // Times 2^k in two steps, since a double has no 2^-1075: only the last product may be rounded.
  f.set(a, f64x2.floor(product(k, c(0.5))));
  f.set(b, f64x2.sub(k, a));
  for (const half of [a, b]) f.set(h, product(h, powerOf2(c, half)));
}

/** 2^k of whole k from -1022 on. */
const powerOf2 = (c: Constants, k: Local): Expression => i64x2.add(i64x2.shl(sum(k, c(toInteger)), 52), c(1));

/** log(1 + h) for h from 0 to 1. */
function log1pOf(f: FunctionBuilder, c: Constants, h: Local): Expression {
  const [u, isNear, isHigh, g, e, left, s, z, z4, half, p] = f.locals('v128', 11);
  // As far as 0.41 of h alone, beyond it of 1 + h, halved from the root of 2 on, with what rounding took from it.
  f.set(isNear, f64x2.lt(h, c(0.41)));
  f.set(u, sum(c(1), h));
  f.set(isHigh, v128.andNot(f64x2.gt(u, c(Math.SQRT2)), isNear));
  f.set(e, v128.and(isHigh, c(1)));
  f.set(left, v128.andNot(f64x2.div(f64x2.sub(h, f64x2.sub(u, c(1))), u), isNear));
  f.set(g, f64x2.sub(v128.bitselect(product(u, c(0.5)), u, isHigh), c(1)));
  f.set(g, v128.bitselect(h, g, isNear));
  f.set(s, f64x2.div(g, sum(c(2), g)));
  f.set(z, product(s, s));
  f.set(p, product(z, z));
  f.set(z4, product(p, p));
  const four = (at: number): Expression => sum(line(c, logTerms, at, z), product(p, line(c, logTerms, at + 2, z)));
  const series = sum(four(0), product(z4, sum(four(4), product(z4, four(8)))));
  f.set(half, product(product(c(0.5), g), g));
  const lower = sum(product(s, sum(half, product(z, series))), product(e, c(ln2Low)));
  const log = f64x2.sub(product(e, c(ln2High)), f64x2.sub(f64x2.sub(half, lower), g));
  return sum(log, left);
}
