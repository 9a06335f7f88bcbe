import {
  callTo,
  type FunctionBuilder,
  type FunctionRef,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  type Local,
  select,
  v128,
  type WasmModule,
} from '../assembler.ts';
import type { Arithmetic } from '../math.ts';
import { blockRows, gradientAt, outputsGroup, panelColumns } from './layout.ts';
import { expConstants, expOfNegative, holdConstants, logConstants, logOf } from './numbers.ts';
import { eachBlock } from './sweep.ts';

/** Scratch of a softmax sweep: for each row of a block the sum of exponentials, m - f[y], the weight; then scores, then sums. */
const sumsOfRowsAt = 0;
const gapsAt = 8 * blockRows;
const weightsAt = 16 * blockRows;
const scoresAt = 24 * blockRows;

/** Bytes for K outputs, a multiple of eight. */
export const softmaxScratchBytes = (columns: number, K: number): number => scoresAt + 4 * K * (blockRows + columns);
export const softmaxTotalsBytes = (columns: number, K: number): number => gradientAt + 8 * K * columns;

/** An intercept for outputs that only fill up eight: their probability is 0. */
export const absentIntercept = -1e30;

interface Subroutines {
  products: FunctionRef;
  outerProducts: FunctionRef;
  flush: FunctionRef;
}

/**
 * A segment of a softmax sweep over K outputs, a multiple of eight, of which `classes` are real: value and gradient, in
 * panels as `manyGradient` leaves them. Labels are classes. Weights of classes are doubles.
 */
export function defineSoftmaxSweep(module: WasmModule, math: Arithmetic, calls: Subroutines): void {
  const softmaxBlock = defineSoftmaxBlock(module, math);
  const logBlock = defineLogBlock(module, math);
  module.define(
    'softmaxSweep',
    {
      x: 'i32',
      strideBytes: 'i32',
      rowCount: 'i32',
      labels: 'i32',
      labelsAreDouble: 'i32',
      theta: 'i32',
      K: 'i32',
      classes: 'i32',
      classWeights: 'i32',
      scratch: 'i32',
      totals: 'i32',
    },
    undefined,
    (f, p) => {
      const [scores, sums, sumsEnd, rowBytes, panel, to, end, blocks] = f.locals('i32', 8);
      const value = f.local('f64');
      f.set(rowBytes, i32.shl(p.K, 2));
      f.set(scores, i32.add(p.scratch, scoresAt));
      f.set(sums, i32.add(scores, i32.mul(rowBytes, blockRows)));
      f.set(sumsEnd, i32.add(sums, i32.mul(p.strideBytes, p.K)));
      f.fill(sums, 0, i32.sub(sumsEnd, sums));
      f.fill(p.totals, 0, i32.add(gradientAt, i32.shl(i32.sub(sumsEnd, sums), 1)));
      const eachPanel = (start: Local, visit: () => void): void => {
        f.set(panel, start);
        f.set(to, scores);
        f.set(end, i32.add(scores, rowBytes));
        f.doWhile(
          () => {
            visit();
            f.advance(panel, i32.mul(p.strideBytes, panelColumns));
            f.advance(to, 4 * panelColumns);
          },
          () => i32.lt(to, end),
        );
      };
      const flush = (): void => {
        f.call(calls.flush, sums, sumsEnd, i32.add(p.totals, gradientAt));
        f.set(blocks, 0);
      };
      eachBlock(f, p, (rows, filled) => {
        eachPanel(p.theta, () => f.call(calls.products, p.x, p.strideBytes, panel, to, rowBytes, filled));
        const { labels, labelsAreDouble, classes, classWeights, scratch } = p;
        f.call(softmaxBlock, scores, rowBytes, rows, filled, labels, labelsAreDouble, classes, classWeights, scratch);
        f.set(value, f64.add(value, callTo(logBlock, [scratch, filled])));
        const slopesEnd = i32.add(to, i32.mul(rowBytes, filled));
        eachPanel(sums, () => {
          f.call(calls.outerProducts, p.x, p.strideBytes, to, rowBytes, slopesEnd, panel, i32.shr(p.strideBytes, 2));
        });
        f.advance(blocks, 1);
        f.if(i32.eq(blocks, outputsGroup), flush);
        f.advance(p.labels, i32.shl(rows, i32.add(p.labelsAreDouble, 2)));
      });
      flush();
      f.store(p.totals, value);
    },
    { exported: true },
  );
}

/**
 * Turns scores of a block's rows into slopes c[y] (p[k] - [k = y]), p[k] = exp(f[k] - m) / sum, m the largest score; keeps
 * what the value needs. Rows that only fill up weigh nothing.
 */
