import { DataError } from '../../base/index.ts';
import { RecordIoReader } from '../../framing/index.ts';
import { inSource, type RowDecoderOptions } from '../row-decoder.ts';
import { ProtobufCursor } from './protobuf.ts';
import { readEntry, recordFields, TensorView, tagOf } from './record-protobuf.ts';
import type { RecordShape } from './record-simd.ts';

/** Reads records one after another, each as one row: its feature tensor and its label. */
export class RecordRow {
  /** Features of the present row. */
  width = 0;
  /** Whether it gives keys, and so only some of its values. */
  sparse = false;
  readonly features = new TensorView();
  readonly cursor = new ProtobufCursor();
  readonly reader: RecordIoReader;
  readonly #options: RowDecoderOptions;
  readonly #labelView = new TensorView();
  #widthBefore = -1;

  constructor(options: RowDecoderOptions) {
    this.#options = options;
    this.reader = new RecordIoReader(options.source);
    this.cursor.fault = (fact) => this.fault(fact);
  }

  /** Moves to the next whole record; false when more bytes are needed. Throws DataError. */
  next(): boolean {
    if (!this.reader.next()) return false;
    const { bytes, start, end } = this.reader;
    const { cursor, features } = this;
    cursor.open(bytes, start, end);
    features.clear();
    this.#labelView.clear();
    let otherKey = false;
    while (cursor.position < end) {
      const tag = cursor.tag();
      if (tag === tagOf(recordFields.features)) {
        if (readEntry(cursor, features, 'values') === '') otherKey = true;
      } else if (tag === tagOf(recordFields.label)) readEntry(cursor, this.#labelView, 'values');
      else cursor.skip(tag);
    }
    if (features.kind === undefined) {
      throw this.fault(`has no feature tensor "values"${otherKey ? ', only others' : ''}`);
    }
    this.#readShape();
    return true;
  }

  /** A value of the present row as it was written; `position` is its feature. Throws DataError unless it fits a float32. */
  value(index: number, position: number): number {
    const value = this.features.valueAt(this.cursor, index);
    const single = Math.fround(value);
    if (single - single === 0 || (Number.isNaN(value) && this.#options.missing)) return value;
    throw this.fault(`has ${value} as feature ${position + 1}, not a finite 32-bit number`, position + 1);
  }

  /** The label of the present row as it was written. */
  label(): number {
    const view = this.#labelView;
    if (view.kind === undefined) throw this.fault('has no label tensor "values"');
    if (view.kind === 'bytes') throw this.fault('holds bytes where the label belongs');
    if (view.length !== 1) throw this.fault(`has ${view.length} labels; it needs one`);
    const value = view.valueAt(this.cursor, 0);
    if (!Number.isFinite(Math.fround(value))) throw this.fault(`has the label ${value}, not a finite 32-bit number`);
    return value;
  }

  /** Whether the present row's features are beyond single precision. */
  get isDouble(): boolean {
    return isWide(this.features);
  }

  /** Where the floats lie in the present record's frame; undefined unless all of it is dense packed float32 in one. */
  shape(labelCount: number): { frame: Uint8Array; shape: RecordShape } | undefined {
    const { features, reader } = this;
    const label = this.#labelView;
    const { bytes, start, end } = reader;
    if (!reader.isWhole || this.sparse || !isPacked(features)) return undefined;
    if (labelCount === 1 && !(isPacked(label) && label.length === 1)) return undefined;
    const frameStart = start - 8;
    const frameBytes = 8 + ((end - start + 3) & ~3);
    return {
      frame: bytes.subarray(frameStart, frameStart + frameBytes),
      shape: {
        frameBytes,
        featuresAt: features.packedStart - frameStart,
        featureCount: this.width,
        labelAt: labelCount === 1 ? label.packedStart - frameStart : 0,
        payloadEnd: end - frameStart,
      },
    };
  }

  fault(fact: string, column?: number): DataError {
    const { source } = this.#options;
    const row = this.reader.record;
    return new DataError(`Record ${row}${inSource(source)} ${fact}`, {
      ...(source !== undefined && { source }),
      row,
      ...(column !== undefined && { column }),
    });
  }

  #readShape(): void {
    const view = this.features;
    if (view.kind === 'bytes') throw this.fault('holds bytes where feature numbers belong');
    const { keys, shape } = view;
    const valueCount = view.length;
    this.sparse = keys.length > 0 || (valueCount === 0 && shape.length > 0);
    const width = shape.length === 0 ? valueCount : shape.reduce((product, size) => product * size, 1);
    this.width = width;
    if (this.sparse) {
      if (shape.length === 0) throw this.fault('is sparse (it has keys) but gives no shape');
      if (keys.length !== valueCount) throw this.fault(`has ${keys.length} keys, but ${valueCount} values`);
      for (const key of keys) {
        if (key >= width) throw this.fault(`has key ${key}, but its shape allows 0 to ${width - 1}`);
      }
    } else if (width !== valueCount) throw this.fault(`has ${valueCount} values, but its shape says ${width}`);
    if (width === 0) throw this.fault('has no features');
    if (width !== this.#widthBefore) this.#newWidth();
  }

  #newWidth(): void {
    this.#options.checkWidth?.(this.width, this.reader.record);
    if (this.#widthBefore >= 0) {
      throw this.fault(`has ${this.width} features, but the records before have ${this.#widthBefore}`);
    }
    this.#widthBefore = this.width;
  }
}

const isPacked = ({ kind, packedStart, packedEnd }: TensorView): boolean =>
  kind === 'float32' && packedEnd > packedStart;

/** An int32 beyond 24 bits is no float32 either. */
const isWide = ({ kind }: TensorView): boolean => kind === 'float64' || kind === 'int32';
