import { assert } from '../../base/index.ts';
import { familyOf, hasManyOutputs } from '../losses/index.ts';
import {
  blockRows,
  gradientAt,
  gramCells,
  gramColumnsMax,
  paddedRows,
  parameterCount,
  positiveWeightAt,
  scratchBytes,
  totalsBytes,
} from '../wasm/design/layout.ts';
import type { Design, SweepRequest, SweepResult } from './design.ts';
import { DoublesView } from './doubles-view.ts';
import { PlainDesign } from './plain-design.ts';
import type { Call, FunctionName } from './wasm-design-jobs.ts';
import {
  addInOrder,
  type Segment,
  segmentCountMax,
  segmentCountWithin,
  segmentsOf,
  unpackGram,
} from './wasm-design-layout.ts';
import { manyGradient, manyScores, softmaxSweep } from './wasm-design-outputs.ts';
import type { DesignRoom } from './wasm-design-room.ts';
import { type DesignShape, RowStore, type Scaling } from './wasm-design-rows.ts';

/**
 * A design in WebAssembly memory, as float32. Sums over rows run segment by segment and are then added in order; how
 * rows are cut into segments depends on the design's shape only, so that results do not depend on threads.
 */
export class WasmDesign implements Design {
  readonly #store: RowStore;

  private constructor(store: RowStore) {
    this.#store = store;
  }

  /** A design whose rows are yet to be written; undefined where memory does not hold it. */
  static make(room: DesignRoom, shape: DesignShape): WasmDesign | undefined {
    const store = RowStore.make(room, shape);
    return store === undefined ? undefined : new WasmDesign(store);
  }

  get rowCount(): number {
    return this.#store.rowCount;
  }

  get featureCount(): number {
    return this.#store.featureCount;
  }

  /** Fills rows from `from` on with (raw - shift) * factor, in double, rounded to float32. */
  write(raw: Float32Array | Float64Array, from: number, rowCount: number, scaling: Scaling): void {
    this.#store.write(raw, from, rowCount, scaling);
  }

  /** Keeps the first rows only. */
  truncate(rowCount: number): void {
    this.#store.truncate(rowCount);
  }

