import { portableMath } from '../../kernels/index.ts';

/** Random numbers in [0, 1) that one seed repeats exactly: T. Ettinger's mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 0..count-1 in random order (Fisher and Yates). */
export function permutation(count: number, random: () => number): Uint32Array {
  const order = new Uint32Array(count);
  // In a loop: `from` with a function takes twenty times as long.
  for (let index = 1; index < count; index += 1) order[index] = index;
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const kept = order[last];
    order[last] = order[other];
    order[other] = kept;
  }
  return order;
}

/** A standard normal number (Marsaglia's polar method, which needs no cosine: engines differ in its last bit). */
export function normal(random: () => number): number {
  for (;;) {
    const u = 2 * random() - 1;
    const v = 2 * random() - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * portableMath.log(s)) / s);
  }
}

/**
 * Deals the rows of a stream of unknown length into `size` places: for each row in turn the place it takes, or undefined.
 * With a seed every row is as likely to keep its place at the end (Vitter's algorithm R); without one, the first rows do.
 */
export function sampler(size: number, seed: number | undefined): () => number | undefined {
  const random = seed === undefined ? () => 1 : seededRandom(seed);
  let seen = 0;
  return () => {
    seen += 1;
    if (seen <= size) return seen - 1;
    const place = Math.floor(random() * seen);
    return place < size ? place : undefined;
  };
}
