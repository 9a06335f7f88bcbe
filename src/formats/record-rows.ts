/** Rows in RecordIO-protobuf: one record a row, feature and label tensors under the key `values`. */
import { DataError } from '../base/index.ts';
import { concatBytes, ProtobufCursor } from './protobuf.ts';
import { frameRecord, RecordIoReader } from './record-io.ts';
import { encodeRecord, readEntry, recordFields, TensorView, tagOf } from './record-protobuf.ts';
import { inSource, type RowDecoder, type RowDecoderOptions } from './row-decoder.ts';
import type { RowBlock } from './table.ts';

/** A sparse record of a few bytes may stand for this many numbers, and no more. */
export const sparseWidthMax = 1 << 24;
/** Rows are handed on when a block holds this many values, 4 MiB: sparse rows expand. */
const blockValuesMax = 1 << 20;
const rowsFirst = 64;

/** Decodes RecordIO-protobuf chunk by chunk. Sparse rows become dense ones. */
export function recordDecoder(options: RowDecoderOptions): RowDecoder {
  const rows = new RecordRows(options);
  return {
    push: (chunk) => rows.read(chunk),
    end: () => rows.finish(),
  };
}

class RecordRows {
  readonly #options: RowDecoderOptions;
  readonly #reader: RecordIoReader;
  readonly #cursor = new ProtobufCursor();
  readonly #featureView = new TensorView();
  readonly #labelView = new TensorView();
  #featureCount = -1;
  #rowCount = 0;
  #features = new Float32Array(0);
  #labels = new Float32Array(0);

  constructor(options: RowDecoderOptions) {
    this.#options = options;
    this.#reader = new RecordIoReader(options.source);
    this.#cursor.fault = (fact) => this.#fault(fact);
  }

