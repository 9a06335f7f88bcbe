import { f64x2, i32, type Local, v128, WasmModule } from './assembler.ts';

/** Columns that are finished together. */
export const choleskyPanel = 4;

export interface CholeskyFunctions {
  /**
   * Takes off each row from `row` to `end` (two at a time, `strideBytes` apart), in the panel's four columns at `to` bytes of the
   * row, the products of its first `to` bytes with those of the panel's rows, which begin at `panel`.
   */
  subtract: (row: number, end: number, strideBytes: number, panel: number, to: number) => void;
}

/** Products are rounded before they are added, in one order: the bytes are equal on every engine. */
export function choleskyModule(): Uint8Array<ArrayBuffer> {
  const module = new WasmModule({ shared: false });
  module.define(
    'subtract',
    { row: 'i32', end: 'i32', strideBytes: 'i32', panel: 'i32', to: 'i32' },
    undefined,
    (f, { row, end, strideBytes, panel, to }) => {
      const rows = f.locals('i32', 2);
      const columns = f.locals('i32', choleskyPanel);
      const sums = rows.map(() => f.locals('v128', choleskyPanel));
      const cells = f.locals('v128', rows.length);
      const other = f.local('v128');
      const rowEnd = f.local('i32');
      f.while(
        () => i32.lt(row, end),
        () => {
          f.set(rows[0], row);
          f.set(rows[1], i32.add(row, strideBytes));
          for (const [k, column] of columns.entries())
            f.set(column, k === 0 ? panel : i32.add(columns[k - 1], strideBytes));
          for (const sum of sums.flat()) f.set(sum, v128.ofF64(0));
          f.set(rowEnd, i32.add(row, to));
          f.doWhile(
            () => {
              for (const [at, cell] of cells.entries()) f.set(cell, v128.load(rows[at]));
              for (const [k, column] of columns.entries()) {
                f.set(other, v128.load(column));
                for (const [at, cell] of cells.entries()) {
                  f.set(sums[at][k], f64x2.add(sums[at][k], f64x2.mul(cell, other)));
                }
              }
              for (const pointer of [...rows, ...columns]) f.advance(pointer, 16);
            },
            () => i32.lt(rows[0], rowEnd),
          );
          for (const [at, pointer] of rows.entries()) {
            for (const pair of [0, 2]) {
              const [first, second] = [sums[at][pair], sums[at][pair + 1]];
              const both = f64x2.add(lanes(first, second, lows), lanes(first, second, highs));
              f.store(pointer, f64x2.sub(v128.load(pointer, 8 * pair), both), 8 * pair);
            }
          }
          f.advance(row, i32.shl(strideBytes, 1));
        },
      );
    },
    { exported: true },
  );
  return module.bytes();
}

const lanes = (a: Local, b: Local, which: number[]) => v128.shuffle(a, b, which);
const lows = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const highs = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];
