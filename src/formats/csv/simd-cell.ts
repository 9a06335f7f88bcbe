/**
 * One cell of CSV, up to 31 characters: the numbers that are longer than the quick path takes or have an exponent. Two
 * windows of 16 digits each, made to numbers as in the quick path.
 */
import { assembly } from '../../kernels/index.ts';
import { singleOverflow } from '../decimal/decimal-double.ts';
import { powerMax } from '../decimal/powers-of-ten.ts';
import { csvLayout } from './simd-layout.ts';

const { bits, f64, f64x2FromI32x4, i8x16, i16x8, i32, v128 } = assembly;
type Expression = assembly.Expression;
type FunctionBuilder = assembly.FunctionBuilder;
type FunctionRef = assembly.FunctionRef;
type Local = assembly.Local;

const SPACE = 32;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const LETTER_E = 101;
export const crlf = 0x0a0d;

/** Beyond this a mantissa does not fit the two windows. */
const lengthMax = 31;

/** (start, end of the cell) to the nearest double, NaN where it is undecided: not a number, or one that needs more care. */
export function defineCell(module: assembly.WasmModule): FunctionRef {
  return module.define('cell', { start: 'i32', end: 'i32' }, 'f64', (f, { start, end }) => {
    const [negative, others, dot, stop, digits, power, minus, c, mantissaEnd, exponent] = f.locals('i32', 10);
    const [x, high, lanes] = f.locals('v128', 3);
    const [value, low, reach] = f.locals('f64', 3);
    const undecided = (): void => f.leave(f64.of(Number.NaN));

    f.while(
      () => i32.eq(bits.load8(start), SPACE),
      () => f.advance(start, 1),
    );
    f.set(negative, i32.eq(bits.load8(start), MINUS));
    f.advance(start, negative);
    f.set(end, i32.sub(end, i32.eq(bits.load16(i32.sub(end, 1)), crlf)));
    f.if(i32.gt(i32.sub(end, start), lengthMax), undecided);

    // The bytes that are not digits, and the end: first the point if there is one, then the end of the mantissa.
    f.set(others, i32.or(notDigits(start, 0), i32.shl(notDigits(start, 16), 16)));
    f.set(others, i32.or(others, i32.shl(i32.of(1), i32.sub(end, start))));
    f.set(stop, i32.add(start, bits.trailingZeros(others)));
    f.set(digits, i32.sub(stop, start));
    f.set(dot, i32.sub(start, 1));
    f.if(i32.and(i32.eq(bits.load8(stop), DOT), i32.lt(stop, end)), () => {
      f.set(dot, stop);
      f.set(stop, i32.add(start, bits.trailingZeros(i32.and(others, i32.sub(others, 1)))));
      f.set(power, i32.sub(i32.add(dot, 1), stop));
      f.set(digits, i32.sub(digits, power));
    });
    f.if(i32.eqz(digits), undecided);
    f.if(i32.lt(stop, end), () => {
      f.if(i32.ne(i32.or(bits.load8(stop), 32), LETTER_E), undecided);
      f.set(c, bits.load8(stop, 1));
      f.set(minus, i32.eq(c, MINUS));
      f.set(stop, i32.add(stop, 1));
      f.set(mantissaEnd, i32.sub(stop, 1));
      f.set(stop, i32.add(stop, i32.or(minus, i32.eq(c, PLUS))));
      // One to three digits.
      f.if(i32.gt(i32.sub(i32.sub(end, stop), 1), 2), undecided);
      f.while(
        () => i32.lt(stop, end),
        () => {
          f.set(c, i32.sub(bits.load8(stop), 48));
          f.if(i32.gt(c, 9), undecided);
          f.set(exponent, i32.add(i32.mul(exponent, 10), c));
          f.advance(stop, 1);
        },
      );
      f.set(power, i32.add(power, i32.sub(exponent, i32.mul(i32.shl(exponent, 1), minus))));
      f.set(stop, mantissaEnd);
    });
    f.set(power, i32.add(power, powerMax));
    f.if(i32.gt(power, 2 * powerMax), undecided);

    f.set(lanes, i8x16.of(Array.from({ length: 16 }, (_, lane) => lane)));
    f.set(x, lastDigits({ stop: i32.sub(stop, 17), dot, digits, lanes }));
    f.set(high, lastDigits({ stop: i32.sub(stop, 33), dot, digits: i32.sub(digits, 16), lanes }));
    // Four numbers below 10^8: the value is ((first 10^8 + second) 10^8 + third) 10^8 + fourth.
    f.set(x, eightDigits(fourDigits(high), fourDigits(x)));
    f.set(high, f64x2FromI32x4(words(x, x, [0, 2, 0, 2])));
    f.set(x, f64x2FromI32x4(words(x, x, [1, 3, 1, 3])));
    f.set(value, f64.add(f64.mul(f64.lane(high, 0), 1e8), f64.lane(x, 0)));
    f.if(i32.eqz(f64.lt(value, firstMax)), undecided);
    addExactly(f, { value, low }, [f64.mul(value, 1e16), f64.mul(f64.lane(high, 1), 1e8), f64.lane(x, 1)]);
    multiplyByPower(f, { value, low, reach }, i32.shl(power, 3));
    f.if(f64.lt(f64.add(value, f64.sub(low, reach)), f64.add(value, f64.add(low, reach))), undecided);
    f.set(value, f64.add(value, low));
    f.if(i32.eqz(f64.lt(value, singleOverflow)), undecided);
    // Without a branch: signs cannot be predicted.
    f.give(f64.mul(value, f64.sub(1, f64.fromI32(i32.shl(negative, 1)))));
  });
}

