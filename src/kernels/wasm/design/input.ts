import { f32, f32x4, f64, f64x2, i32, v128, type WasmModule } from '../assembler.ts';

const quadBytes = 64;

/**
 * Writes rows of a design from raw rows without a gap: x[row][j] = (raw[row][j] - shift[j]) * factor[j] in double, rounded
 * to float32, then the one and zeros. `scaling` has for each four features four shifts and four factors.
 */
export function defineStandardise(module: WasmModule): void {
  module.define(
    'standardise',
    { raw: 'i32', featureCount: 'i32', scaling: 'i32', x: 'i32', strideBytes: 'i32', end: 'i32' },
    undefined,
    (f, { raw, featureCount, scaling, x, strideBytes, end }) => {
      const [at, scale, quadsEnd, featuresEnd] = f.locals('i32', 4);
      const [cells, low, high] = f.locals('v128', 3);
      f.while(
        () => i32.lt(x, end),
        () => {
          // The zeros stand within the last eight columns.
          f.set(at, i32.add(x, i32.sub(strideBytes, 32)));
          for (const half of [0, 16]) f.store(at, v128.ofI32(0), half);
          f.set(at, x);
          f.set(scale, scaling);
          f.set(featuresEnd, i32.add(x, i32.shl(featureCount, 2)));
          f.set(quadsEnd, i32.add(x, i32.shl(i32.and(featureCount, -4), 2)));
          f.while(
            () => i32.lt(at, quadsEnd),
            () => {
              f.set(cells, v128.load(raw));
              f.set(low, f64x2.sub(f64x2.promoteLow(cells), v128.load(scale)));
              f.set(cells, v128.shuffle(cells, cells, upperHalf));
              f.set(high, f64x2.sub(f64x2.promoteLow(cells), v128.load(scale, 16)));
              f.set(low, f32x4.demote(f64x2.mul(low, v128.load(scale, 32))));
              f.set(high, f32x4.demote(f64x2.mul(high, v128.load(scale, 48))));
              f.store(at, v128.shuffle(low, high, lowerHalves));
              f.advance(raw, 16);
              f.advance(at, 16);
              f.advance(scale, quadBytes);
            },
          );
          f.while(
            () => i32.lt(at, featuresEnd),
            () => {
              const shifted = f64.sub(f64.promote(f32.load(raw)), f64.load(scale));
              f.store(at, f32.demote(f64.mul(shifted, f64.load(scale, 32))));
              f.advance(raw, 4);
              f.advance(at, 4);
              f.advance(scale, 8);
            },
          );
          f.store(at, f32.of(1));
          f.advance(x, strideBytes);
        },
      );
    },
    { exported: true },
  );
}

/** Copies the rows that `rows` names, up to `end` of it, one after the other to `to`. */
export function defineGather(module: WasmModule): void {
  module.define(
    'gather',
    { x: 'i32', strideBytes: 'i32', rows: 'i32', end: 'i32', to: 'i32' },
    undefined,
    (f, { x, strideBytes, rows, end, to }) => {
      const [from, toEnd] = f.locals('i32', 2);
      f.while(
        () => i32.lt(rows, end),
        () => {
          f.set(from, i32.add(x, i32.mul(i32.load(rows), strideBytes)));
          f.set(toEnd, i32.add(to, strideBytes));
          f.doWhile(
            () => {
              f.store(to, v128.load(from));
              f.store(to, v128.load(from, 16), 16);
              f.advance(from, 32);
              f.advance(to, 32);
            },
            () => i32.lt(to, toEnd),
          );
          f.advance(rows, 4);
        },
      );
    },
    { exported: true },
  );
}

/** Copies the first `rowBytes` of the rows that `rows` names, up to `end` of it, one after the other to `to`. */
export function defineRead(module: WasmModule): void {
  module.define(
    'read',
    { x: 'i32', strideBytes: 'i32', rows: 'i32', end: 'i32', to: 'i32', rowBytes: 'i32' },
    undefined,
    (f, { x, strideBytes, rows, end, to, rowBytes }) => {
      const [from, at, toEnd] = f.locals('i32', 3);
      f.while(
        () => i32.lt(rows, end),
        () => {
          f.set(from, i32.add(x, i32.mul(i32.load(rows), strideBytes)));
          f.set(at, to);
          f.set(toEnd, i32.add(to, rowBytes));
          // What the last vector writes beyond its row is overwritten by the next.
          f.doWhile(
            () => {
              f.store(at, v128.load(from));
              f.advance(from, 16);
              f.advance(at, 16);
            },
            () => i32.lt(at, toEnd),
          );
          f.set(to, toEnd);
          f.advance(rows, 4);
        },
      );
    },
    { exported: true },
  );
}

const upperHalf = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const lowerHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
