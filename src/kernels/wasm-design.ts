import { assert } from '../base/index.ts';
import type { Design, SweepRequest, SweepResult } from './design.ts';
import type { LossShape } from './loss-shape.ts';
import {
  blockRows,
  columnsOf,
  gradientAt,
  gramCells,
  paddedOutputs,
  paddedRows,
  parameterCount,
  positiveWeightAt,
  scratchBytes,
  totalsBytes,
} from './wasm/design-layout.ts';
import { familyOf, lossFamilies } from './wasm/design-losses.ts';
import { absentIntercept, softmaxScratchBytes, softmaxTotalsBytes } from './wasm/design-softmax.ts';
import type { Call, FunctionName } from './wasm-design-jobs.ts';
import { addInOrder, addPanels, type Segment, segmentsOf, unpackGram, writePanels } from './wasm-design-layout.ts';
import type { DesignRoom } from './wasm-design-room.ts';

/**
 * A design in WebAssembly memory, as float32. Sums over rows run segment by segment and are then added in order; how
 * rows are cut into segments depends on the design's shape only, so that results do not depend on threads.
 */
export class WasmDesign implements Design {
  readonly featureCount: number;
  #rowCount: number;
  readonly #room: DesignRoom;
  readonly #columns: number;
  readonly #strideBytes: number;
  /** Addresses: a loss's parameters, theta, 8 bytes for each row, the rows. */
  readonly #parameters: number;
  readonly #theta: number;
  readonly #ofRows: number;
  readonly #x: number;
  /** For what one call needs besides; grows. */
  #work: { address: number; byteCount: number } | undefined;

  private constructor(room: DesignRoom, { featureCount, rowCount }: DesignShape, address: number) {
    this.#room = room;
    this.featureCount = featureCount;
    this.#rowCount = rowCount;
    this.#columns = columnsOf(featureCount);
    this.#strideBytes = 4 * this.#columns;
    this.#parameters = address;
    this.#theta = address + parametersBytes;
    this.#ofRows = this.#theta + 2 * this.#strideBytes;
    this.#x = this.#ofRows + ofRowsBytes(rowCount);
  }

  /** A design whose rows are yet to be written; undefined where memory does not hold it. */
  static make(room: DesignRoom, shape: DesignShape): WasmDesign | undefined {
    const strideBytes = 4 * columnsOf(shape.featureCount);
    const rows = paddedRows(shape.rowCount);
    const address = room.allocate(parametersBytes + (2 + rows) * strideBytes + ofRowsBytes(shape.rowCount));
    if (address === undefined) return undefined;
    const design = new WasmDesign(room, shape, address);
    design.truncate(shape.rowCount);
    return design;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** Keeps the first rows only. Rows that fill up the last four are zeros. */
  truncate(rowCount: number): void {
    assert(rowCount <= this.#rowCount, 'a design has so many rows');
    this.#rowCount = rowCount;
    const filling = (paddedRows(rowCount) - rowCount) * this.#columns;
    this.#floats(this.#rowAt(rowCount), filling).fill(0);
  }

  /** Fills rows from `from` on with (raw - shift) * factor, in double, rounded to float32. */
  write(raw: Float32Array | Float64Array, from: number, rowCount: number, { shift, factor }: Scaling): void {
    const { featureCount: d } = this;
    assert(from + rowCount <= this.rowCount, 'rows are written within the design');
    if (raw instanceof Float64Array) {
      this.#writeDoubles(raw, from, rowCount, { shift, factor });
      return;
    }
    const rowsAtOnce = Math.max(1, Math.min(rowCount, Math.floor(stagingBytes / (4 * d))));
    const tableBytes = 16 * (d + 4);
    const table = this.#reserve(tableBytes + 4 * d * rowsAtOnce + 16);
    const staging = table + tableBytes;
    const scaling = this.#doubles(table, tableBytes / 8);
    for (let j = 0; j < d; j += 1) {
      const at = (j >> 2) * 8 + (j & 3);
      scaling[at] = shift[j];
      scaling[at + 4] = factor[j];
    }
    for (let row = 0; row < rowCount; row += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, rowCount - row);
      this.#floats(staging, d * rows).set(raw.subarray(row * d, (row + rows) * d));
      const [to, end] = [this.#rowAt(from + row), this.#rowAt(from + row + rows)];
      this.#room.run('standardise', [[staging, d, table, to, this.#strideBytes, end]], 0);
    }
  }

  #writeDoubles(raw: Float64Array, from: number, rowCount: number, { shift, factor }: Scaling): void {
    const { featureCount: d } = this;
    for (let row = 0; row < rowCount; row += 1) {
      const to = this.#floats(this.#rowAt(from + row), this.#columns).fill(0);
      for (let j = 0; j < d; j += 1) to[j] = (raw[row * d + j] - shift[j]) * factor[j];
      to[d] = 1;
    }
  }

  scores(theta: Float64Array, K: number, f: Float64Array): void {
    if (this.rowCount === 0) return;
    if (K > 1) {
      this.#manyScores(theta, K, f);
      return;
    }
    this.#writeTheta(theta);
    this.#each('scores', segmentsOf(this.rowCount, segmentCountMax), 4 * this.#columns, ({ from, rows }) => {
      const to = this.#ofRows + 8 * from;
      return [this.#rowAt(from), this.#strideBytes, this.#theta, to, to + 8 * paddedRows(rows)];
    });
    f.set(this.#doubles(this.#ofRows, this.rowCount));
  }

  gradient(delta: Float64Array, K: number, g: Float64Array): void {
    if (K > 1) {
      this.#manyGradient(delta, K, g);
      return;
    }
    this.#putOfRows(delta, 'single');
    const sums = this.#sum('gradient', false, 4 * this.#columns, ({ from, rows }, scratch, totals) => {
      return [this.#rowAt(from), this.#strideBytes, rows, this.#ofRows + 4 * from, scratch, totals];
    });
    g.set(sums.gradient);
  }

