import { decimalToDouble } from './decimal.ts';
import { powerMax, powersOfTen } from './powers-of-ten.ts';

const PLUS = 43;
const MINUS = 45;
const DOT = 46;

/** Whole numbers below this are doubles. */
export const wholeMax = 2 ** 53;

/** Numbers from here on become infinite in single precision, which artifacts and Amazon's formats are of. */
export const singleOverflow = 2 ** 128 - 2 ** 103;

/** False for NaN too. */
export const isSingleRange = (value: number): boolean => value > -singleOverflow && value < singleOverflow;

const utf8 = new TextDecoder();

/** The double nearest to the decimal that stands in `bytes` from `start` to `end`; NaN where none does. */
export function nearestDouble(bytes: Uint8Array, start: number, end: number): number {
  const value = quickDouble(bytes, start, end);
  return Number.isNaN(value) ? decimalToDouble(utf8.decode(bytes.subarray(start, end))) : value;
}

/** The same for up to 30 digits and powers of ten up to 60; NaN where it does not decide. */
function quickDouble(bytes: Uint8Array, start: number, end: number): number {
  let p = start;
  const negative = bytes[p] === MINUS;
  if (negative || bytes[p] === PLUS) p++;
  // The first fifteen digits from the first that is not 0, and up to fifteen more.
  let first = 0;
  let rest = 0;
  let restDigits = 0;
  let digits = 0;
  let dot = -1;
  for (; p < end; p++) {
    const c = bytes[p]!;
    if (c === DOT && dot < 0) {
      dot = digits;
      continue;
    }
    if (c < 48 || c > 57) break;
    digits++;
    if (first < 1e14) first = first * 10 + (c - 48);
    else {
      rest = rest * 10 + (c - 48);
      restDigits++;
    }
  }
  if (digits === 0 || restDigits > 15) return Number.NaN;
  let power = dot < 0 ? 0 : dot - digits;
  if (p < end) {
    if ((bytes[p]! | 32) !== 101) return Number.NaN;
    const minus = bytes[++p] === MINUS;
    if (minus || bytes[p] === PLUS) p++;
    let exponent = 0;
    if (p === end) return Number.NaN;
    for (; p < end && exponent < 1000; p++) {
      const c = bytes[p]!;
      if (c < 48 || c > 57) return Number.NaN;
      exponent = exponent * 10 + (c - 48);
    }
    power += minus ? -exponent : exponent;
  }
  if (power < -powerMax || power > powerMax) return Number.NaN;
  const value = timesPower(first, rest, restDigits, power);
  return negative ? -value : value;
}

/**
 * (first * 10^restDigits + rest) * 10^power, rounded once: computed as a sum of two doubles, which is off by less than
 * 2^-100 of itself. NaN where a range of 2^-96 around it holds the middle between two doubles. Source of the exact
 * products and sums: T. Dekker, Numer. Math. 18 (1971) 224.
 */
function timesPower(first: number, rest: number, restDigits: number, power: number): number {
  const scale = powersOfTen.high[restDigits + powerMax]!;
  const scaled = first * scale;
  const whole = scaled + rest;
  const wholeLow = rest - (whole - scaled) + errorOfProduct(first, scale, scaled);
  const high = powersOfTen.high[power + powerMax]!;
  const product = whole * high;
  const low = errorOfProduct(whole, high, product) + (whole * powersOfTen.low[power + powerMax]! + wholeLow * high);
  const reach = product * 2 ** -96;
  const value = product + (low - reach);
  return value === product + (low + reach) ? value : Number.NaN;
}

/** a * b - product, exactly. */
function errorOfProduct(a: number, b: number, product: number): number {
  const [aBig, bBig] = [splitter * a, splitter * b];
  const aHigh = aBig - (aBig - a);
  const bHigh = bBig - (bBig - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

const splitter = 2 ** 27 + 1;
