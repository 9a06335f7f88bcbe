import { assert } from '../../base/index.ts';
import { WasmDesign } from './wasm-design.ts';
import type { DesignRoom } from './wasm-design-room.ts';

/** Pseudo-random numbers between -1 and 1. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state / 0x7fffffff) * 2 - 1;
  };
}

export interface Rows {
  rowCount: number;
  featureCount: number;
  x: Float32Array;
  labels: Float64Array;
  theta: Float64Array;
}

export function rowsOf(rowCount: number, featureCount: number, { binary = false } = {}): Rows {
  const random = randomOf(rowCount * 1000 + featureCount + 7);
  return {
    rowCount,
    featureCount,
    x: Float32Array.from({ length: rowCount * featureCount }, () => 2 * random()),
    labels: Float64Array.from({ length: rowCount }, () => (binary ? Number(random() > 0.2) : 3 * random())),
    theta: Float64Array.from({ length: featureCount + 1 }, () => (2 * random()) / Math.sqrt(featureCount)),
  };
}

export function designOf(room: DesignRoom, { rowCount, featureCount, x }: Rows): WasmDesign {
  const design = WasmDesign.make(room, { rowCount, featureCount });
  assert(design !== undefined, 'memory holds a small design');
  const shift = new Float64Array(featureCount);
  design.write(x, 0, rowCount, { shift, factor: shift.map(() => 1) });
  return design;
}
