import {
  type Expression,
  type FunctionBuilder,
  f32x4,
  f64x2,
  i32x4,
  type Local,
  type Operand,
  v128,
} from './assembler.ts';

/**
 * How a product is added. With `fma` the engine may round a * b + c once (relaxed SIMD); without, always twice, so that the
 * bytes are equal on every engine.
 */
export interface Arithmetic {
  readonly fma: boolean;
  /** a * b + c, four float32. */
  madd(a: Operand, b: Operand, c: Operand): Expression;
  /** c - a * b, four float32. */
  nmadd(a: Operand, b: Operand, c: Operand): Expression;
  /** a * b + c, two float64. */
  maddDouble(a: Operand, b: Operand, c: Operand): Expression;
}

export const arithmetic = ({ fma }: { fma: boolean }): Arithmetic =>
  fma
    ? { fma, madd: f32x4.relaxedMadd, nmadd: f32x4.relaxedNmadd, maddDouble: f64x2.relaxedMadd }
    : {
        fma,
        madd: (a, b, c) => f32x4.add(f32x4.mul(a, b), c),
        nmadd: (a, b, c) => f32x4.sub(c, f32x4.mul(a, b)),
        maddDouble: (a, b, c) => f64x2.add(f64x2.mul(a, b), c),
      };

/** Gives a constant of four equal float32, or of four equal 32-bit integers. */
export interface Constants {
  float(value: number): Local;
  integer(value: number): Local;
}

/**
 * Constants for a loop, in locals: engines make a constant anew at each use. Called before the loop with every value that
 * the loop will ask for.
 */
export function holdConstants(
  f: FunctionBuilder,
  { floats = [], integers = [] }: { floats?: readonly number[]; integers?: readonly number[] },
): Constants {
  const hold = (values: readonly number[], make: (value: number) => Expression): Map<number, Local> => {
    const held = new Map<number, Local>();
    for (const value of values) {
      if (held.has(value)) continue;
      const local = f.local('v128');
      f.set(local, make(value));
      held.set(value, local);
    }
    return held;
  };
  const heldFloats = hold(floats, (value) => f32x4.splat(value));
  const heldIntegers = hold(integers, v128.ofI32);
  const find = (held: Map<number, Local>, value: number): Local => {
    const local = held.get(value);
    if (local === undefined) throw new Error(`The constant ${value} is not held`);
    return local;
  };
  return {
    float: (value) => find(heldFloats, value),
    integer: (value) => find(heldIntegers, value),
  };
}

/** exp is cut off here, so that products with it do not become denormal, which is slow: 2^-64, no more than rounding. */
export const expFloor = -44.36;
/** Adding this to a float32 below 2^22 leaves its nearest integer in the low bits. */
const toInteger = 1.5 * 2 ** 23;
/**
 * 2^r = 1 + r (...) for r within half of 0: the minimax polynomial with that first term (found by Remez's exchange),
 * relative error 1.1e-7 with these terms in single precision. From the fifth power down to the first.
 */
const exp2Terms = [0.0013264727, 0.009671513, 0.055507336, 0.24022242, 0.69314700365];

export const expFloats: readonly number[] = [expFloor, Math.LOG2E, toInteger, 1, ...exp2Terms];

/**
 * Each x becomes exp(x), for x at most 0, to 2e-7 and from `expFloor` on no smaller; not-a-number stays. The vectors go step by step
 * together, so that an engine that keeps the order has independent work at each. Needs the constants `expFloats`.
 *
 *   exp(x) = 2^n 2^r,  n = round(x log2 e),  r = x log2 e - n
 */
export function expEach(f: FunctionBuilder, { madd }: Arithmetic, c: Constants, xs: readonly Local[]): void {
  const shifted = xs.map(() => f.local('v128'));
  const p = xs.map(() => f.local('v128'));
  const each = (step: (x: Local, i: number) => void): void => xs.forEach(step);
  const log2e = c.float(Math.LOG2E);
  each((x) => f.set(x, f32x4.pmax(x, c.float(expFloor))));
  each((x, i) => f.set(shifted[i], madd(x, log2e, c.float(toInteger))));
  each((_, i) => f.set(p[i], f32x4.sub(c.float(toInteger), shifted[i])));
  each((x, i) => f.set(x, madd(x, log2e, p[i])));
  each((x, i) => f.set(p[i], madd(x, c.float(exp2Terms[0]), c.float(exp2Terms[1]))));
  for (const term of exp2Terms.slice(2)) each((x, i) => f.set(p[i], madd(p[i], x, c.float(term))));
  each((x, i) => f.set(p[i], madd(p[i], x, c.float(1))));
  // The integer's low bits, moved into the exponent.
  each((x, i) => f.set(x, i32x4.add(p[i], i32x4.shl(shifted[i], 23))));
}

/** The bits of sqrt(1/2). */
const rootHalfBits = 0x3f3504f3;
/** 2 / (2 k + 1) from k = 4 down to 0: log m = 2 atanh((m - 1) / (m + 1)), to 1e-9 for m from sqrt(1/2) to sqrt(2). */
const logTerms = [2 / 9, 2 / 7, 2 / 5, 2 / 3, 2];

/** log(x) of four normal float32 above 0, to 2e-7 absolutely or relatively. */
export function logOf(f: FunctionBuilder, { madd }: Arithmetic, x: Expression): Local {
  const [bits, m, exponent, s, square, p] = f.locals('v128', 6);
  f.set(bits, i32x4.sub(x, v128.ofI32(rootHalfBits)));
  f.set(exponent, f32x4.fromI32x4(i32x4.shrSigned(bits, 23)));
  f.set(m, i32x4.add(v128.and(bits, v128.ofI32(0x7fffff)), v128.ofI32(rootHalfBits)));
  f.set(s, f32x4.div(f32x4.sub(m, 1), f32x4.add(m, 1)));
  f.set(square, f32x4.mul(s, s));
  f.set(p, madd(square, logTerms[0], logTerms[1]));
  for (const term of logTerms.slice(2)) f.set(p, madd(p, square, term));
  f.set(p, madd(exponent, Math.LN2, f32x4.mul(p, s)));
  return p;
}

/** The four float32 added as (0 + 2) + (1 + 3): a float32 in every lane. */
export function sumLanes(f: FunctionBuilder, x: Local): void {
  f.set(x, f32x4.add(x, v128.shuffle(x, x, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7])));
  f.set(x, f32x4.add(x, v128.shuffle(x, x, [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11])));
}
