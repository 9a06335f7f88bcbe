/**
 * Decimal text to float32, correctly rounded (IEEE 754, ties to even).
 *
 * `Math.fround(Number(text))` rounds twice, which is wrong when the double lands exactly half-way between two
 * float32 values. Here that one case is decided with whole numbers.
 */

/** A cell longer than this is refused: no double needs more than 770 digits, and BigInt work grows with the square. */
export const decimalLengthMax = 2048;

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The nearest double, or NaN when the text is not a plain decimal number. */
export const decimalToDouble = (text: string): number =>
  text.length > decimalLengthMax || !decimal.test(text) ? Number.NaN : Number(text);

/** The nearest float32 (infinite when out of range), or NaN when the text is not a plain decimal number. */
export function decimalToFloat32(text: string): number {
  if (text.length > decimalLengthMax || !decimal.test(text)) return Number.NaN;
  const double = Number(text);
  const single = Math.fround(double);
  if (single === double) return single;
  const other = neighbour(single, double);
  // Exact: both distances are multiples of the double's own last place.
  if (Math.abs(double - toFinite(single)) !== Math.abs(toFinite(other) - double)) return single;
  const order = compareToDouble(text, double);
  if (order === 0) return single;
  return order < 0 ? Math.min(single, other) : Math.max(single, other);
}

/** 2^128 stands for infinity where distances are compared: that is where float32's next value would be. */
const toFinite = (single: number): number => (Number.isFinite(single) ? single : Math.sign(single) * 2 ** 128);

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The float32 next to `single` on the side of `double`. */
function neighbour(single: number, double: number): number {
  if (single === 0) {
    bits[0] = 1;
    return double < 0 ? -float[0]! : float[0]!;
  }
  float[0] = single;
  bits[0] = bits[0]! + (Math.abs(double) > Math.abs(single) ? 1 : -1);
  return float[0];
}

const double64 = new Float64Array(1);
const words = new BigUint64Array(double64.buffer);

/** Sign of (decimal text - double), exactly. The double is finite and not zero, so the exponents stay small. */
function compareToDouble(text: string, double: number): number {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  let left = BigInt(`${whole.replace('+', '')}${fraction}`.replace('-', '') || '0');
  const power = Number(exponent) - fraction.length;
  double64[0] = Math.abs(double);
  const raw = words[0]!;
  const biased = Number(raw >> 52n);
  let right = (raw & 0xfffffffffffffn) | (biased === 0 ? 0n : 1n << 52n);
  const shift = Math.max(biased, 1) - 1075;
  if (power >= 0) left *= 10n ** BigInt(power);
  else right *= 10n ** BigInt(-power);
  if (shift >= 0) right <<= BigInt(shift);
  else left <<= BigInt(-shift);
  const order = left < right ? -1 : left > right ? 1 : 0;
  return double < 0 ? -order : order;
}
