/** The engine sorts fewer numbers as fast. */
const countMin = 4096;
const digitBits = 11;
const digitCount = 1 << digitBits;
const digitMask = digitCount - 1;

/**
 * Sorts doubles, none of them NaN, in place, in ascending order: three passes count their upper 33 bits (a radix
 * sort), and an insertion sort moves the few that are still out of order. That is three times as fast as the engine's sort at 500,000. Many numbers that
 * differ only below those bits are left to the engine.
 */
export function sortDoubles(values: Float64Array): Float64Array {
  const { length } = values;
  if (length < countMin) return values.sort();
  const buffer = new Float64Array(length);
  const counts = [0, 1, 2].map(() => new Uint32Array(digitCount));
  countDigits(values, counts);
  let [from, to]: [Float64Array, Float64Array] = [values, buffer];
  counts.forEach((count, pass) => {
    if (isOneDigit(count, length)) return;
    scatter(from, to, count, pass);
    [from, to] = [to, from];
  });
  // The sign is the topmost bit: what is below 0 stands last, and the wrong way round.
  let negative = length;
  while (negative > 0 && isNegative(from[negative - 1])) negative -= 1;
  if (negative < length) {
    to.set(from.subarray(negative).reverse());
    to.set(from.subarray(0, negative), length - negative);
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
  return insertionSort(values) ? values : values.sort();
}

const isNegative = (value: number): boolean => value < 0 || Object.is(value, -0);

/** Whether the bytes of the upper half come second. */
const upper = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;
const lower = 1 - upper;

const wordsOf = ({ buffer, byteOffset, length }: Float64Array): Uint32Array =>
  new Uint32Array(buffer, byteOffset, 2 * length);

/** Bits 31 to 41 from below, 42 to 52, and the topmost 11. */
const digitOf = (pass: number, high: number, low: number): number =>
  pass === 0 ? ((high << 1) | (low >>> 31)) & digitMask : pass === 1 ? (high >>> 10) & digitMask : high >>> 21;

function countDigits(values: Float64Array, [first, second, third]: readonly Uint32Array[]): void {
  const words = wordsOf(values);
  for (let at = 0; at < words.length; at += 2) {
    const high = words[at + upper]!;
    first![digitOf(0, high, words[at + lower]!)]! += 1;
    second![digitOf(1, high, 0)]! += 1;
    third![digitOf(2, high, 0)]! += 1;
  }
}

const isOneDigit = (count: Uint32Array, length: number): boolean => count.includes(length);

function scatter(from: Float64Array, to: Float64Array, count: Uint32Array, pass: number): void {
  const next = new Uint32Array(digitCount);
  for (let digit = 1; digit < digitCount; digit += 1) next[digit] = next[digit - 1]! + count[digit - 1]!;
  const words = wordsOf(from);
  for (let at = 0; at < from.length; at += 1) {
    const digit = digitOf(pass, words[2 * at + upper]!, words[2 * at + lower]!);
    to[next[digit]!] = from[at]!;
    next[digit]! += 1;
  }
}

/** The most moves before the engine's sort is faster. */
const movesPerValue = 8;

/** False when it gave up. */
function insertionSort(values: Float64Array): boolean {
  let movesLeft = movesPerValue * values.length;
  for (let at = 1; at < values.length; at += 1) {
    const value = values[at]!;
    let to = at;
    while (to > 0 && values[to - 1]! > value) {
      values[to] = values[to - 1]!;
      to -= 1;
    }
    movesLeft -= at - to;
    if (movesLeft < 0) {
      values[to] = value;
      return false;
    }
    values[to] = value;
  }
  return true;
}
