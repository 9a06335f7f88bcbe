/** Where things lie in the memory of the vector decoder of CSV, in bytes, and the tables that its code reads. */

import { powerMax, powersOfTen } from '../decimal/powers-of-ten.ts';

/** The longest text that is decoded at once: a row may be this long. Only what is used of the memory is ever touched. */
export const textBytesMax = 1024 * 1024;
/** Loads reach this far before and behind the text. */
export const textMargin = 64;
/** Characters of a cell that the quick path takes, without its sign. */
export const quickLengthMax = 15;

const align = (address: number): number => (address + 63) & ~63;

const shuffles = 64;
const shuffleRowBytes = 32 * 16;
const powers = align(shuffles + (quickLengthMax + 1) * shuffleRowBytes);
/** From a positive power to the same with a negative sign. */
const negativePowers = 32 * 8;
/** Of powers-of-ten.ts. */
const allPowers = powers + 2 * negativePowers;
const lowPowers = allPowers + 8 * (2 * powerMax + 1);
const text = align(lowPowers + 8 * (2 * powerMax + 1)) + textMargin;
/** Address of each cell's end, behind the end of the cell before the first. As many as there are bytes, at most. */
const ends = align(text + textBytesMax + textMargin);
const values = align(ends + 4 * (textBytesMax + textMargin));
/** A cell takes two bytes at least, and its value eight. */
const valuesBytes = 4 * textBytesMax + textMargin;
const features = align(values + valuesBytes);
const labels = align(features + valuesBytes);
const total = align(labels + valuesBytes);

export const csvLayout = {
  shuffles,
  shuffleRowBytes,
  powers,
  negativePowers,
  allPowers,
  lowPowers,
  text,
  ends,
  values,
  features,
  labels,
  total,
} as const;

export function writeTables(memory: ArrayBuffer): void {
  for (let length = 0; length <= quickLengthMax; length++) {
    for (let dot = 0; dot <= length; dot++) {
      new Uint8Array(memory, shuffles + length * shuffleRowBytes + dot * 16, 16).set(shuffleOf(length, dot));
    }
  }
  const table = new Float64Array(memory, powers, negativePowers / 4);
  for (let behind = 0; behind <= quickLengthMax; behind++) {
    const power = Number(`1e${Math.max(0, behind - 1)}`);
    table[behind] = power;
    table[behind + negativePowers / 8] = -power;
  }
  const { high, low } = powersOfTen;
  new Float64Array(memory, allPowers, high.length).set(high);
  new Float64Array(memory, lowPowers, low.length).set(low);
}

/**
 * Which characters of a cell go where, so that its digits end in the last lane: all but the point, which is behind the
 * last one where there is none. Other lanes become 0. A cell without digits takes other bytes.
 */
function shuffleOf(length: number, dot: number): number[] {
  const digits = dot < length ? length - 1 : length;
  if (digits === 0) return [...Array<number>(15).fill(255), 0];
  return Array.from({ length: 16 }, (_, lane) => {
    const digit = lane - 16 + digits;
    if (digit < 0) return 255;
    return digit < dot ? digit : digit + 1;
  });
}
