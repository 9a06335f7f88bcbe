import { type Expression, type FunctionRef, f32x4, i32, v128, type WasmModule } from '../assembler.ts';
import type { Arithmetic } from '../math.ts';
import { panelColumns } from './layout.ts';

const panelBytes = 4 * panelColumns;
const vectors = [0, 1] as const;

/**
 * The tile that keeps vector units busy differs by engine. V8 before 13 moves all loads of a loop's body to its top and
 * spills what has no register then: 4 x 8 without unrolling fits. Later ones keep the order, and 6 x 8 unrolled is faster.
 */
export interface Tile {
  rows: 4 | 6;
  unroll: 1 | 2 | 4;
}

interface Kit {
  module: WasmModule;
  math: Arithmetic;
  tile: Tile;
}

/**
 * sums[j][0..8] += sum over rows of x[row][j] * panel[row][0..8] for `count` columns j from x on; `count` is even, rows a
 * multiple of four, the panel's rows lie `panelStride` bytes apart. This is a panel of X^T D, and of X^T C X.
 */
export function defineOuterProducts(kit: Kit): FunctionRef {
  const { module, tile } = kit;
  const whole = defineOuterTile(kit, tile.rows);
  const rests = tile.rows === 6 ? [4, 2].map((rows) => ({ rows, ref: defineOuterTile(kit, rows) })) : [];
  return module.define(
    'outerProducts',
    { x: 'i32', strideBytes: 'i32', panel: 'i32', panelStride: 'i32', end: 'i32', sums: 'i32', count: 'i32' },
    undefined,
    (f, { x, strideBytes, panel, panelStride, end, sums, count }) => {
      const step = (ref: FunctionRef, rows: number): void => {
        f.call(ref, x, strideBytes, panel, panelStride, end, sums);
        f.advance(x, 4 * rows);
        f.advance(sums, panelBytes * rows);
        f.set(count, i32.sub(count, rows));
      };
      f.while(
        () => i32.ge(count, tile.rows),
        () => step(whole, tile.rows),
      );
      for (const { rows, ref } of rests) f.if(i32.ge(count, rows), () => step(ref, rows));
    },
  );
}

function defineOuterTile({ module, math, tile }: Kit, rows: number): FunctionRef {
  return module.define(
    `outer-tile-${rows}`,
    { x: 'i32', strideBytes: 'i32', panel: 'i32', panelStride: 'i32', end: 'i32', sums: 'i32' },
    undefined,
    (f, { x, strideBytes, panel, panelStride, end, sums }) => {
      const totals = Array.from({ length: rows }, () => f.locals('v128', vectors.length));
      const columns = f.locals('v128', vectors.length);
      const cell = f.local('v128');
      const each = (visit: (row: number, v: number) => void): void => {
        for (let row = 0; row < rows; row += 1) for (const v of vectors) visit(row, v);
      };
      each((row, v) => f.set(totals[row][v], v128.load(sums, panelBytes * row + 16 * v)));
      f.doWhile(
        () => {
          for (let turn = 0; turn < tile.unroll; turn += 1) {
            for (const v of vectors) f.set(columns[v], v128.load(panel, 16 * v));
            for (let row = 0; row < rows; row += 1) {
              f.set(cell, v128.loadSplat32(x, 4 * row));
              for (const v of vectors) f.set(totals[row][v], math.madd(cell, columns[v], totals[row][v]));
            }
            f.advance(x, strideBytes);
            f.advance(panel, panelStride);
          }
        },
        () => i32.lt(panel, end),
      );
      each((row, v) => f.store(sums, totals[row][v], panelBytes * row + 16 * v));
    },
  );
}