  gram(c: Float64Array, h: Float64Array): void {
    this.#putOfRows(c, 'single');
    const sums = this.#sum('gram', true, this.#columns ** 2, ({ from, rows }, scratch, totals) => {
      return [this.#rowAt(from), this.#strideBytes, rows, this.#ofRows + 4 * from, scratch, totals];
    });
    unpackGram(sums.gram, this.featureCount + 1, h);
  }

  sweep(request: SweepRequest): SweepResult | undefined {
    const { loss, theta, labels, positiveWeight, width, gram } = request;
    if (loss.kind === 'softmax') return gram ? undefined : this.#softmaxSweep(request, loss);
    const told = familyOf(loss, width);
    if (told === undefined) return undefined;
    const family = lossFamilies.indexOf(told.family);
    this.#writeTheta(theta);
    const parameters = this.#doubles(this.#parameters, parameterCount).fill(0);
    parameters.set(told.parameters);
    parameters[positiveWeightAt] = positiveWeight;
    const areDouble = labels instanceof Float64Array;
    this.#putOfRows(labels, areDouble ? 'double' : 'single');
    const labelBytes = areDouble ? 8 : 4;
    const operations = 8 * this.#columns + 100 + (gram ? this.#columns ** 2 : 0);
    const sums = this.#sum('sweep', gram, operations, ({ from, rows }, scratch, totals) => [
      this.#rowAt(from),
      this.#strideBytes,
      rows,
      this.#ofRows + labelBytes * from,
      Number(areDouble),
      this.#theta,
      family,
      this.#parameters,
      stepRowsOf(this.#strideBytes),
      Number(gram),
      scratch,
      totals,
    ]);
    const result: SweepResult = { value: sums.value, gradient: Float64Array.from(sums.gradient) };
    if (gram) {
      result.gram = new Float64Array((this.featureCount + 1) ** 2);
      unpackGram(sums.gram, this.featureCount + 1, result.gram);
    }
    return result;
  }

  #softmaxSweep({ theta, labels }: SweepRequest, { outputs: K, classWeight }: Softmax): SweepResult {
    const size = this.featureCount + 1;
    const outputs = paddedOutputs(K);
    const cells = outputs * this.#columns;
    const [ofScratch, ofTotals] = [
      softmaxScratchBytes(this.#columns, outputs),
      softmaxTotalsBytes(this.#columns, outputs),
    ];
    const segments = segmentsOf(this.rowCount, segmentCountWithin(ofScratch + ofTotals));
    const totals = this.#reserve((ofTotals + ofScratch) * segments.length + 4 * cells + 8 * outputs);
    const scratch = totals + ofTotals * segments.length;
    const panels = scratch + ofScratch * segments.length;
    const weights = panels + 4 * cells;
    writePanels(this.#floats(panels, cells), theta, size, K, absentIntercept);
    this.#doubles(weights, K).set(classWeight);
    const areDouble = labels instanceof Float64Array;
    this.#putOfRows(labels, areDouble ? 'double' : 'single');
    const labelBytes = areDouble ? 8 : 4;
    this.#each('softmaxSweep', segments, 4 * cells + 50 * outputs, ({ from, rows }, at) => [
      this.#rowAt(from),
      this.#strideBytes,
      rows,
      this.#ofRows + labelBytes * from,
      Number(areDouble),
      panels,
      outputs,
      K,
      weights,
      scratch + ofScratch * at,
      totals + ofTotals * at,
    ]);
    const sum = addInOrder(this.#doubles(totals, (ofTotals / 8) * segments.length), segments.length);
    const gradient = new Float64Array(size * K);
    addPanels(sum.subarray(gradientAt / 8), size, K, gradient);
    return { value: sum[0], gradient };
  }

  /** Asserts that memory holds the picked rows too. */
  pick(rows: Uint32Array): Design {
    const picked = WasmDesign.make(this.#room, { featureCount: this.featureCount, rowCount: rows.length });
    assert(picked !== undefined, 'memory holds the rows that are picked');
    new Uint32Array(this.#room.buffer(), picked.#ofRows, rows.length).set(rows);
    this.#each('gather', segmentsOf(rows.length, segmentCountMax), 4 * this.#columns, ({ from, rows: count }) => {
      const named = picked.#ofRows + 4 * from;
      return [this.#x, this.#strideBytes, named, named + 4 * count, picked.#rowAt(from)];
    });
    return picked;
  }

  close(): void {
    this.#room.free(this.#parameters);
    if (this.#work !== undefined) this.#room.free(this.#work.address);
    this.#work = undefined;
  }

  #manyScores(theta: Float64Array, K: number, f: Float64Array): void {
    const outputs = paddedOutputs(K);
    const chunkRows = chunkRowsOf(this.rowCount, outputs);
    const panels = this.#reserve(outputs * (this.#strideBytes + 4 * chunkRows));
    const out = panels + outputs * this.#strideBytes;
    writePanels(this.#floats(panels, outputs * this.#columns), theta, this.featureCount + 1, K);
    for (let start = 0; start < this.rowCount; start += chunkRows) {
      const count = Math.min(chunkRows, this.rowCount - start);
      this.#each('manyScores', segmentsOf(count, segmentCountMax), 2 * outputs * this.#columns, ({ from, rows }) => {
        return [this.#rowAt(start + from), this.#strideBytes, rows, panels, outputs, out + 4 * outputs * from];
      });
      const scores = this.#floats(out, outputs * count);
      for (let row = 0; row < count; row += 1) {
        const to = (start + row) * K;
        for (let k = 0; k < K; k += 1) f[to + k] = scores[row * outputs + k];
      }
    }
  }

  #manyGradient(delta: Float64Array, K: number, g: Float64Array): void {
    const outputs = paddedOutputs(K);
    const cells = outputs * this.#columns;
    const chunkRows = chunkRowsOf(this.rowCount, outputs);
    const countMax = segmentCountWithin(12 * cells);
    const slopes = this.#reserve(4 * outputs * chunkRows + 12 * cells * countMax);
    const totals = slopes + 4 * outputs * chunkRows;
    const sums = totals + 8 * cells * countMax;
    g.fill(0);
    for (let start = 0; start < this.rowCount; start += chunkRows) {
      const count = Math.min(chunkRows, this.rowCount - start);
      const to = this.#floats(slopes, outputs * paddedRows(count)).fill(0);
      for (let row = 0; row < count; row += 1) {
        const from = (start + row) * K;
        for (let k = 0; k < K; k += 1) to[row * outputs + k] = delta[from + k];
      }
      const segments = segmentsOf(count, countMax);
      this.#each('manyGradient', segments, 2 * cells, ({ from, rows }, at) => {
        const ownSums = sums + 4 * cells * at;
        const ownTotals = totals + 8 * cells * at;
        const from4 = slopes + 4 * outputs * from;
        return [this.#rowAt(start + from), this.#strideBytes, rows, from4, outputs, ownSums, ownTotals];
      });
      const sum = addInOrder(this.#doubles(totals, cells * segments.length), segments.length);
      addPanels(sum, this.featureCount + 1, K, g);
    }
  }

  /** Runs a function that sums over each segment's rows, and adds the sums up. They are good until the next call. */
  #sum<Name extends FunctionName>(
    name: Name,
    gram: boolean,
    operationsOfRow: number,
    call: (segment: Segment, scratch: number, totals: number) => Call<Name>,
  ): { value: number; gradient: Float64Array; gram: Float64Array } {
    const ofScratch = scratchBytes(this.#columns, gram);
    const ofTotals = totalsBytes(this.#columns, gram);
    const segments = segmentsOf(this.rowCount, segmentCountWithin(ofScratch + ofTotals));
    const totals = this.#reserve((ofScratch + ofTotals) * segments.length);
    const scratch = totals + ofTotals * segments.length;
    this.#each(name, segments, operationsOfRow, (segment, at) =>
      call(segment, scratch + ofScratch * at, totals + ofTotals * at),
    );
    const sum = addInOrder(this.#doubles(totals, (ofTotals / 8) * segments.length), segments.length);
    const gramFrom = gradientAt / 8 + this.#columns;
    return {
      value: sum[0],
      gradient: sum.subarray(gradientAt / 8, gradientAt / 8 + this.featureCount + 1),
      gram: sum.subarray(gramFrom, gramFrom + (gram ? gramCells(this.#columns) : 0)),
    };
  }

  #each<Name extends FunctionName>(
    name: Name,
    segments: readonly Segment[],
    operationsOfRow: number,
    call: (segment: Segment, at: number) => Call<Name>,
  ): void {
    const rows = segments.reduce((sum, segment) => sum + segment.rows, 0);
    this.#room.run(name, segments.map(call), operationsOfRow * rows);
  }

  /** Writes a number for each row; zeros for the rows that fill up, since not even 0 times what lay there need be 0. */
  #putOfRows(values: Float32Array | Float64Array, precision: 'single' | 'double'): void {
    const count = paddedRows(this.rowCount);
    const cells = precision === 'single' ? this.#floats(this.#ofRows, count) : this.#doubles(this.#ofRows, count);
    cells.fill(0, this.rowCount);
    cells.set(values);
  }

  /** Each four values as float32, then what rounding left of them. */
  #writeTheta(theta: Float64Array): void {
    const pairs = this.#floats(this.#theta, 2 * this.#columns).fill(0);
    for (let j = 0; j <= this.featureCount; j += 1) {
      const at = (j >> 2) * 8 + (j & 3);
      pairs[at] = theta[j];
      pairs[at + 4] = theta[j] - pairs[at];
    }
  }

  /** Address of that many bytes for one call. Asserts that memory holds them. */
  #reserve(byteCount: number): number {
    if (this.#work !== undefined && this.#work.byteCount >= byteCount) return this.#work.address;
    if (this.#work !== undefined) this.#room.free(this.#work.address);
    const address = this.#room.allocate(byteCount);
    assert(address !== undefined, 'memory holds what sums over the rows of a design need');
    this.#work = { address, byteCount };
    return address;
  }

  #rowAt(row: number): number {
    return this.#x + row * this.#strideBytes;
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#room.buffer(), address, count);
  }

  #doubles(address: number, count: number): Float64Array {
    return new Float64Array(this.#room.buffer(), address, count);
  }
}

type Softmax = LossShape & { kind: 'softmax' };

export interface DesignShape {
  featureCount: number;
  rowCount: number;
}

/** x = (raw - shift) * factor, of each feature. */
export interface Scaling {
  shift: Float64Array;
  factor: Float64Array;
}

const parametersBytes = 64;
/** A double for each row, and for those that fill up the last four. */
const ofRowsBytes = (rowCount: number): number => 8 * paddedRows(rowCount);

/** Raw rows are brought in by so much that they stay in the cache. */
const stagingBytes = 1 << 18;

/** Rows that go from scores to slopes at once; measured: at 30 features 32 rows beat 128 by a fifth, at 100 it is the other way. */
const stepRowsOf = (strideBytes: number): number =>
  strideBytes <= 256 ? 32 : Math.max(4, Math.min(blockRows, Math.floor(65536 / strideBytes / 4) * 4));

/** More threads than this gain nothing; fewer segments where each needs much memory. */
const segmentCountMax = 64;
const segmentsBytesMax = 1 << 27;
const segmentCountWithin = (bytesOfSegment: number): number =>
  Math.max(4, Math.min(segmentCountMax, Math.floor(segmentsBytesMax / bytesOfSegment)));

/** Scores and slopes of many outputs stand in memory for so many rows at once. */
const outputsBytesMax = 1 << 25;
const chunkRowsOf = (rowCount: number, outputs: number): number =>
  Math.min(paddedRows(rowCount), Math.max(512, Math.floor(outputsBytesMax / (4 * outputs) / 512) * 512));
