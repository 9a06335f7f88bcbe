import {
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  f32,
  f32x4,
  i32,
  type Local,
  v128,
  type WasmModule,
} from '../assembler.ts';
import { type Arithmetic, sumLanes } from '../math.ts';
import type { Tiles } from '../tiles.ts';
import { firstLanes } from './derive.ts';

/**
 * The two products for a single column, whose weights and gradients are vectors along the features (in whole vectors of four, the
 * rest 0), then a vector with the intercept in its first lane. Scores and slopes stand row after row.
 *
 *   forwardSingle(x, featureBytes, w, out, rows)      backwardSingle(x, featureBytes, delta, rows, g)
 */
export function defineSingleProducts(module: WasmModule, math: Arithmetic, { single }: Tiles): void {
  const dotTiles = [single.rows, 1].map((rows) => ({ size: rows, run: defineDots(module, math, rows) }));
  module.define(
    'forwardSingle',
    { x: 'i32', featureBytes: 'i32', w: 'i32', out: 'i32', rows: 'i32' },
    undefined,
    (f, p) => {
      for (const { size, run } of dotTiles) {
        f.while(
          () => i32.ge(p.rows, size),
          () => {
            f.call(run, p.x, p.featureBytes, p.w, p.out);
            f.advance(p.x, i32.mul(p.featureBytes, size));
            f.advance(p.out, 4 * size);
            f.set(p.rows, i32.sub(p.rows, size));
          },
        );
      }
    },
    { exported: true },
  );

  const axpyTiles = [single.vectors, 3, 1].map((vectors) => ({
    size: vectors,
    run: defineAxpys(module, math, vectors, false),
  }));
  const last = defineAxpys(module, math, 1, true);
  module.define(
    'backwardSingle',
    { x: 'i32', featureBytes: 'i32', delta: 'i32', rows: 'i32', g: 'i32' },
    undefined,
    (f, p) => {
      const [x, vectors] = f.locals('i32', 2);
      f.set(x, p.x);
      f.set(vectors, i32.shr(p.featureBytes, 4));
      for (const { size, run } of axpyTiles) {
        f.while(
          () => i32.ge(vectors, size),
          () => {
            f.call(run, x, p.featureBytes, p.delta, p.rows, p.g);
            f.advance(x, 16 * size);
            f.advance(p.g, 16 * size);
            f.set(vectors, i32.sub(vectors, size));
          },
        );
      }
      f.if(i32.and(p.featureBytes, 15), () => {
        f.call(last, x, p.featureBytes, p.delta, p.rows, p.g);
        f.advance(p.g, 16);
      });
      addSlopes(f, p);
    },
    { exported: true },
  );
}

/** The features beyond whole vectors, when there are any. */
const restOf = (featureBytes: Local): Expression => i32.and(i32.shr(featureBytes, 2), 3);

/** The scores of some rows: four sums along the features each. */
function defineDots(module: WasmModule, { madd }: Arithmetic, rows: number): FunctionRef {
  return module.define(`dots${rows}`, { x: 'i32', featureBytes: 'i32', w: 'i32', out: 'i32' }, undefined, (f, p) => {
    const sums = f.locals('v128', rows);
    const [weights, mask] = f.locals('v128', 2);
    const rowAt = f.locals('i32', rows);
    const end = f.local('i32');
    for (const [row, at] of rowAt.entries()) f.set(at, row === 0 ? p.x : i32.add(rowAt[row - 1], p.featureBytes));
    f.set(end, i32.add(p.x, i32.and(p.featureBytes, -16)));
    f.while(
      () => i32.lt(rowAt[0], end),
      () => {
        f.set(weights, v128.load(p.w));
        for (const [row, sum] of sums.entries()) f.set(sum, madd(v128.load(rowAt[row]), weights, sum));
        for (const at of rowAt) f.advance(at, 16);
        f.advance(p.w, 16);
      },
    );
    f.if(restOf(p.featureBytes), () => {
      f.set(mask, firstLanes(restOf(p.featureBytes)));
      f.set(weights, v128.load(p.w));
      for (const [row, sum] of sums.entries()) f.set(sum, madd(v128.and(v128.load(rowAt[row]), mask), weights, sum));
      f.advance(p.w, 16);
    });
    sums.forEach((sum, row) => {
      sumLanes(f, sum);
      f.store(p.out, f32.add(f32.lane(sum, 0), f32.load(p.w)), 4 * row);
    });
  });
}

/** g += X^T d for `vectors` * 4 features, or for the last few. */
function defineAxpys(module: WasmModule, { madd }: Arithmetic, vectors: number, isLast: boolean): FunctionRef {
  return module.define(
    `axpys${isLast ? 'Last' : vectors}`,
    { x: 'i32', featureBytes: 'i32', delta: 'i32', rows: 'i32', g: 'i32' },
    undefined,
    (f, p) => {
      const sums = f.locals('v128', vectors);
      const [slope, mask] = f.locals('v128', 2);
      const end = f.local('i32');
      for (const [v, sum] of sums.entries()) f.set(sum, v128.load(p.g, 16 * v));
      if (isLast) f.set(mask, firstLanes(restOf(p.featureBytes)));
      f.set(end, i32.add(p.delta, i32.mul(p.rows, 4)));
      f.doWhile(
        () => {
          f.set(slope, v128.loadSplat32(p.delta));
          sums.forEach((sum, v) => {
            const cells = v128.load(p.x, 16 * v);
            f.set(sum, madd(isLast ? v128.and(cells, mask) : cells, slope, sum));
          });
          f.advance(p.x, p.featureBytes);
          f.advance(p.delta, 4);
        },
        () => i32.lt(p.delta, end),
      );
      for (const [v, sum] of sums.entries()) f.store(p.g, sum, 16 * v);
    },
  );
}

/** The gradient of the intercept: the sum of the slopes, one after another in four lanes. */
function addSlopes(f: FunctionBuilder, { delta, rows, g }: Readonly<Record<'delta' | 'rows' | 'g', Local>>): void {
  const sum = f.local('v128');
  f.while(
    () => i32.ge(rows, 4),
    () => {
      f.set(sum, f32x4.add(sum, v128.load(delta)));
      f.advance(delta, 16);
      f.set(rows, i32.sub(rows, 4));
    },
  );
  f.if(rows, () => f.set(sum, f32x4.add(sum, v128.and(v128.load(delta), firstLanes(rows)))));
  sumLanes(f, sum);
  f.store(g, f32.add(f32.load(g), f32.lane(sum, 0)));
}
