import { assert, DataError } from '../base/index.ts';
import { type Cells, makeCells, sortCells } from './sort-cells.ts';
import { expandBlock, sparsifyBlock } from './sparse-rows.ts';
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
    throw new DataError(`"${source.name}" is hashed to ${source.hashBits} bits; it must be hashed to ${bits}`, {
      source: source.name,
      value: source.hashBits,
    });
  }
  const featureCount = 2 ** bits;
  const hashed = async function* (): AsyncGenerator<SparseBlock> {
    const hasher = new ColumnHasher(bits);
    if (source.sparseBlocks !== undefined) for await (const block of source.sparseBlocks()) yield hasher.hash(block);
    else for await (const block of source.blocks()) yield hasher.hash(sparsifyBlock(block));
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
  labels: new Float64Array(0),
};

/** The description of the hash that a model's reader needs: its name, and the bits of the feature and the sign. */
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

/** Rows of up to so many values are sorted by insertion while they are hashed: distributing them takes longer. */
const insertedMax = 12;

/** Hashes sparse blocks; each answer's memory is reused by the next. */
export class ColumnHasher {
  readonly #bits: number;
  #rowStart = new Uint32Array(0);
  #answer = makeCells(0);
  /** For a row that is sorted. */
  #row = makeCells(0);
  #spare = makeCells(0);

  constructor(bits: number) {
    assert(Number.isInteger(bits) && bits >= 1 && bits <= 31, 'columns are hashed to 1 to 31 bits');
    this.#bits = bits;
  }

  /** Values that fall together are summed in the order of their columns, in double precision; sums of 0 are dropped. */
  hash(block: SparseBlock): SparseBlock {
    const { rowCount, rowStart: startOf, labels } = block;
    this.#reserve(block);
    const rowStart = this.#rowStart;
    const answer = this.#answer;
    const shift = 32 - this.#bits;
    let out = 0;
    for (let row = 0; row < rowCount; row++) {
      const start = startOf[row]!;
      const count = startOf[row + 1]! - start;
      if (count <= insertedMax) {
        insertRow(block, start, count, shift, answer, out);
        out = merge(answer, out, count, answer, out);
      } else {
        placeRow(block, start, count, shift, this.#row);
        out = merge(sortCells(this.#row, this.#spare, count, this.#bits), 0, count, answer, out);
      }
      rowStart[row + 1] = out;
    }
    const { features, values } = answer;
    return {
      rowCount,
      featureCount: 2 ** this.#bits,
      rowStart: rowStart.subarray(0, rowCount + 1),
      columns: new Uint32Array(features.buffer, 0, out),
      values: values.subarray(0, out),
      labels,
    };
  }

  #reserve({ rowCount, rowStart }: SparseBlock): void {
    if (this.#rowStart.length <= rowCount) this.#rowStart = new Uint32Array(rowCount + 1);
    const valueCount = rowStart[rowCount]!;
    if (this.#answer.values.length < valueCount) this.#answer = makeCells(valueCount);
    let longest = 0;
    for (let row = 0; row < rowCount; row++) longest = Math.max(longest, rowStart[row + 1]! - rowStart[row]!);
    if (longest <= this.#row.values.length) return;
    this.#row = makeCells(2 * longest);
    this.#spare = makeCells(2 * longest);
  }
}

/** Hashes a row's columns to the front of `to`, in the order of the columns. */
function placeRow({ columns, values }: SparseBlock, start: number, count: number, shift: number, to: Cells): void {
  const { features, values: signed } = to;
  for (let i = 0; i < count; i++) {
    const mixed = mix(columns[start + i]!);
    features[i] = mixed >>> shift;
    signed[i] = (1 - 2 * (mixed & 1)) * values[start + i]!;
  }
}

/** Hashes a row's columns to the place `out` of `to`, in ascending features. */
function insertRow(
  { columns, values }: SparseBlock,
  start: number,
  count: number,
  shift: number,
  to: Cells,
  out: number,
): void {
  const { features, values: signed } = to;
  for (let i = 0; i < count; i++) {
    const mixed = mix(columns[start + i]!);
    const feature = mixed >>> shift;
    let at = out + i;
    for (; at > out && features[at - 1]! > feature; at--) {
      features[at] = features[at - 1]!;
      signed[at] = signed[at - 1]!;
    }
    features[at] = feature;
    signed[at] = (1 - 2 * (mixed & 1)) * values[start + i]!;
  }
}

/** Moves sorted cells to `to`, one for each feature; returns where they end. */
function merge(from: Cells, start: number, count: number, to: Cells, place: number): number {
  const { features, values } = from;
  const { features: featuresTo, values: valuesTo } = to;
  const end = start + count;
  let out = place;
  for (let i = start; i < end; ) {
    const feature = features[i]!;
    let sum = values[i]!;
    i++;
    if (i < end && features[i] === feature) {
      for (; i < end && features[i] === feature; i++) sum += values[i]!;
      // A sum of finite values stays finite.
      sum = Math.max(-float32Max, Math.min(float32Max, sum));
    }
    featuresTo[out] = feature;
    valuesTo[out] = sum;
    if (valuesTo[out] !== 0) out++;
  }
  return out;
}

const float32Max = 3.4028234663852886e38;
