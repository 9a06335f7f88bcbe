import { assert, DataError } from '../base/index.ts';
import { expandBlock, SparseBuilder, sparsifyBlock } from './sparse-rows.ts';
import { denseWidthMax, type RowSource, type SparseBlock } from './table.ts';

/**
 * The source with its columns hashed to 2^bits features (bits from 1 to 31), after Weinberger et al., "Feature Hashing
 * for Large Scale Multitask Learning" (2009): feature i is the sum of sign(j) * x[j] over all columns j with h(j) = i.
 * The signs make the error of an inner product zero on average. Its rows are sparse, whatever the source's are. A source
 * that is hashed to as many bits is given back as it is; throws DataError for one hashed to others.
 */
export function hashColumns(source: RowSource, bits: number): RowSource {
  if (source.hashBits !== undefined) {
    if (source.hashBits === bits) return source;
    throw new DataError(`"${source.name}" is hashed to ${source.hashBits} bits: ${bits} are due`, {
      source: source.name,
      value: source.hashBits,
    });
  }
  const featureCount = 2 ** bits;
  const hashed = async function* (): AsyncGenerator<SparseBlock> {
    const hasher = new ColumnHasher(bits);
    if (source.sparseBlocks !== undefined) for await (const block of source.sparseBlocks()) yield* hasher.hash(block);
    else for await (const block of source.blocks()) yield* hasher.hash(sparsifyBlock(block));
  };
  return {
    name: source.name,
    featureCount,
    hashBits: bits,
    sparseBlocks: hashed,
    async *blocks() {
      if (featureCount > denseWidthMax) yield* expandBlock({ ...noRows, featureCount }, source.name);
      for await (const block of hashed()) yield* expandBlock(block, source.name);
    },
    ...(source.progress && { progress: () => source.progress!() }),
  };
}

const noRows: SparseBlock = {
  rowCount: 0,
  featureCount: 0,
  rowStart: new Uint32Array(1),
  columns: new Uint32Array(0),
  values: new Float32Array(0),
  labels: new Float32Array(0),
};

/** What a model must be read with: the hash, where the feature is in it, where the sign. */
export const columnHash = { name: 'murmur3_fmix32', feature: 'high_bits', sign: 'lowest_bit' } as const;

/** The feature that a column falls on, and the sign of its values there. The same at training and at serving. */
export function hashColumn(column: number, bits: number): { feature: number; sign: 1 | -1 } {
  const mixed = mix(column);
  return { feature: mixed >>> (32 - bits), sign: (mixed & 1) === 0 ? 1 : -1 };
}

/** MurmurHash3's finaliser (A. Appleby, public domain): each of its bits depends on each bit of the column. */
function mix(column: number): number {
  let h = column | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Places of a row that a sort key has room for. */
const placesMax = 2 ** 21;

/** Hashes sparse blocks; each answer's memory is reused by the next. */
export class ColumnHasher {
  readonly #bits: number;
  readonly #builder = new SparseBuilder();
  #keys = new Float64Array(256);
  #signed = new Float64Array(256);

  constructor(bits: number) {
    assert(Number.isInteger(bits) && bits >= 1 && bits <= 31, 'columns are hashed to 1 to 31 bits');
    this.#bits = bits;
  }

  *hash(block: SparseBlock): Generator<SparseBlock> {
    const { rowCount, rowStart, labels } = block;
    const labelCount = labels.length > 0 ? 1 : 0;
    for (let row = 0; row < rowCount; row++) {
      this.#row(block, rowStart[row]!, rowStart[row + 1]!);
      this.#builder.endRow(labels[row] ?? 0);
      if (this.#builder.isFull()) yield this.#builder.take(2 ** this.#bits, labelCount);
    }
    if (this.#builder.rowCount > 0) yield this.#builder.take(2 ** this.#bits, labelCount);
  }

  /** Values that fall together are summed in the order of their columns, in double precision. */
  #row({ columns, values }: SparseBlock, start: number, end: number): void {
    const count = end - start;
    if (count > placesMax) {
      this.#wideRow(columns, values, start, end);
      return;
    }
    if (count > this.#keys.length) {
      this.#keys = new Float64Array(2 * count);
      this.#signed = new Float64Array(2 * count);
    }
    const keys = this.#keys.subarray(0, count);
    const signed = this.#signed;
    const shift = 32 - this.#bits;
    for (let place = 0; place < count; place++) {
      const mixed = mix(columns[start + place]!);
      keys[place] = (mixed >>> shift) * placesMax + place;
      signed[place] = (mixed & 1) === 0 ? values[start + place]! : -values[start + place]!;
    }
    sort(keys);
    let feature = -1;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const key = keys[i]!;
      const next = Math.floor(key / placesMax);
      if (next !== feature) {
        if (feature >= 0) this.#builder.add(feature, bounded(sum));
        feature = next;
        sum = 0;
      }
      sum += signed[key % placesMax]!;
    }
    if (feature >= 0) this.#builder.add(feature, bounded(sum));
  }

  #wideRow(columns: Uint32Array, values: Float32Array, start: number, end: number): void {
    const sums = new Map<number, number>();
    for (let i = start; i < end; i++) {
      const { feature, sign } = hashColumn(columns[i]!, this.#bits);
      sums.set(feature, (sums.get(feature) ?? 0) + sign * values[i]!);
    }
    for (const feature of Float64Array.from(sums.keys()).sort())
      this.#builder.add(feature, bounded(sums.get(feature)!));
  }
}

const float32Max = 3.4028234663852886e38;

/** A sum of finite values stays finite. */
const bounded = (sum: number): number => Math.max(-float32Max, Math.min(float32Max, sum));

/** Most rows are short, and a call of the engine's sort costs more than such a row. */
function sort(keys: Float64Array): void {
  if (keys.length > 24) {
    keys.sort();
    return;
  }
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i]!;
    let j = i - 1;
    for (; j >= 0 && keys[j]! > key; j--) keys[j + 1] = keys[j]!;
    keys[j + 1] = key;
  }
}