/** Times 10^16 these are still doubles: what stands before the last 16 digits, of which text has 17 or 18 as a rule. */
const firstMax = 2 ** 15;

/** value + low = the sum of three doubles, each a multiple of a power of ten that the next is less than. */
function addExactly(
  f: FunctionBuilder,
  { value, low }: Record<'value' | 'low', Local>,
  [first, second, third]: readonly [Expression, Expression, Expression],
): void {
  const [sum, term] = f.locals('f64', 2) as [Local, Local];
  f.set(value, first);
  f.set(term, second);
  f.set(sum, f64.add(value, term));
  f.set(low, f64.sub(term, f64.sub(sum, value)));
  f.set(term, third);
  f.set(value, f64.add(sum, term));
  f.set(low, f64.add(low, f64.sub(term, f64.sub(value, sum))));
}

/** As `timesPower` of decimal-double.ts: value + low is the product, give or take `reach`. `place` is that of the power. */
function multiplyByPower(
  f: FunctionBuilder,
  { value, low, reach }: Record<'value' | 'low' | 'reach', Local>,
  place: Expression,
): void {
  const [ten, tenHigh, tenLow, product, high, rest] = f.locals('f64', 6) as [Local, Local, Local, Local, Local, Local];
  f.set(ten, f64.load(place, csvLayout.allPowers));
  f.set(product, f64.mul(value, ten));
  f.set(reach, f64.mul(product, 2 ** -96));
  f.set(low, f64.add(f64.mul(value, f64.load(place, csvLayout.lowPowers)), f64.mul(low, ten)));
  f.set(rest, f64.mul(value, splitter));
  f.set(high, f64.sub(rest, f64.sub(rest, value)));
  f.set(rest, f64.sub(value, high));
  f.set(tenLow, f64.mul(ten, splitter));
  f.set(tenHigh, f64.sub(tenLow, f64.sub(tenLow, ten)));
  f.set(tenLow, f64.sub(ten, tenHigh));
  const error = f64.sub(
    f64.sub(f64.sub(product, f64.mul(high, tenHigh)), f64.mul(rest, tenHigh)),
    f64.mul(high, tenLow),
  );
  f.set(low, f64.add(f64.sub(f64.mul(rest, tenLow), error), low));
  f.set(value, product);
}

const splitter = 2 ** 27 + 1;

/** Which of 16 bytes are no digits: other bytes are at least 10 above '0', or wrap to more. */
const notDigits = (start: Expression, offset: number): Expression =>
  bits.ofBytes(i8x16.addSaturated(i8x16.sub(v128.load(start, offset), i8x16.of([48])), i8x16.of([128 - 10])));

/**
 * The last 16 of `digits` digits, or all, that end 17 bytes behind `stop`, others 0. Those before the point, if `dot` is
 * among them, are found one place further left.
 */
function lastDigits({ stop, dot, digits, lanes }: Record<'stop' | 'dot' | 'digits' | 'lanes', Expression>): Expression {
  const behindDot = i8x16.gt(lanes, i8x16.splat(i32.sub(i32.sub(dot, stop), 1)));
  const text = v128.bitselect(v128.load(stop, 1), v128.load(stop), behindDot);
  return v128.and(i8x16.sub(text, i8x16.of([48])), i8x16.gt(lanes, i8x16.splat(i32.sub(15, digits))));
}

/** Sixteen digits to four numbers below 10^4, by way of eight below 100. */
export const fourDigits = (digits: Expression): Expression =>
  i16x8.dot(i16x8.shr(i16x8.mul(digits, i16x8.of([10 * 256 + 1])), 8), i16x8.of([100, 1]));

/** Twice four such numbers to twice two below 10^8. */
export const eightDigits = (a: Expression, b: Expression): Expression =>
  i16x8.dot(i16x8.narrow(a, b), i16x8.of([10_000, 1]));

/** Four of the eight 32-bit words of a and b. */
export const words = (a: Expression, b: Expression, picked: readonly number[]): Expression =>
  v128.shuffle(
    a,
    b,
    picked.flatMap((word) => [0, 1, 2, 3].map((byte) => 4 * word + byte)),
  );