  scores(theta: Float64Array, K: number, f: Float64Array): void {
    if (this.rowCount === 0) return;
    if (K > 1) {
      manyScores(this.#store, theta, K, f);
      return;
    }
    this.#writeTheta(theta);
    const scores = this.#store.roomOfRows();
    this.#store.each(
      'scores',
      segmentsOf(this.rowCount, segmentCountMax),
      4 * this.#store.columns,
      ({ from, rows }) => {
        const to = scores + 8 * from;
        return [this.#store.rowAt(from), this.#store.strideBytes, this.#store.theta, to, to + 8 * paddedRows(rows)];
      },
    );
    f.set(this.#store.doubles(scores, this.rowCount));
  }

  gradient(delta: Float64Array, K: number, g: Float64Array): void {
    if (K > 1) {
      manyGradient(this.#store, delta, K, g);
      return;
    }
    this.#store.putOfRows(delta, 'single');
    const sums = this.#sum('gradient', false, 4 * this.#store.columns, ({ from, rows }, scratch, totals) => {
      return [this.#store.rowAt(from), this.#store.strideBytes, rows, this.#store.ofRows + 4 * from, scratch, totals];
    });
    assert(sums !== undefined, 'memory holds a gradient');
    g.set(sums.gradient);
  }

  gram(c: Float64Array, h: Float64Array): void {
    this.#store.putOfRows(c, 'single');
    const sums = this.#sum('gram', true, this.#store.columns ** 2, ({ from, rows }, scratch, totals) => {
      return [this.#store.rowAt(from), this.#store.strideBytes, rows, this.#store.ofRows + 4 * from, scratch, totals];
    });
    assert(sums !== undefined, 'memory holds a gram of so many features');
    unpackGram(sums.gram, this.featureCount + 1, h);
  }

  sweep(request: SweepRequest): SweepResult | undefined {
    const { loss, theta, labels, positiveWeight, width, gram } = request;
    if (hasManyOutputs(loss)) return gram ? undefined : softmaxSweep(this.#store, request, loss);
    const { family, parameters: ofFamily } = familyOf(loss, width);
    this.#writeTheta(theta);
    const parameters = this.#store.doubles(this.#store.parameters, parameterCount).fill(0);
    parameters.set(ofFamily);
    parameters[positiveWeightAt] = positiveWeight;
    const areDouble = labels instanceof Float64Array;
    this.#store.putLabels(labels);
    const labelBytes = areDouble ? 8 : 4;
    const operations = 8 * this.#store.columns + 100 + (gram ? this.#store.columns ** 2 : 0);
    const sums = this.#sum('sweep', gram, operations, ({ from, rows }, scratch, totals) => [
      this.#store.rowAt(from),
      this.#store.strideBytes,
      rows,
      this.#store.ofRows + labelBytes * from,
      Number(areDouble),
      this.#store.theta,
      family,
      this.#store.parameters,
      stepRowsOf(this.#store.strideBytes),
      Number(gram),
      scratch,
      totals,
    ]);
    if (sums === undefined) return undefined;
    const result: SweepResult = { value: sums.value, gradient: Float64Array.from(sums.gradient) };
    if (gram) {
      result.gram = new Float64Array((this.featureCount + 1) ** 2);
      unpackGram(sums.gram, this.featureCount + 1, result.gram);
    }
    return result;
  }

  inDoubles(): Design {
    return new DoublesView(() => this.#inPlain(), this);
  }

  #inPlain(): PlainDesign {
    const { rowCount, featureCount } = this;
    const { columns } = this.#store;
    return new PlainDesign({
      x: this.#store.floats(this.#store.rowAt(0), rowCount * columns),
      rowCount,
      featureCount,
      stride: columns,
    });
  }

  products(): Float64Array {
    return this.#inPlain().products();
  }

  read(rows: Uint32Array): Float32Array {
    const { room, strideBytes, featureCount } = this.#store;
    const cells = rows.length * featureCount;
    // A vector may be written from the last cell on.
    const features = this.#store.reserve(4 * (cells + 4 + rows.length));
    const named = features + 4 * (cells + 4);
    new Uint32Array(room.buffer(), named, rows.length).set(rows);
    room.run(
      'read',
      [[this.#store.rowAt(0), strideBytes, named, named + 4 * rows.length, features, 4 * featureCount]],
      0,
    );
    return this.#store.floats(features, cells);
  }

  /** Asserts that memory holds the picked rows too. */
  pick(rows: Uint32Array): Design {
    const picked = WasmDesign.make(this.#store.room, { featureCount: this.featureCount, rowCount: rows.length });
    assert(picked !== undefined, 'memory holds the rows that are picked');
    new Uint32Array(this.#store.room.buffer(), picked.#store.ofRows, rows.length).set(rows);
    this.#store.each(
      'gather',
      segmentsOf(rows.length, segmentCountMax),
      4 * this.#store.columns,
      ({ from, rows: count }) => {
        const named = picked.#store.ofRows + 4 * from;
        return [this.#store.rowAt(0), this.#store.strideBytes, named, named + 4 * count, picked.#store.rowAt(from)];
      },
    );
    return picked;
  }

  select(features: Uint32Array): WasmDesign | undefined {
    const selected = WasmDesign.make(this.#store.room, { featureCount: features.length, rowCount: this.rowCount });
    if (selected !== undefined) selected.#store.copyColumns(this.#store, features);
    return selected;
  }

  close(): void {
    this.#store.close();
  }

  /** Runs a function that sums over each segment's rows, and adds the sums up. They are good until the next call;
   * undefined where memory does not hold them. */
  #sum<Name extends FunctionName>(
    name: Name,
    gram: boolean,
    operationsOfRow: number,
    call: (segment: Segment, scratch: number, totals: number) => Call<Name>,
  ): { value: number; gradient: Float64Array; gram: Float64Array } | undefined {
    if (gram && this.#store.columns > gramColumnsMax) return undefined;
    const ofScratch = scratchBytes(this.#store.columns, gram);
    const ofTotals = totalsBytes(this.#store.columns, gram);
    const segments = segmentsOf(this.rowCount, segmentCountWithin(ofScratch + ofTotals));
    const totals = this.#store.tryReserve((ofScratch + ofTotals) * segments.length);
    if (totals === undefined) return undefined;
    const scratch = totals + ofTotals * segments.length;
    this.#store.each(name, segments, operationsOfRow, (segment, at) =>
      call(segment, scratch + ofScratch * at, totals + ofTotals * at),
    );
    const sum = addInOrder(this.#store.doubles(totals, (ofTotals / 8) * segments.length), segments.length);
    const gramFrom = gradientAt / 8 + this.#store.columns;
    return {
      value: sum[0],
      gradient: sum.subarray(gradientAt / 8, gradientAt / 8 + this.featureCount + 1),
      gram: sum.subarray(gramFrom, gramFrom + (gram ? gramCells(this.#store.columns) : 0)),
    };
  }

  /** Each four values as float32, then what rounding left of them. */
  #writeTheta(theta: Float64Array): void {
    const pairs = this.#store.floats(this.#store.theta, 2 * this.#store.columns).fill(0);
    for (let j = 0; j <= this.featureCount; j += 1) {
      const at = (j >> 2) * 8 + (j & 3);
      pairs[at] = theta[j];
      pairs[at + 4] = theta[j] - pairs[at];
    }
  }
}

/** Rows that go from scores to slopes at once; measured: at 30 features 32 rows beat 128 by a fifth, at 100 it is the other way. */
const stepRowsOf = (strideBytes: number): number =>
  strideBytes <= 256 ? 32 : Math.max(4, Math.min(blockRows, Math.floor(65536 / strideBytes / 4) * 4));
