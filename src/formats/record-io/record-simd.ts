/**
 * Dense float32 records by WebAssembly's vectors, three times as fast as field by field: records of one writer are the
 * same bytes but for their floats, so it is enough to compare and copy. Records that differ, or hold numbers that are
 * not finite, go to the plain decoder, which is the definition.
 */
import { assembly } from '../../kernels/index.ts';
import {
  inputBytesMax,
  pieceBytesMax,
  type RecordFunctions,
  recordLayout,
  recordModule,
} from './record-simd-module.ts';

/** Bytes that are decoded at once: they stay in the second-level cache, with their output. */
const batchBytes = 128 * 1024;

/** Records that are left to the plain decoder, after one that was not like the one before it. */
const plainAfterMiss = 64;

/** Where the floats of a framed record lie. */
export interface RecordShape {
  frameBytes: number;
  featuresAt: number;
  featureCount: number;
  /** 0 for none. */
  labelAt: number;
  /** The end of the payload; zeros follow up to the frame's. */
  payloadEnd: number;
}

/** Records like the last that the plain decoder read. */
export class RecordVectors {
  #shape: RecordShape | undefined;
  #head = new Uint8Array(0);
  #headMask = new Uint8Array(0);
  #tail = new Uint8Array(0);
  #tailMask = new Uint8Array(0);
  #wait = 0;
  /** Records to try at once: few at first, so that little is copied needlessly. */
  #burst = 1;

  /** Takes a framed record, which the plain decoder has read, as the template. */
  learn(frame: Uint8Array, shape: RecordShape): void {
    if (this.#wait > 0) {
      this.#wait--;
      return;
    }
    const featuresEnd = shape.featuresAt + 4 * shape.featureCount;
    const headBytes = up16(shape.featuresAt);
    const tailBytes = up16(shape.frameBytes - featuresEnd);
    if (shape.frameBytes > inputBytesMax || Math.max(headBytes, tailBytes) > pieceBytesMax) return;
    const counts = (at: number): boolean =>
      at < shape.payloadEnd &&
      (at < shape.featuresAt || at >= featuresEnd) &&
      (shape.labelAt === 0 || at < shape.labelAt || at >= shape.labelAt + 4);
    this.#head = piece(frame, 0, headBytes);
    this.#headMask = Uint8Array.from({ length: headBytes }, (_, at) => (counts(at) ? 255 : 0));
    this.#tail = piece(frame, featuresEnd, tailBytes);
    this.#tailMask = Uint8Array.from({ length: tailBytes }, (_, at) => (counts(featuresEnd + at) ? 255 : 0));
    this.#shape = shape;
  }

  /** Decodes records at the beginning of `bytes`, at most `rowsMax`; returns how many, and their bytes. */
  take(
    bytes: Uint8Array,
    rowsMax: number,
    to: { features: Float32Array; labels: Float64Array; row: number },
  ): { rows: number; bytes: number } | undefined {
    const shape = this.#shape;
    if (shape === undefined) return undefined;
    const { frameBytes, featureCount } = shape;
    const whole = Math.min(Math.floor(bytes.length / frameBytes), rowsMax, this.#burst);
    if (whole === 0) return undefined;
    const engine = openEngine();
    if (engine === undefined) {
      this.#shape = undefined;
      return undefined;
    }
    engine.bytes.set(this.#head, recordLayout.head);
    engine.bytes.set(this.#headMask, recordLayout.headMask);
    engine.bytes.set(this.#tail, recordLayout.tail);
    engine.bytes.set(this.#tailMask, recordLayout.tailMask);
    engine.bytes.set(bytes.subarray(0, whole * frameBytes), recordLayout.input);
    const { featuresAt, labelAt } = shape;
    const tailAt = featuresAt + 4 * featureCount;
    const rows = engine.take(
      whole,
      frameBytes,
      this.#head.length,
      tailAt,
      this.#tail.length,
      featuresAt,
      featureCount,
      labelAt,
    );
    to.features.set(engine.features.subarray(0, rows * featureCount), to.row * featureCount);
    if (labelAt > 0) to.labels.set(engine.labels.subarray(0, rows), to.row);
    if (rows < whole) this.#missed(rows);
    else this.#burst = Math.max(1, Math.min(2 * this.#burst, Math.floor(batchBytes / frameBytes)));
    return { rows, bytes: rows * frameBytes };
  }

  #missed(rows: number): void {
    this.#shape = undefined;
    this.#burst = 1;
    if (rows === 0) this.#wait = plainAfterMiss;
  }
}

const up16 = (size: number): number => (size + 15) & ~15;

function piece(frame: Uint8Array, start: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  bytes.set(frame.subarray(start, start + size));
  return bytes;
}

interface Engine {
  readonly take: RecordFunctions['take'];
  readonly bytes: Uint8Array;
  readonly features: Float32Array;
  readonly labels: Float32Array;
}

let opened: { engine: Engine | undefined } | undefined;

/** One for all files: between two batches nothing is in there. Undefined where there is no SIMD. */
function openEngine(): Engine | undefined {
  opened ??= { engine: makeEngine() };
  return opened.engine;
}

function makeEngine(): Engine | undefined {
  const program = assembly.openProgram<RecordFunctions>(recordModule(), recordLayout.total);
  return (
    program && {
      take: program.functions.take,
      bytes: new Uint8Array(program.memory),
      features: new Float32Array(program.memory, recordLayout.features, inputBytesMax / 4),
      labels: new Float32Array(program.memory, recordLayout.labels, inputBytesMax / 32),
    }
  );
}
