/** Rows in RecordIO-protobuf: one record a row, feature and label tensors under the key `values`. */

import type { BlockDecoder, RowDecoder, RowDecoderOptions } from '../row-decoder.ts';
import { SparseBuilder } from '../sparse-rows.ts';
import { denseWidthMax, type Numbers, type RowBlock, type SparseBlock, sparseWidthMax } from '../table.ts';
import { RecordRow } from './record-row.ts';
import { RecordVectors } from './record-simd.ts';

/** A block is complete when it holds this many values, 1 MiB: sparse rows expand. */
const blockValuesMax = 1 << 18;
const rowsFirst = 64;

/** Decodes RecordIO-protobuf chunk by chunk. Sparse rows become dense ones. */
export function recordDecoder(options: RowDecoderOptions): RowDecoder {
  return new RecordDecoder(options, () => new DenseRows(options));
}

/**
 * Decodes RecordIO-protobuf chunk by chunk to rows as they are stored: sparse ones when the first record has keys, else
 * dense ones. `rows` decides for files whose first record must not.
 */
export function storedRecordDecoder(
  options: RowDecoderOptions & { rows?: 'dense' | 'sparse' },
): BlockDecoder<RowBlock | SparseBlock> {
  return new RecordDecoder<RowBlock | SparseBlock>(options, (first) =>
    (options.rows ?? (first.sparse ? 'sparse' : 'dense')) === 'sparse'
      ? new SparseRows(options)
      : new DenseRows(options),
  );
}

/** The builder in which rows gather to a block. */
interface Gathering<Block> {
  readonly rowCount: number;
  add(row: RecordRow): void;
  /** Adds rows that need no look at their fields; false when the next one does. */
  addAlike?(row: RecordRow): boolean;
  isFull(): boolean;
  /** The rows since the last call. */
  take(): Block;
}

class RecordDecoder<Block> implements BlockDecoder<Block> {
  readonly #row: RecordRow;
  readonly #gather: (first: RecordRow) => Gathering<Block>;
  #gathering: Gathering<Block> | undefined;

  constructor(options: RowDecoderOptions, gather: (first: RecordRow) => Gathering<Block>) {
    this.#row = new RecordRow(options);
    this.#gather = gather;
  }

  *push(chunk: Uint8Array): Generator<Block> {
    const row = this.#row;
    row.reader.append(chunk);
    while (row.next()) {
      this.#gathering ??= this.#gather(row);
      const gathering = this.#gathering;
      gathering.add(row);
      if (gathering.isFull()) yield gathering.take();
      while (gathering.addAlike?.(row)) if (gathering.isFull()) yield gathering.take();
    }
    if (this.#gathering !== undefined && this.#gathering.rowCount > 0) yield this.#gathering.take();
  }

  end(): Block[] {
    this.#row.reader.finish();
    return [];
  }
}

class DenseRows implements Gathering<RowBlock> {
  rowCount = 0;
  readonly #labelCount: number;
  /** The value of a sparse row where it stores none. */
  readonly #notStored: number;
  readonly #vectors = new RecordVectors();
  #width = 0;
  /** Double from the first record on that holds more than single precision. */
  #features: Numbers = new Float32Array(0);
  #labels = new Float64Array(0);

  constructor({ labelCount, missing }: RowDecoderOptions) {
    this.#labelCount = labelCount;
    this.#notStored = missing ? Number.NaN : 0;
  }

  isFull(): boolean {
    return (this.rowCount + 1) * this.#width > blockValuesMax;
  }

  take(): RowBlock {
    const { rowCount } = this;
    this.rowCount = 0;
    const featuresEnd = rowCount * this.#width;
    const labelsEnd = rowCount * this.#labelCount;
    return {
      rowCount,
      featureCount: this.#width,
      features: this.#features.subarray(0, featuresEnd),
      labels: this.#labels.subarray(0, labelsEnd),
    };
  }