  *read(chunk: Uint8Array): Generator<RowBlock> {
    this.#reader.append(chunk);
    while (this.#reader.next()) {
      this.#readRecord();
      if ((this.#rowCount + 1) * this.#featureCount > blockValuesMax) yield this.#block();
    }
    if (this.#rowCount > 0) yield this.#block();
  }

  finish(): RowBlock[] {
    this.#reader.finish();
    return [];
  }

  #block(): RowBlock {
    const rowCount = this.#rowCount;
    this.#rowCount = 0;
    return {
      rowCount,
      featureCount: this.#featureCount,
      features: this.#features.subarray(0, rowCount * this.#featureCount),
      labels: this.#labels.subarray(0, rowCount * this.#options.labelCount),
    };
  }

  #readRecord(): void {
    const { bytes, start, end } = this.#reader;
    const cursor = this.#cursor;
    cursor.open(bytes, start, end);
    this.#featureView.clear();
    this.#labelView.clear();
    let otherKey = false;
    while (cursor.position < end) {
      const tag = cursor.tag();
      if (tag === tagOf(recordFields.features)) {
        if (readEntry(cursor, this.#featureView, 'values') === '') otherKey = true;
      } else if (tag === tagOf(recordFields.label)) readEntry(cursor, this.#labelView, 'values');
      else cursor.skip(tag);
    }
    if (this.#featureView.kind === undefined) {
      throw this.#fault(`has no feature tensor "values"${otherKey ? ', only others' : ''}`);
    }
    this.#readFeatures();
    if (this.#options.labelCount === 1) this.#readLabel();
    this.#rowCount++;
  }

  #readFeatures(): void {
    const view = this.#featureView;
    if (view.kind === 'bytes') throw this.#fault('holds bytes where feature numbers are due');
    const { keys, shape } = view;
    const valueCount = view.length;
    const sparse = keys.length > 0 || (valueCount === 0 && shape.length > 0);
    const width = shape.length === 0 ? valueCount : shape.reduce((product, size) => product * size, 1);
    if (sparse) this.#checkSparse(valueCount, width);
    else if (width !== valueCount) throw this.#fault(`has ${valueCount} values, but its shape says ${width}`);
    if (width === 0) throw this.#fault('has no features');
    if (width !== this.#featureCount) this.#newWidth(width);
    this.#reserve();
    const features = this.#features;
    const base = this.#rowCount * width;
    if (!sparse) {
      if (view.kind === 'float32' && this.#copyPacked(base)) return;
      for (let j = 0; j < valueCount; j++) features[base + j] = this.#number(view, j, j);
      return;
    }
    features.fill(0, base, base + width);
    for (let i = 0; i < valueCount; i++) features[base + keys[i]!] = this.#number(view, i, keys[i]!);
  }

  /** The usual case: packed float32, copied as they are. False unless all of them are finite. */
  #copyPacked(base: number): boolean {
    const { packedStart, packedEnd } = this.#featureView;
    if (packedStart === packedEnd) return false;
    const { view } = this.#cursor;
    const features = this.#features;
    // Stays 0 while all values are finite; any other makes it NaN.
    let fault = 0;
    for (let p = packedStart, out = base; p < packedEnd; p += 4, out++) {
      const value = view.getFloat32(p, true);
      features[out] = value;
      fault += value - value;
    }
    return fault === 0;
  }

  #checkSparse(valueCount: number, width: number): void {
    const { keys, shape } = this.#featureView;
    if (shape.length === 0) throw this.#fault('is sparse (it has keys) but gives no shape');
    if (keys.length !== valueCount) throw this.#fault(`has ${keys.length} keys, but ${valueCount} values`);
    if (width > sparseWidthMax) throw this.#fault(`has a shape of ${width}, the limit is ${sparseWidthMax}`);
    let before = -1;
    for (const key of keys) {
      if (key >= width) throw this.#fault(`has key ${key}, but its shape allows 0 to ${width - 1}`);
      if (key <= before && new Set(keys).size < keys.length) throw this.#fault(`has key ${key} twice`);
      before = key;
    }
  }

  #readLabel(): void {
    const view = this.#labelView;
    if (view.kind === undefined) throw this.#fault('has no label tensor "values"');
    if (view.kind === 'bytes') throw this.#fault('holds bytes where the label is due');
    if (view.length !== 1) throw this.#fault(`has ${view.length} labels, one is due`);
    const value = Math.fround(view.valueAt(this.#cursor, 0));
    if (!Number.isFinite(value))
      throw this.#fault(`has the label ${view.valueAt(this.#cursor, 0)}, not a finite 32-bit number`);
    this.#labels[this.#rowCount] = value;
  }

  #number(view: TensorView, index: number, position: number): number {
    const value = Math.fround(view.valueAt(this.#cursor, index));
    if (value - value === 0) return value;
    const shown = view.valueAt(this.#cursor, index);
    throw this.#fault(`has ${shown} as feature ${position + 1}, not a finite 32-bit number`, position + 1);
  }

  #newWidth(width: number): void {
    this.#options.checkWidth?.(width, this.#reader.record);
    if (this.#featureCount >= 0) {
      throw this.#fault(`has ${width} features, but the records before have ${this.#featureCount}`);
    }
    this.#featureCount = width;
  }

  /** Room for one more row; grows by doubling up to a block. */
  #reserve(): void {
    const width = this.#featureCount;
    const rowsHeld = Math.floor(this.#features.length / width);
    if (this.#rowCount < rowsHeld) return;
    const rows = Math.max(1, Math.min(Math.max(rowsFirst, 2 * rowsHeld), Math.floor(blockValuesMax / width)));
    const features = new Float32Array(Math.max(rows, this.#rowCount + 1) * width);
    features.set(this.#features);
    this.#features = features;
    const labels = new Float32Array(features.length / width);
    labels.set(this.#labels);
    this.#labels = labels;
  }

  #fault(fact: string, column?: number): DataError {
    const { source } = this.#options;
    const row = this.#reader.record;
    return new DataError(`Record ${row}${inSource(source)} ${fact}`, {
      ...(source !== undefined && { source }),
      row,
      ...(column !== undefined && { column }),
    });
  }
}

/** Where the floats of a record lie whose bytes are otherwise the same for every row. */
export interface RecordTemplate {
  framed: Uint8Array;
  /** Byte offset of each tensor's first float. */
  offsets: readonly number[];
}

/** A framed record of dense float32 tensors of fixed lengths, all zero. */
export function recordTemplate(map: 'features' | 'label', lengths: Readonly<Record<string, number>>): RecordTemplate {
  const entries = Object.entries(lengths).map(([key, length]) =>
    encodeRecord({ [map]: { [key]: { kind: 'float32', values: new Float32Array(length) } } }),
  );
  return joinTemplates(entries, Object.values(lengths));
}

function joinTemplates(entries: readonly Uint8Array[], lengths: readonly number[]): RecordTemplate {
  let end = 8;
  const offsets = entries.map((entry, index) => {
    end += entry.length;
    return end - 4 * lengths[index]!;
  });
  return { framed: frameRecord(concatBytes(entries)), offsets };
}

/** Dense float32 records of all rows, labels included when the block has them; as Amazon's SDK writes them. */
export function encodeRows(block: RowBlock): Uint8Array {
  const { rowCount, featureCount, features, labels } = block;
  const labelled = labels.length > 0;
  const tensor = (length: number) => ({ values: { kind: 'float32', values: new Float32Array(length) } }) as const;
  const template = joinTemplates(
    [encodeRecord({ features: tensor(featureCount) }), ...(labelled ? [encodeRecord({ label: tensor(1) })] : [])],
    labelled ? [featureCount, 1] : [featureCount],
  );
  return fillTemplate(template, rowCount, (view, offset, row) => {
    const base = row * featureCount;
    for (let j = 0; j < featureCount; j++) view.setFloat32(offset(0) + 4 * j, features[base + j]!, true);
    if (labelled) view.setFloat32(offset(1), labels[row]!, true);
  });
}

/** The template once for each row, its floats set by `fill`, which is given the byte offset of each tensor. */
export function fillTemplate(
  template: RecordTemplate,
  rowCount: number,
  fill: (view: DataView, offset: (tensor: number) => number, row: number) => void,
): Uint8Array {
  const { framed, offsets } = template;
  const out = new Uint8Array(rowCount * framed.length);
  const view = new DataView(out.buffer);
  for (let row = 0, start = 0; row < rowCount; row++, start += framed.length) {
    out.set(framed, start);
    fill(view, (tensor) => start + offsets[tensor]!, row);
  }
  return out;
}
