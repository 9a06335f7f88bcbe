import { assert } from '../../base/index.ts';
import type { DescentShape, DescentState } from '../descent/descent.ts';
import { outputsOf } from '../losses/index.ts';

/** Beyond so many bytes of parameters and moments a descent keeps only the columns that occur. */
export const sparseStateBytesMax = 2 ** 30;

/** Bytes of parameters and moments if every column has its place; columns go four at a time. */
export const sparseStateBytes = ({ featureCount, models, loss }: DescentShape): number =>
  featureCount * 48 * Math.ceil((models.length * outputsOf(loss)) / 4);

/** Whether a descent has a place for every column, and its states one too; else they name their columns. */
export const keepsAllColumns = (shape: DescentShape): boolean => sparseStateBytes(shape) <= sparseStateBytesMax;

/** Gives columns their slots, the places of their numbers. */
export interface SparseColumns {
  /** Slots in use. */
  readonly count: number;
  /** The slot of a column; -1 if it has none and is to get none. */
  slotOf(column: number, add: boolean): number;
  /** Whether every column has the slot of its own number. */
  readonly isAll: boolean;
  /** Column of each slot; undefined where they are the same. */
  list(): Uint32Array | undefined;
}

export const sparseColumns = (shape: DescentShape): SparseColumns =>
  keepsAllColumns(shape) ? allColumns(shape.featureCount) : new OccurringColumns(shape);

/** The slots of a state's features. */
export function columnsOfState(shape: DescentShape, { columns, w }: DescentState): SparseColumns {
  const slots = sparseColumns(shape);
  for (const column of columns ?? []) slots.slotOf(column, true);
  const K = shape.models.length * outputsOf(shape.loss);
  assert(w.length === slots.count * K, 'a state has the features of its descent, or names its columns');
  return slots;
}

const allColumns = (count: number): SparseColumns => ({
  count,
  isAll: true,
  slotOf(column) {
    assert(column < count, 'a column below the number of features');
    return column;
  },
  list: () => undefined,
});

/**
 * A hash table with open addressing, at most half full. Slots are given in order of first occurrence.
 * Hash: Knuth's multiplication by 2^32 / golden ratio, its high bits.
 */
class OccurringColumns implements SparseColumns {
  readonly isAll = false;
  readonly #featureCount: number;
  #columns = new Uint32Array(1024);
  /** Pairs that stand together, so that a search misses the cache once: a column and its slot + 1, 0 for none. */
  #table = new Uint32Array(2 * 2048);
  #shift = 32 - 11;
  count = 0;

  constructor({ featureCount }: DescentShape) {
    this.#featureCount = featureCount;
  }

  slotOf(column: number, add: boolean): number {
    assert(column < this.#featureCount, 'a column below the number of features');
    const table = this.#table;
    const mask = table.length - 1;
    let at = (Math.imul(column, golden) >>> this.#shift) << 1;
    while (table[at + 1] !== 0) {
      if (table[at] === column) return table[at + 1] - 1;
      at = (at + 2) & mask;
    }
    if (!add) return -1;
    if (this.count === this.#columns.length) {
      this.#grow();
      return this.slotOf(column, true);
    }
    this.#columns[this.count] = column;
    this.count += 1;
    table[at] = column;
    table[at + 1] = this.count;
    return this.count - 1;
  }

  list(): Uint32Array {
    return this.#columns.slice(0, this.count);
  }

  #grow(): void {
    const columns = new Uint32Array(2 * this.#columns.length);
    columns.set(this.#columns);
    this.#columns = columns;
    const table = new Uint32Array(4 * columns.length);
    this.#shift -= 1;
    for (let slot = 0; slot < this.count; slot += 1) {
      let at = (Math.imul(columns[slot], golden) >>> this.#shift) << 1;
      while (table[at + 1] !== 0) at = (at + 2) & (table.length - 1);
      table[at] = columns[slot];
      table[at + 1] = slot + 1;
    }
    this.#table = table;
  }
}

/** 2^32 divided by the golden ratio. */
const golden = 0x9e3779b1;