function defineSoftmaxBlock(module: WasmModule, math: Arithmetic): FunctionRef {
  return module.define(
    'softmax-block',
    {
      scores: 'i32',
      rowBytes: 'i32',
      rowCount: 'i32',
      filled: 'i32',
      labels: 'i32',
      labelsAreDouble: 'i32',
      classes: 'i32',
      classWeights: 'i32',
      scratch: 'i32',
    },
    undefined,
    (f, p) => {
      const { scores } = p;
      const c = holdConstants(f, expConstants);
      const [row, at, end, label, own] = f.locals('i32', 5);
      const [top, high, total, four, share] = f.locals('v128', 5);
      const [weight, sum] = f.locals('f64', 2);
      f.doWhile(
        () => {
          f.set(end, i32.add(scores, p.rowBytes));
          f.if(
            p.labelsAreDouble,
            () => f.set(label, i32.fromF32(f32.demote(f64.load(p.labels)))),
            () => f.set(label, i32.fromF32(f32.load(p.labels))),
          );
          // A label that is no class must not reach beyond the row.
          f.set(label, select(label, i32.sub(p.classes, 1), i32.lt(label, p.classes)));
          f.set(own, i32.add(scores, i32.shl(label, 2)));
          f.set(weight, select(f64.load(i32.add(p.classWeights, i32.shl(label, 3))), 0, i32.lt(row, p.rowCount)));

          f.set(top, v128.load(scores));
          eachVector(f, at, scores, end, () => f.set(top, f32x4.pmax(top, v128.load(at))));
          f.set(top, f32x4.pmax(top, v128.shuffle(top, top, swapHalves)));
          f.set(top, f32x4.pmax(top, v128.shuffle(top, top, swapPairs)));
          f.set(high, f64x2.promoteLow(top));
          const stored = i32.add(p.scratch, i32.shl(row, 3));
          f.store(stored, f64.sub(f64.lane(high, 0), f64.promote(f32.load(own))), gapsAt);
          f.store(stored, weight, weightsAt);

          f.set(total, v128.ofF64(0));
          eachVector(f, at, scores, end, () => {
            f.set(four, v128.load(at));
            const low = expOfNegative(f, math, c, f64x2.sub(high, f64x2.promoteLow(four)));
            const upper = v128.shuffle(four, four, swapHalves);
            const rest = expOfNegative(f, math, c, f64x2.sub(high, f64x2.promoteLow(upper)));
            f.set(total, f64x2.add(total, f64x2.add(low, rest)));
            f.store(at, v128.shuffle(f32x4.demote(low), f32x4.demote(rest), lowHalves));
          });
          f.set(sum, f64.add(f64.lane(total, 0), f64.lane(total, 1)));
          f.store(stored, sum, sumsOfRowsAt);

          f.set(share, f32x4.splat(f32.demote(f64.div(weight, sum))));
          eachVector(f, at, scores, end, () => f.store(at, f32x4.mul(v128.load(at), share)));
          f.store(own, f32.sub(f32.load(own), f32.demote(weight)));

          f.set(scores, end);
          f.advance(p.labels, i32.add(4, i32.shl(p.labelsAreDouble, 2)));
          f.advance(row, 1);
        },
        () => i32.lt(row, p.filled),
      );
    },
  );
}

/** Sum over a block's rows of c[y] (log sum + m - f[y]). */
function defineLogBlock(module: WasmModule, math: Arithmetic): FunctionRef {
  return module.define('log-block', { at: 'i32', filled: 'i32' }, 'f64', (f, { at, filled }) => {
    const c = holdConstants(f, logConstants);
    const total = f.local('v128');
    const end = f.local('i32');
    f.set(end, i32.add(at, i32.shl(filled, 3)));
    f.doWhile(
      () => {
        const log = logOf(f, math, c, v128.load(at, sumsOfRowsAt));
        f.set(total, math.maddDouble(v128.load(at, weightsAt), f64x2.add(log, v128.load(at, gapsAt)), total));
        f.advance(at, 16);
      },
      () => i32.lt(at, end),
    );
    f.give(f64.add(f64.lane(total, 0), f64.lane(total, 1)));
  });
}

function eachVector(f: FunctionBuilder, at: Local, from: Local, end: Local, visit: () => void): void {
  f.set(at, from);
  f.doWhile(
    () => {
      visit();
      f.advance(at, 16);
    },
    () => i32.lt(at, end),
  );
}

const swapHalves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const swapPairs = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];
const lowHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