  add(row: RecordRow): void {
    if (row.width > denseWidthMax) throw row.fault(`has a shape of ${row.width}, the limit is ${denseWidthMax}`);
    this.#width = row.width;
    this.#reserve();
    if (row.isDouble && this.#features instanceof Float32Array) this.#features = new Float64Array(this.#features);
    const features = this.#features;
    const base = this.rowCount * this.#width;
    if (row.sparse) this.#scatter(row, base);
    else if (features instanceof Float64Array || !copyPacked(row, features, base)) this.#copy(row, base);
    if (this.#labelCount === 1) this.#labels[this.rowCount] = row.label();
    this.rowCount++;
    const like = features instanceof Float32Array ? row.shape(this.#labelCount) : undefined;
    if (like !== undefined) this.#vectors.learn(like.frame, like.shape);
  }

  addAlike({ reader }: RecordRow): boolean {
    this.#reserve();
    const [features, labels] = [this.#features, this.#labels];
    if (features instanceof Float64Array) return false;
    const room = labels.length - this.rowCount;
    const taken = this.#vectors.take(reader.ahead(), room, { features, labels, row: this.rowCount });
    if (taken === undefined || taken.rows === 0) return false;
    reader.passOver(taken.rows, taken.bytes);
    this.rowCount += taken.rows;
    return true;
  }

  #copy(row: RecordRow, base: number): void {
    for (let j = 0; j < row.width; j++) this.#features[base + j] = row.value(j, j);
  }

  #scatter(row: RecordRow, base: number): void {
    const { keys } = row.features;
    checkKeys(row);
    this.#features.fill(this.#notStored, base, base + row.width);
    for (let i = 0; i < keys.length; i++) this.#features[base + keys[i]!] = row.value(i, keys[i]!);
  }

  /** Room for one more row; grows by doubling up to a block. */
  #reserve(): void {
    const width = this.#width;
    const rowsHeld = Math.floor(this.#features.length / width);
    if (this.rowCount < rowsHeld) return;
    const rows = Math.max(1, Math.min(Math.max(rowsFirst, 2 * rowsHeld), Math.floor(blockValuesMax / width)));
    const rowCount = Math.max(rows, this.rowCount + 1);
    const features = this.#features;
    this.#features =
      features instanceof Float32Array
        ? grown(features, new Float32Array(rowCount * width))
        : grown(features, new Float64Array(rowCount * width));
    this.#labels = grown(this.#labels, new Float64Array(rowCount));
  }
}

function grown<Values extends Numbers>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}

/** The usual case: packed float32, copied as they are. False unless all of them are finite. */
function copyPacked(row: RecordRow, to: Float32Array, base: number): boolean {
  const { kind, packedStart, packedEnd } = row.features;
  if (kind !== 'float32' || packedStart === packedEnd) return false;
  const { view } = row.cursor;
  // Stays 0 while all values are finite; any other makes it NaN.
  let fault = 0;
  for (let p = packedStart, out = base; p < packedEnd; p += 4, out++) {
    const value = view.getFloat32(p, true);
    to[out] = value;
    fault += value - value;
  }
  return fault === 0;
}

/** Whether the keys ascend. Throws DataError for a key that occurs twice. */
function checkKeys(row: RecordRow): boolean {
  const { keys } = row.features;
  for (let i = 1; i < keys.length; i++) {
    if (keys[i]! > keys[i - 1]!) continue;
    const seen = new Set<number>();
    for (const key of keys) {
      if (seen.has(key)) throw row.fault(`has key ${key} twice`);
      seen.add(key);
    }
    return false;
  }
  return true;
}

class SparseRows implements Gathering<SparseBlock> {
  readonly #labelCount: number;
  readonly #builder: SparseBuilder;
  #width = 0;

  constructor({ labelCount, missing }: RowDecoderOptions) {
    this.#labelCount = labelCount;
    this.#builder = new SparseBuilder({ keepsZeros: missing !== undefined });
  }

  get rowCount(): number {
    return this.#builder.rowCount;
  }

  isFull(): boolean {
    return this.#builder.isFull();
  }

  take(): SparseBlock {
    return this.#builder.take(this.#width, this.#labelCount);
  }

  add(row: RecordRow): void {
    if (row.width > sparseWidthMax) throw row.fault(`has a shape of ${row.width}, the limit is ${sparseWidthMax}`);
    this.#width = row.width;
    const { features, sparse } = row;
    const { keys } = features;
    const { length } = features;
    if (!sparse || checkKeys(row)) {
      for (let i = 0; i < length; i++) {
        const column = sparse ? keys[i]! : i;
        this.#builder.add(column, row.value(i, column));
      }
    } else {
      const order = Array.from(keys, (_, i) => i).sort((a, b) => keys[a]! - keys[b]!);
      for (const i of order) this.#builder.add(keys[i]!, row.value(i, keys[i]!));
    }
    this.#builder.endRow(this.#labelCount === 1 ? row.label() : 0);
  }
}
