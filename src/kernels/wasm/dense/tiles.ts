import {
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  f32x4,
  i32,
  type Local,
  v128,
  type WasmModule,
} from '../assembler.ts';
import type { Arithmetic } from '../math.ts';
import type { Tile } from '../tiles.ts';

/**
 * The two matrix products of a training step for panels of `vectors` * 4 columns. A panel of weights or gradients is
 * [feature][column], then a last row for the intercepts; scores and slopes are [row][column] with `step` bytes a row.
 *
 *   forward:  out = X W + b      backward:  G += X^T D, gb += column sums of D
 *
 * Each sum runs in order over features or rows, from the value that is there, so that its bytes depend on no tile.
 */
export interface PanelProducts {
  /** (x, featureBytes, chunkBytes, w, panels, out, step, rows): features go in chunks, for which the weights stay in the cache. */
  forward: FunctionRef;
  /** (x, featureBytes, delta, step, rows, g, panels) */
  backward: FunctionRef;
}

export function definePanelProducts(
  module: WasmModule,
  math: Arithmetic,
  { lines, unroll }: Tile,
  vectors: number,
): PanelProducts {
  const sizes = [lines, ...[4, 2, 1].filter((size) => size < lines)];
  const forwardTiles = sizes.map((size) => ({ size, run: defineForwardTile(module, math, vectors, size, unroll) }));
  const backwardTiles = sizes.map((size) => ({ size, run: defineBackwardTile(module, math, vectors, size, unroll) }));
  return {
    forward: defineForward(module, vectors, forwardTiles),
    backward: defineBackward(module, vectors, backwardTiles),
  };
}

type SizedTile = { size: number; run: FunctionRef };

/** Runs `body` as often as `count` says, at least once; count is 0 after. */
const times = (f: FunctionBuilder, count: Local, body: () => void): void =>
  f.doWhile(
    () => {
      body();
      f.set(count, i32.sub(count, 1));
    },
    () => count,
  );

/**
 * `body(1)` until `at` comes to `end`, several times a turn while that fits; `turn(n)` moves on after n bodies.
 */
function unrolled(
  f: FunctionBuilder,
  { at, end, stride, unroll }: { at: Local; end: Local; stride: Expression | number; unroll: number },
  bodies: (count: number) => void,
): void {
  if (unroll > 1) {
    const endOfTurns = f.local('i32');
    f.set(endOfTurns, i32.sub(end, i32.mul(stride, unroll - 1)));
    f.while(
      () => i32.lt(at, endOfTurns),
      () => bodies(unroll),
    );
  }
  f.while(
    () => i32.lt(at, end),
    () => bodies(1),
  );
}

function defineForwardTile(module: WasmModule, { madd }: Arithmetic, vectors: number, rows: number, unroll: number) {
  const parameters = {
    x: 'i32',
    featureBytes: 'i32',
    chunkBytes: 'i32',
    w: 'i32',
    init: 'i32',
    initStep: 'i32',
    out: 'i32',
    step: 'i32',
    groups: 'i32',
  } as const;
  return module.define(`forward${vectors}x${rows}`, parameters, undefined, (f, p) => {
    const sums = Array.from({ length: rows }, () => f.locals('v128', vectors));
    const weights = f.locals('v128', vectors);
    const cell = f.local('v128');
    const rowAt = f.locals('i32', rows);
    const [w, end, place] = f.locals('i32', 3);
    const placeOf = (start: Local, stride: Local, visit: (row: number) => void): void => {
      f.set(place, start);
      for (let row = 0; row < rows; row += 1) {
        if (row > 0) f.advance(place, stride);
        visit(row);
      }
    };
    times(f, p.groups, () => {
      placeOf(p.init, p.initStep, (row) => {
        for (let v = 0; v < vectors; v += 1) f.set(sums[row][v], v128.load(place, 16 * v));
      });
      placeOf(p.x, p.featureBytes, (row) => f.set(rowAt[row], place));
      f.set(w, p.w);
      f.set(end, i32.add(p.x, p.chunkBytes));
      unrolled(f, { at: rowAt[0], end, stride: 4, unroll }, (count) => {
        for (let u = 0; u < count; u += 1) {
          for (let v = 0; v < vectors; v += 1) f.set(weights[v], v128.load(w, 16 * (u * vectors + v)));
          for (let row = 0; row < rows; row += 1) {
            f.set(cell, v128.loadSplat32(rowAt[row], 4 * u));
            for (let v = 0; v < vectors; v += 1) f.set(sums[row][v], madd(cell, weights[v], sums[row][v]));
          }
        }
        for (const at of rowAt) f.advance(at, 4 * count);
        f.advance(w, 16 * vectors * count);
      });
      placeOf(p.out, p.step, (row) => {
        for (let v = 0; v < vectors; v += 1) f.store(place, sums[row][v], 16 * v);
      });
      f.advance(p.x, i32.mul(p.featureBytes, rows));
      f.advance(p.init, i32.mul(p.initStep, rows));
      f.advance(p.out, i32.mul(p.step, rows));
    });
  });
}

