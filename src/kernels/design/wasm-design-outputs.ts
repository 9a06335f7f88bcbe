import type { ManyOutputs } from '../losses/index.ts';
import { gradientAt, paddedOutputs, paddedRows } from '../wasm/design/layout.ts';
import { absentIntercept, softmaxScratchBytes, softmaxTotalsBytes } from '../wasm/design/softmax.ts';
import type { SweepRequest, SweepResult } from './design.ts';
import {
  addInOrder,
  addPanels,
  segmentCountMax,
  segmentCountWithin,
  segmentsOf,
  writePanels,
} from './wasm-design-layout.ts';
import type { RowStore } from './wasm-design-rows.ts';

/** f[row * K + k] = (x, 1) theta. */
export function manyScores(store: RowStore, theta: Float64Array, K: number, f: Float64Array): void {
  const outputs = paddedOutputs(K);
  const chunkRows = chunkRowsOf(store.rowCount, outputs);
  const panels = store.reserve(outputs * (store.strideBytes + 4 * chunkRows));
  const out = panels + outputs * store.strideBytes;
  writePanels(store.floats(panels, outputs * store.columns), theta, store.featureCount + 1, K);
  for (let start = 0; start < store.rowCount; start += chunkRows) {
    const count = Math.min(chunkRows, store.rowCount - start);
    store.each('manyScores', segmentsOf(count, segmentCountMax), 2 * outputs * store.columns, ({ from, rows }) => {
      return [store.rowAt(start + from), store.strideBytes, rows, panels, outputs, out + 4 * outputs * from];
    });
    const scores = store.floats(out, outputs * count);
    for (let row = 0; row < count; row += 1) {
      const to = (start + row) * K;
      for (let k = 0; k < K; k += 1) f[to + k] = scores[row * outputs + k];
    }
  }
}

/** g[j * K + k] = sum over rows of (x, 1)[j] delta[row * K + k]. */
export function manyGradient(store: RowStore, delta: Float64Array, K: number, g: Float64Array): void {
  const outputs = paddedOutputs(K);
  const cells = outputs * store.columns;
  const chunkRows = chunkRowsOf(store.rowCount, outputs);
  const countMax = segmentCountWithin(12 * cells);
  const slopes = store.reserve(4 * outputs * chunkRows + 12 * cells * countMax);
  const totals = slopes + 4 * outputs * chunkRows;
  const sums = totals + 8 * cells * countMax;
  g.fill(0);
  for (let start = 0; start < store.rowCount; start += chunkRows) {
    const count = Math.min(chunkRows, store.rowCount - start);
    const to = store.floats(slopes, outputs * paddedRows(count)).fill(0);
    for (let row = 0; row < count; row += 1) {
      const from = (start + row) * K;
      for (let k = 0; k < K; k += 1) to[row * outputs + k] = delta[from + k];
    }
    const segments = segmentsOf(count, countMax);
    store.each('manyGradient', segments, 2 * cells, ({ from, rows }, at) => {
      const ownSums = sums + 4 * cells * at;
      const ownTotals = totals + 8 * cells * at;
      const from4 = slopes + 4 * outputs * from;
      return [store.rowAt(start + from), store.strideBytes, rows, from4, outputs, ownSums, ownTotals];
    });
    const sum = addInOrder(store.doubles(totals, cells * segments.length), segments.length);
    addPanels(sum, store.featureCount + 1, K, g);
  }
}

/** Value and gradient of the softmax loss. */
export function softmaxSweep(
  store: RowStore,
  { theta, labels }: SweepRequest,
  { outputs: K, classWeight }: ManyOutputs,
): SweepResult {
  const size = store.featureCount + 1;
  const outputs = paddedOutputs(K);
  const cells = outputs * store.columns;
  const [ofScratch, ofTotals] = [
    softmaxScratchBytes(store.columns, outputs),
    softmaxTotalsBytes(store.columns, outputs),
  ];
  const segments = segmentsOf(store.rowCount, segmentCountWithin(ofScratch + ofTotals));
  const totals = store.reserve((ofTotals + ofScratch) * segments.length + 4 * cells + 8 * outputs);
  const scratch = totals + ofTotals * segments.length;
  const panels = scratch + ofScratch * segments.length;
  const weights = panels + 4 * cells;
  writePanels(store.floats(panels, cells), theta, size, K, absentIntercept);
  store.doubles(weights, K).set(classWeight);
  const areDouble = labels instanceof Float64Array;
  store.putLabels(labels);
  const labelBytes = areDouble ? 8 : 4;
  store.each('softmaxSweep', segments, 4 * cells + 50 * outputs, ({ from, rows }, at) => [
    store.rowAt(from),
    store.strideBytes,
    rows,
    store.ofRows + labelBytes * from,
    Number(areDouble),
    panels,
    outputs,
    K,
    weights,
    scratch + ofScratch * at,
    totals + ofTotals * at,
  ]);
  const sum = addInOrder(store.doubles(totals, (ofTotals / 8) * segments.length), segments.length);
  const gradient = new Float64Array(size * K);
  addPanels(sum.subarray(gradientAt / 8), size, K, gradient);
  return { value: sum[0], gradient };
}

/** Scores and slopes of many outputs stand in memory for so many rows at once. */
const outputsBytesMax = 1 << 25;
const chunkRowsOf = (rowCount: number, outputs: number): number =>
  Math.min(paddedRows(rowCount), Math.max(512, Math.floor(outputsBytesMax / (4 * outputs) / 512) * 512));