/** Rows `outStride` bytes apart: out[row][0..8] = sum over columns j of x[row][j] * panel[j][0..8]: a panel of X W. Rows are a multiple of four. */
export function defineProducts(kit: Kit): FunctionRef {
  const { module, tile } = kit;
  const whole = defineProductTile(kit, tile.rows);
  const rest = tile.rows === 6 ? defineProductTile(kit, 2) : undefined;
  return module.define(
    'products',
    { x: 'i32', strideBytes: 'i32', panel: 'i32', out: 'i32', outStride: 'i32', count: 'i32' },
    undefined,
    (f, { x, strideBytes, panel, out, outStride, count }) => {
      const end = f.local('i32');
      f.set(end, i32.add(panel, i32.mul(strideBytes, panelColumns)));
      const step = (ref: FunctionRef, rows: number): void => {
        f.call(ref, x, strideBytes, panel, end, out, outStride);
        f.advance(x, i32.mul(strideBytes, rows));
        f.advance(out, i32.mul(outStride, rows));
        f.set(count, i32.sub(count, rows));
      };
      f.while(
        () => i32.ge(count, tile.rows),
        () => step(whole, tile.rows),
      );
      if (rest !== undefined) {
        f.while(
          () => i32.gt(count, 0),
          () => step(rest, 2),
        );
      }
    },
  );
}

function defineProductTile({ module, math, tile }: Kit, rows: number): FunctionRef {
  return module.define(
    `product-tile-${rows}`,
    { x: 'i32', strideBytes: 'i32', panel: 'i32', end: 'i32', out: 'i32', outStride: 'i32' },
    undefined,
    (f, { x, strideBytes, panel, end, out, outStride }) => {
      const totals = Array.from({ length: rows }, () => f.locals('v128', vectors.length));
      const columns = f.locals('v128', vectors.length);
      const cell = f.local('v128');
      const pointers = f.locals('i32', rows);
      for (const [row, pointer] of pointers.entries()) {
        f.set(pointer, row === 0 ? x : i32.add(pointers[row - 1], strideBytes));
      }
      f.doWhile(
        () => {
          for (let turn = 0; turn < tile.unroll; turn += 1) {
            for (const v of vectors) f.set(columns[v], v128.load(panel, panelBytes * turn + 16 * v));
            for (const [row, pointer] of pointers.entries()) {
              f.set(cell, v128.loadSplat32(pointer, 4 * turn));
              for (const v of vectors) f.set(totals[row][v], math.madd(cell, columns[v], totals[row][v]));
            }
          }
          for (const pointer of pointers) f.advance(pointer, 4 * tile.unroll);
          f.advance(panel, panelBytes * tile.unroll);
        },
        () => i32.lt(panel, end),
      );
      for (let row = 0; row < rows; row += 1) {
        for (const v of vectors) f.store(out, totals[row][v], 16 * v);
        f.advance(out, outStride);
      }
    },
  );
}

/** panel[row][0..8] = weights[row] * x[row][0..8] for float32 weights; rows are even. */
export function defineWeightedPanel(module: WasmModule): FunctionRef {
  return module.define(
    'weighted-panel',
    { x: 'i32', strideBytes: 'i32', weights: 'i32', panel: 'i32', end: 'i32' },
    undefined,
    (f, { x, strideBytes, weights, panel, end }) => {
      const weight = f.locals('v128', 2);
      const cells = f.locals('v128', 4);
      const second = f.local('i32');
      f.doWhile(
        () => {
          f.set(second, i32.add(x, strideBytes));
          for (const row of [0, 1]) f.set(weight[row], v128.loadSplat32(weights, 4 * row));
          for (const v of vectors) f.set(cells[v], f32x4.mul(weight[0], v128.load(x, 16 * v)));
          for (const v of vectors) f.set(cells[2 + v], f32x4.mul(weight[1], v128.load(second, 16 * v)));
          for (const [at, cell] of cells.entries()) f.store(panel, cell, 16 * at);
          f.set(x, i32.add(second, strideBytes));
          f.advance(weights, 8);
          f.advance(panel, 2 * panelBytes);
        },
        (): Expression => i32.lt(panel, end),
      );
    },
  );
}
