/** Values of a sparse row and the features they are of. */
export interface Cells {
  features: Int32Array;
  values: Float32Array;
}

export const makeCells = (length: number): Cells => ({
  features: new Int32Array(length),
  values: new Float32Array(length),
});

/** Counters of the digits that cells are dealt by; more than these leave the processor's cache. */
const digitBitsMax = 14;
const wideDigitBits = 11;
const counts = new Int32Array(2 ** digitBitsMax);

/** Cells dealt to one digit are sorted by insertion, up to so many. */
const insertedMax = 32;

/**
 * Sorts the first `count` cells by features below 2^bits, those of one feature staying in their order. Hashed features are
 * spread evenly, so that dealing them by their first bits nearly sorts them; where they are not, they are dealt digit by
 * digit from the last one on, and the time grows with `count` all the same. The result is in `cells` or in `spare`: the one
 * that is returned. Source: D. E. Knuth, The Art of Computer Programming 3, 5.2.5.
 */
export function sortCells(cells: Cells, spare: Cells, count: number, bits: number): Cells {
  const firstBits = Math.min(bits, digitBitsMax, 33 - Math.clz32(count));
  const most = deal(cells, spare, count, { shift: bits - firstBits, digitBits: firstBits });
  if (firstBits === bits) return spare;
  if (most <= insertedMax) {
    insert(spare, count);
    return spare;
  }
  let [from, to] = [cells, spare];
  for (let shift = 0; shift < bits; shift += wideDigitBits) {
    deal(from, to, count, { shift, digitBits: wideDigitBits });
    [from, to] = [to, from];
  }
  return from;
}

/** Orders cells by one digit of their features; returns how many share the commonest. */
function deal(from: Cells, to: Cells, count: number, digits: { shift: number; digitBits: number }): number {
  const { features, values } = from;
  const { features: featuresTo, values: valuesTo } = to;
  const { shift, digitBits } = digits;
  const size = 2 ** digitBits;
  const mask = size - 1;
  for (let digit = 0; digit < size; digit++) counts[digit] = 0;
  for (let i = 0; i < count; i++) counts[(features[i]! >>> shift) & mask]!++;
  let place = 0;
  let most = 0;
  for (let digit = 0; digit < size; digit++) {
    const here = counts[digit]!;
    counts[digit] = place;
    place += here;
    if (here > most) most = here;
  }
  for (let i = 0; i < count; i++) {
    const feature = features[i]!;
    const digit = (feature >>> shift) & mask;
    const at = counts[digit]!;
    counts[digit] = at + 1;
    featuresTo[at] = feature;
    valuesTo[at] = values[i]!;
  }
  return most;
}

function insert({ features, values }: Cells, count: number): void {
  for (let i = 1; i < count; i++) {
    const feature = features[i]!;
    if (features[i - 1]! <= feature) continue;
    const value = values[i]!;
    let at = i;
    for (; at > 0 && features[at - 1]! > feature; at--) {
      features[at] = features[at - 1]!;
      values[at] = values[at - 1]!;
    }
    features[at] = feature;
    values[at] = value;
  }
}
