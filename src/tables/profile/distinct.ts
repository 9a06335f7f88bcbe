/** How often each value of a column comes, and how many there are. */

/** Values that are counted one by one; of more, only their number is estimated. */
export const countedMax = 5000;
const sketchSize = 1024;

/**
 * Counts values exactly while there are at most `countedMax`. Beyond, values that are new are only numbered, by a sketch of their
 * least hashes (Z. Bar-Yossef et al., RANDOM 2002), good to about 3 %.
 */
export class DistinctValues {
  readonly #counts = new Map<string, number>();
  #least: number[] = [];
  #leastSet = new Set<number>();
  #isOver = false;

  add(value: string, times = 1): void {
    const count = this.#counts.get(value);
    if (count !== undefined || this.#counts.size < countedMax) {
      this.#counts.set(value, (count ?? 0) + times);
      return;
    }
    if (!this.#isOver) {
      this.#isOver = true;
      for (const each of this.#counts.keys()) this.#note(hashOf(each));
    }
    this.#note(hashOf(value));
  }

  has(value: string): boolean {
    return this.#counts.has(value);
  }

  get isExact(): boolean {
    return !this.#isOver;
  }

  get count(): number {
    if (!this.#isOver) return this.#counts.size;
    const { length } = this.#least;
    if (length < sketchSize) return Math.max(length, this.#counts.size + 1);
    return Math.round((sketchSize - 1) / (this.#least.at(-1)! / 2 ** 32));
  }

  /** The values that came most often, most first; those that come as often in the order of their text. */
  most(limit: number): [string, number][] {
    return [...this.#counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, limit);
  }

  #note(hash: number): void {
    const least = this.#least;
    if (least.length === sketchSize && hash >= least.at(-1)!) return;
    if (this.#leastSet.has(hash)) return;
    let [low, high] = [0, least.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (least[middle]! < hash) low = middle + 1;
      else high = middle;
    }
    least.splice(low, 0, hash);
    this.#leastSet.add(hash);
    if (least.length > sketchSize) this.#leastSet.delete(least.pop()!);
  }
}

/** A hash of 32 bits, well mixed: FNV-1a, then the finaliser of MurmurHash3 (both in the public domain). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
