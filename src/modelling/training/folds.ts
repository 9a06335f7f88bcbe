/** Which rows are held out when: by their number and their class, without the table in memory. */

/** Shuffled as often as it takes to be new for every group of rows. */
const shuffles = 64;

/**
 * The fold of each row, from 0. The rows of each class go round the folds in turn, in an order that the seed shuffles anew for every
 * round, so that each fold has its share of every class. Ask for rows in their order, each once.
 */
export function foldsOf(foldCount: number, seed: number): (group: number) => number {
  const orders = Array.from({ length: shuffles }, (_, at) => shuffled(foldCount, seed * shuffles + at + 1));
  const seen = new Map<number, number>();
  return (group) => {
    const count = seen.get(group) ?? 0;
    seen.set(group, count + 1);
    return orders[(Math.floor(count / foldCount) + 7 * group) % shuffles]![count % foldCount]!;
  };
}

/** Fisher and Yates, by a generator of xorshift (G. Marsaglia, 2003). */
function shuffled(count: number, seed: number): number[] {
  const order = Array.from({ length: count }, (_, at) => at);
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0 || 1;
  for (let i = count - 1; i > 0; i--) {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    const other = Math.floor((state / 2 ** 32) * (i + 1));
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  return order;
}
