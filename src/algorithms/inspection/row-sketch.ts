/** Distinct rows that are remembered, in 2.5 MiB. Of more rows, those with the smallest hashes are kept. */
const distinctMax = 2 ** 16;
const hashCount = 2 ** 32;
/** Among fewer different rows, all may come an even number of times by chance. */
const wholeDistinctMin = 20;

export interface Repeated {
  /** The number of rows that equal an earlier one. */
  rowCount: number;
  /** Whether the number was counted; else it is estimated from a sample. */
  isExact: boolean;
  /** Numbers, from 0, of two equal rows. */
  example: readonly [number, number];
  /** Whether every row stands there as often as a multiple of some number, as in data that were copied as a whole. */
  asAWhole: boolean;
}

export interface Shared {
  /** Share of this sketch's rows that the other has too. */
  share: number;
  rowCount: number;
  isExact: boolean;
  /** A row's number, from 0, here and there. */
  example: readonly [number, number];
}

/**
 * Counts equal rows by their hashes in flat memory: adaptive sampling (Wegman; Flajolet, "On adaptive sampling", 1990) keeps
 * all distinct rows whose hash is below a limit, which is halved whenever they become too many. Sketches of two channels
 * keep the same rows, so that the rows they share can be counted as well.
 */
export class RowSketch {
  rowCount = 0;
  readonly #distinctMax: number;
  #limit = hashCount;
  #distinct = 0;
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  #counts = new Uint32Array(1024);
  #firstRows = new Float64Array(1024);
  #example: readonly [number, number] | undefined;

  constructor(max = distinctMax) {
    this.#distinctMax = max;
  }

  get isExact(): boolean {
    return this.#limit === hashCount;
  }

  /** Whether a row was seen twice. */
  get hasRepeated(): boolean {
    return this.#example !== undefined;
  }

  add(high: number, low: number): void {
    const row = this.rowCount++;
    if (high >= this.#limit) return;
    const at = this.#find(high, low);
    if (this.#counts[at]! > 0) {
      this.#counts[at]! += 1;
      this.#example ??= [this.#firstRows[at]!, row];
      return;
    }
    this.#put(at, { high, low, count: 1, firstRow: row });
    this.#distinct += 1;
    if (this.#distinct > this.#distinctMax) {
      this.#limit /= 2;
      this.#rebuild(this.#counts.length);
    } else if (2 * this.#distinct > this.#counts.length) this.#rebuild(2 * this.#counts.length);
  }

  /** How often a row was seen; undefined where the sample leaves it out. */
  count(high: number, low: number): number | undefined {
    return high < this.#limit ? this.#counts[this.#find(high, low)]! : undefined;
  }

  repeated(): Repeated | undefined {
    if (this.#example === undefined) return undefined;
    let sampled = 0;
    let times = 0;
    for (const count of this.#counts) {
      if (count === 0) continue;
      sampled += count;
      times = divisor(count, times);
    }
    const share = sampled === 0 ? 0 : (sampled - this.#distinct) / sampled;
    const rowCount = this.isExact ? sampled - this.#distinct : Math.max(1, Math.round(share * this.rowCount));
    const asAWhole = times > 1 && this.#distinct >= wholeDistinctMin;
    return { rowCount, isExact: this.isExact, example: this.#example, asAWhole };
  }

  /** The rows that the other sketch has too. */
  sharedWith(other: RowSketch): Shared | undefined {
    const limit = Math.min(this.#limit, other.#limit);
    let sampled = 0;
    let found = 0;
    let example: [number, number] | undefined;
    for (let at = 0; at < this.#counts.length; at += 1) {
      const count = this.#counts[at]!;
      const high = this.#high[at]!;
      if (count === 0 || high >= limit) continue;
      sampled += count;
      const there = other.#find(high, this.#low[at]!);
      if (other.#counts[there] === 0) continue;
      found += count;
      if (example === undefined || this.#firstRows[at]! < example[0])
        example = [this.#firstRows[at]!, other.#firstRows[there]!];
    }
    if (example === undefined) return undefined;
    const share = found / sampled;
    const isExact = limit === hashCount;
    return { share, rowCount: isExact ? found : Math.round(share * this.rowCount), isExact, example };
  }

  /** The slot of a row, or the empty one where it belongs. */
  #find(high: number, low: number): number {
    const mask = this.#counts.length - 1;
    let at = low & mask;
    while (this.#counts[at]! > 0 && (this.#low[at] !== low || this.#high[at] !== high)) at = (at + 1) & mask;
    return at;
  }

  #put(at: number, { high, low, count, firstRow }: Record<'high' | 'low' | 'count' | 'firstRow', number>): void {
    this.#high[at] = high;
    this.#low[at] = low;
    this.#counts[at] = count;
    this.#firstRows[at] = firstRow;
  }

  #rebuild(size: number): void {
    const [high, low, counts, firstRows] = [this.#high, this.#low, this.#counts, this.#firstRows];
    this.#high = new Uint32Array(size);
    this.#low = new Uint32Array(size);
    this.#counts = new Uint32Array(size);
    this.#firstRows = new Float64Array(size);
    this.#distinct = 0;
    for (let from = 0; from < counts.length; from += 1) {
      const count = counts[from]!;
      if (count === 0 || high[from]! >= this.#limit) continue;
      const row = { high: high[from]!, low: low[from]!, count, firstRow: firstRows[from]! };
      this.#put(this.#find(row.high, row.low), row);
      this.#distinct += 1;
    }
  }
}

function divisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
