import { blockRows, panelColumns } from '../wasm/design/layout.ts';

/** Rows that one call goes over. */
export interface Segment {
  from: number;
  rows: number;
}

/** Segments below this are not worth a call to another thread. */
const segmentRowsMin = 8 * blockRows;

/** At most `countMax` segments of equal size, whole blocks; the last may be smaller. Without rows, one of none. */
export function segmentsOf(rowCount: number, countMax: number): Segment[] {
  const size = Math.max(segmentRowsMin, Math.ceil(rowCount / countMax / blockRows) * blockRows);
  const segments: Segment[] = [{ from: 0, rows: Math.min(size, rowCount) }];
  for (let from = size; from < rowCount; from += size) segments.push({ from, rows: Math.min(size, rowCount - from) });
  return segments;
}

/** Adds `count` arrays that stand behind one another to the first, in order, and gives it. */
export function addInOrder(totals: Float64Array, count: number): Float64Array {
  const length = totals.length / Math.max(1, count);
  for (let part = 1; part < count; part += 1) {
    const from = part * length;
    for (let at = 0; at < length; at += 1) totals[at] += totals[from + at];
  }
  return totals.subarray(0, length);
}

/** Lower triangle, row-major, from a gram as kernels leave it (see design-layout.ts). */
export function unpackGram(panels: Float64Array, size: number, h: Float64Array): void {
  const columns = Math.ceil(size / panelColumns) * panelColumns;
  let panelAt = 0;
  for (let first = 0; first < size; first += panelColumns) {
    for (let row = first; row < size; row += 1) {
      const end = Math.min(first + panelColumns, row + 1);
      const from = panelAt + (row - first) * panelColumns;
      for (let column = first; column < end; column += 1) h[row * size + column] = panels[from + column - first];
    }
    panelAt += (columns - first) * panelColumns;
  }
}

/** theta[j * K + k] to panels [k / 8][j][k % 8] of float32, zeros around them; outputs beyond K have an intercept of their own. */
export function writePanels(panels: Float32Array, theta: Float64Array, size: number, K: number, absent = 0): void {
  const columns = panels.length / (Math.ceil(K / panelColumns) * panelColumns);
  panels.fill(0);
  eachOfPanels(columns, size, K, (panelAt, at) => {
    panels[panelAt] = theta[at];
  });
  const intercepts = panels.length - (columns - size + 1) * panelColumns;
  for (let k = K; k % panelColumns !== 0; k += 1) panels[intercepts + (k % panelColumns)] = absent;
}

/** g[j * K + k] += of panels [k / 8][j][k % 8]. */
export function addPanels(panels: Float64Array, size: number, K: number, g: Float64Array): void {
  const columns = panels.length / (Math.ceil(K / panelColumns) * panelColumns);
  eachOfPanels(columns, size, K, (panelAt, at) => {
    g[at] += panels[panelAt];
  });
}

function eachOfPanels(columns: number, size: number, K: number, visit: (panelAt: number, at: number) => void): void {
  for (let k = 0; k < K; k += 1) {
    const panel = Math.floor(k / panelColumns) * columns * panelColumns + (k % panelColumns);
    for (let j = 0; j < size; j += 1) visit(panel + j * panelColumns, j * K + k);
  }
}

/** More threads than this gain nothing; fewer segments where each needs much memory. */
export const segmentCountMax = 64;
const segmentsBytesMax = 1 << 27;
export const segmentCountWithin = (bytesOfSegment: number): number =>
  Math.max(
    bytesOfSegment > 2 * segmentsBytesMax ? 1 : 4,
    Math.min(segmentCountMax, Math.floor(segmentsBytesMax / bytesOfSegment)),
  );