function defineForward(module: WasmModule, vectors: number, tiles: readonly SizedTile[]): FunctionRef {
  const parameters = {
    x: 'i32',
    featureBytes: 'i32',
    chunkBytes: 'i32',
    w: 'i32',
    panels: 'i32',
    out: 'i32',
    step: 'i32',
    rows: 'i32',
  } as const;
  const rowBytes = 16 * vectors;
  return module.define(
    `forward${vectors}`,
    parameters,
    undefined,
    (f, p) => {
      const [from, bytes, init, initStep, x, out, rows, groups] = f.locals('i32', 8);
      times(f, p.panels, () => {
        // The first chunk of features adds to the intercepts, the others to what is there.
        f.set(init, i32.add(p.w, i32.mul(p.featureBytes, rowBytes / 4)));
        f.set(initStep, 0);
        f.set(from, 0);
        f.doWhile(
          () => {
            f.set(bytes, i32.sub(p.featureBytes, from));
            f.if(i32.gt(bytes, p.chunkBytes), () => f.set(bytes, p.chunkBytes));
            f.set(x, i32.add(p.x, from));
            f.set(out, p.out);
            f.set(rows, p.rows);
            for (const { size, run } of tiles) {
              f.if(i32.ge(rows, size), () => {
                f.set(groups, i32.div(rows, size));
                f.call(run, x, p.featureBytes, bytes, p.w, init, initStep, out, p.step, groups);
                f.set(groups, i32.mul(groups, size));
                f.set(rows, i32.sub(rows, groups));
                f.advance(x, i32.mul(groups, p.featureBytes));
                f.advance(out, i32.mul(groups, p.step));
                f.advance(init, i32.mul(groups, initStep));
              });
            }
            f.set(init, p.out);
            f.set(initStep, p.step);
            f.advance(from, bytes);
            f.advance(p.w, i32.mul(bytes, rowBytes / 4));
          },
          () => i32.lt(from, p.featureBytes),
        );
        f.advance(p.w, rowBytes);
        f.advance(p.out, rowBytes);
      });
    },
    { exported: true },
  );
}

function defineBackwardTile(
  module: WasmModule,
  { madd }: Arithmetic,
  vectors: number,
  features: number,
  unroll: number,
) {
  const parameters = {
    x: 'i32',
    featureBytes: 'i32',
    delta: 'i32',
    step: 'i32',
    rows: 'i32',
    g: 'i32',
    groups: 'i32',
  } as const;
  return module.define(`backward${vectors}x${features}`, parameters, undefined, (f, p) => {
    const sums = Array.from({ length: features }, () => f.locals('v128', vectors));
    const slopes = f.locals('v128', vectors);
    const cell = f.local('v128');
    const [rowAt, deltaAt, end] = f.locals('i32', 3);
    times(f, p.groups, () => {
      for (let j = 0; j < features; j += 1) {
        for (let v = 0; v < vectors; v += 1) f.set(sums[j][v], v128.load(p.g, 16 * (j * vectors + v)));
      }
      f.set(rowAt, p.x);
      f.set(deltaAt, p.delta);
      f.set(end, i32.add(p.delta, i32.mul(p.rows, p.step)));
      unrolled(f, { at: deltaAt, end, stride: p.step, unroll }, (count) => {
        for (let u = 0; u < count; u += 1) {
          for (let v = 0; v < vectors; v += 1) f.set(slopes[v], v128.load(deltaAt, 16 * v));
          for (let j = 0; j < features; j += 1) {
            f.set(cell, v128.loadSplat32(rowAt, 4 * j));
            for (let v = 0; v < vectors; v += 1) f.set(sums[j][v], madd(cell, slopes[v], sums[j][v]));
          }
          f.advance(rowAt, p.featureBytes);
          f.advance(deltaAt, p.step);
        }
      });
      for (let j = 0; j < features; j += 1) {
        for (let v = 0; v < vectors; v += 1) f.store(p.g, sums[j][v], 16 * (j * vectors + v));
      }
      f.advance(p.x, 4 * features);
      f.advance(p.g, 16 * vectors * features);
    });
  });
}

function defineBackward(module: WasmModule, vectors: number, tiles: readonly SizedTile[]): FunctionRef {
  const parameters = {
    x: 'i32',
    featureBytes: 'i32',
    delta: 'i32',
    step: 'i32',
    rows: 'i32',
    g: 'i32',
    panels: 'i32',
  } as const;
  const rowBytes = 16 * vectors;
  return module.define(
    `backward${vectors}`,
    parameters,
    undefined,
    (f, p) => {
      const [x, features, groups] = f.locals('i32', 3);
      times(f, p.panels, () => {
        f.set(x, p.x);
        f.set(features, i32.shr(p.featureBytes, 2));
        for (const { size, run } of tiles) {
          f.if(i32.ge(features, size), () => {
            f.set(groups, i32.div(features, size));
            f.call(run, x, p.featureBytes, p.delta, p.step, p.rows, p.g, groups);
            f.set(groups, i32.mul(groups, size));
            f.set(features, i32.sub(features, groups));
            f.advance(x, i32.mul(groups, 4));
            f.advance(p.g, i32.mul(groups, rowBytes));
          });
        }
        addColumnSums(f, vectors, p);
        f.advance(p.g, rowBytes);
        f.advance(p.delta, rowBytes);
      });
    },
    { exported: true },
  );
}

/** g += column sums of D: the gradient of the intercepts. */
function addColumnSums(
  f: FunctionBuilder,
  vectors: number,
  { g, delta, step, rows }: Readonly<Record<'g' | 'delta' | 'step' | 'rows', Local>>,
): void {
  const sums = f.locals('v128', vectors);
  const [at, left] = f.locals('i32', 2);
  for (let v = 0; v < vectors; v += 1) f.set(sums[v], v128.load(g, 16 * v));
  f.set(at, delta);
  f.set(left, rows);
  times(f, left, () => {
    for (let v = 0; v < vectors; v += 1) f.set(sums[v], f32x4.add(sums[v], v128.load(at, 16 * v)));
    f.advance(at, step);
  });
  for (let v = 0; v < vectors; v += 1) f.store(g, sums[v], 16 * v);
}
