import {
  type Expression,
  type FunctionRef,
  f32x4,
  f64x2,
  i32,
  type Local,
  v128,
  type WasmModule,
} from '../assembler.ts';
import type { Arithmetic } from '../math.ts';

/** Rows that the functions here take at once. */
export const rowsAtOnce = 4;

/**
 * scores[row] = sum over columns of x[row] * theta in double. theta stands as pairs of vectors, four values rounded to
 * float32 and what the rounding left of them; each has its own running sums, so that the scores are those of the double
 * theta up to the rounding of float32 sums.
 */
export function defineScores(module: WasmModule, math: Arithmetic): FunctionRef {
  return module.define(
    'scores',
    { x: 'i32', strideBytes: 'i32', theta: 'i32', scores: 'i32', end: 'i32' },
    undefined,
    (f, { x, strideBytes, theta, scores, end }) => {
      const pointers = f.locals('i32', rowsAtOnce);
      const [at, thetaEnd] = f.locals('i32', 2);
      const [high, low, cell] = f.locals('v128', 3);
      const highs = f.locals('v128', rowsAtOnce);
      const lows = f.locals('v128', rowsAtOnce);
      f.set(thetaEnd, i32.add(theta, i32.shl(strideBytes, 1)));
      f.doWhile(
        () => {
          for (const [row, pointer] of pointers.entries()) {
            f.set(pointer, row === 0 ? x : i32.add(pointers[row - 1], strideBytes));
          }
          for (const total of [...highs, ...lows]) f.set(total, 0);
          f.set(at, theta);
          f.doWhile(
            () => {
              f.set(high, v128.load(at));
              f.set(low, v128.load(at, 16));
              for (const [row, pointer] of pointers.entries()) {
                f.set(cell, v128.load(pointer));
                f.set(highs[row], math.madd(cell, high, highs[row]));
                f.set(lows[row], math.madd(cell, low, lows[row]));
              }
              for (const pointer of pointers) f.advance(pointer, 16);
              f.advance(at, 32);
            },
            () => i32.lt(at, thetaEnd),
          );
          for (const pair of [0, 2]) {
            const halves = [pair, pair + 1].map((row) => {
              const sum = f.local('v128');
              const low = f64x2.add(f64x2.promoteLow(lows[row]), f64x2.promoteLow(upper(lows[row])));
              const high = f64x2.add(f64x2.promoteLow(highs[row]), f64x2.promoteLow(upper(highs[row])));
              f.set(sum, f64x2.add(high, low));
              return sum;
            });
            f.store(scores, f64x2.add(firsts(halves[0], halves[1]), seconds(halves[0], halves[1])), 8 * pair);
          }
          f.set(x, pointers[rowsAtOnce - 1]);
          f.advance(scores, 8 * rowsAtOnce);
        },
        () => i32.lt(scores, end),
      );
    },
    { exported: true },
  );
}

/** sums[j] += sum over rows of slopes[row] * x[row][j], all in float32. */
export function defineSlopeSums(module: WasmModule, math: Arithmetic): FunctionRef {
  return module.define(
    'slope-sums',
    { x: 'i32', strideBytes: 'i32', slopes: 'i32', end: 'i32', sums: 'i32' },
    undefined,
    (f, { x, strideBytes, slopes, end, sums }) => {
      const pointers = f.locals('i32', rowsAtOnce);
      const weights = f.locals('v128', rowsAtOnce);
      const [at, sumsEnd] = f.locals('i32', 2);
      const total = f.local('v128');
      f.set(sumsEnd, i32.add(sums, strideBytes));
      f.doWhile(
        () => {
          for (const [row, pointer] of pointers.entries()) {
            f.set(pointer, row === 0 ? x : i32.add(pointers[row - 1], strideBytes));
            f.set(weights[row], v128.loadSplat32(slopes, 4 * row));
          }
          f.set(at, sums);
          f.doWhile(
            () => {
              f.set(total, v128.load(at));
              for (const [row, pointer] of pointers.entries()) {
                f.set(total, math.madd(v128.load(pointer), weights[row], total));
              }
              f.store(at, total);
              for (const pointer of pointers) f.advance(pointer, 16);
              f.advance(at, 16);
            },
            () => i32.lt(at, sumsEnd),
          );
          f.set(x, pointers[rowsAtOnce - 1]);
          f.advance(slopes, 4 * rowsAtOnce);
        },
        () => i32.lt(slopes, end),
      );
    },
  );
}

/** totals[i] += sums[i] in double, and sums[i] = 0, up to `end` of sums; a multiple of four. */
export function defineFlush(module: WasmModule): FunctionRef {
  return module.define('flush', { sums: 'i32', end: 'i32', totals: 'i32' }, undefined, (f, { sums, end, totals }) => {
    const sum = f.local('v128');
    f.doWhile(
      () => {
        f.set(sum, v128.load(sums));
        f.store(totals, f64x2.add(v128.load(totals), f64x2.promoteLow(sum)));
        f.store(totals, f64x2.add(v128.load(totals, 16), f64x2.promoteLow(upper(sum))), 16);
        f.store(sums, f32x4.splat(0));
        f.advance(sums, 16);
        f.advance(totals, 32);
      },
      () => i32.lt(sums, end),
    );
  });
}

const upper = (a: Local): Expression =>
  v128.shuffle(a, a, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
const firsts = (a: Local, b: Local): Expression =>
  v128.shuffle(a, b, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
const seconds = (a: Local, b: Local): Expression =>
  v128.shuffle(a, b, [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31]);
