/** Sums over the hosts that train one model together. */

/** All hosts make the same calls in the same order; each gets the same numbers back. */
export interface Collective {
  /** From 0. */
  readonly rank: number;
  readonly size: number;
  /** Replaces the values by their sums, or maxima, over all hosts. Throws Unavailable when a host is lost. */
  allReduce(values: Float64Array, how?: 'sum' | 'max'): void;
  /** Gives every host the bytes of that rank: as many are read there, and written elsewhere. Throws as `allReduce` does. */
  broadcast(bytes: Uint8Array, from: number): void;
}

/** One host by itself. */
export const alone: Collective = {
  rank: 0,
  size: 1,
  allReduce: () => undefined,
  broadcast: () => undefined,
};

/** Whether it is so on any host. */
export function onAny({ size, allReduce }: Collective, here: boolean): boolean {
  if (size === 1) return here;
  const flag = Float64Array.of(here ? 1 : 0);
  allReduce(flag, 'max');
  return flag[0] === 1;
}

/** A number of each host, by rank. */
export function ofEach({ rank, size, allReduce }: Collective, here: number): Float64Array {
  const numbers = new Float64Array(size);
  numbers[rank] = here;
  allReduce(numbers);
  return numbers;
}

/** The values of all hosts, one host's after the other's. */
export function gathered(collective: Collective, here: Float32Array): Float32Array {
  if (collective.size === 1) return here;
  const counts = ofEach(collective, here.length);
  const all = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
  all.set(
    here,
    counts.subarray(0, collective.rank).reduce((sum, count) => sum + count, 0),
  );
  collective.allReduce(all);
  return Float32Array.from(all);
}
