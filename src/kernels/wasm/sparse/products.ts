import { f32x4, i32, v128, type WasmModule } from '../assembler.ts';
import type { Arithmetic } from '../math.ts';
import { eachGroup, type SparseLayout } from './layout.ts';

/** Vectors whose sums are held at once: with their loads they fit into the registers of every engine. */
const held = 4;

/**
 * forward(rowStart, rows, places, values, gathered, out): out[row] = x w + b, columns side by side.
 * backward(rowStart, rows, places, values, gathered, slopes): g += x^T slopes, and the intercepts'.
 * `places` (bytes from `gathered` to a value's feature) and `values` are those of the value number 0, of which rowStart counts.
 */
export function defineSparseProducts(module: WasmModule, { madd }: Arithmetic, layout: SparseLayout): void {
  const { vectors } = layout;
  const parameters = {
    rowStart: 'i32',
    rows: 'i32',
    places: 'i32',
    values: 'i32',
    gathered: 'i32',
    out: 'i32',
  } as const;

  module.define(
    'forward',
    parameters,
    undefined,
    (f, p) => {
      const [at, end, feature, toValues, base] = f.locals('i32', 5);
      const intercepts = f.local('i32');
      const x = f.local('v128');
      const sums = f.locals('v128', Math.min(held, vectors));
      f.set(toValues, i32.sub(p.values, p.places));
      f.while(
        () => p.rows,
        () => {
          f.set(end, i32.add(p.places, i32.shl(i32.load(p.rowStart, 4), 2)));
          f.set(intercepts, i32.sub(p.gathered, layout.gatheredBytes));
          f.set(base, p.gathered);
          eachGroup(f, vectors, held, [base, intercepts, p.out], (group) => {
            for (const v of group) f.set(sums[v], v128.load(intercepts, 16 * v));
            f.set(at, i32.add(p.places, i32.shl(i32.load(p.rowStart), 2)));
            f.while(
              () => i32.lt(at, end),
              () => {
                f.set(feature, i32.add(base, i32.load(at)));
                f.set(x, v128.loadSplat32(i32.add(at, toValues)));
                for (const v of group) f.set(sums[v], madd(x, v128.load(feature, 16 * v), sums[v]));
                f.advance(at, 4);
              },
            );
            for (const v of group) f.store(p.out, sums[v], 16 * v);
          });
          f.advance(p.rowStart, 4);
          f.set(p.rows, i32.sub(p.rows, 1));
        },
      );
    },
    { exported: true },
  );

  module.define(
    'backward',
    parameters,
    undefined,
    (f, p) => {
      const [at, end, feature, toValues, base] = f.locals('i32', 5);
      const intercepts = f.local('i32');
      const x = f.local('v128');
      const slopes = f.locals('v128', Math.min(held, vectors));
      f.set(toValues, i32.sub(p.values, p.places));
      f.while(
        () => p.rows,
        () => {
          f.set(end, i32.add(p.places, i32.shl(i32.load(p.rowStart, 4), 2)));
          f.set(intercepts, i32.sub(p.gathered, layout.gatheredBytes));
          f.set(base, p.gathered);
          eachGroup(f, vectors, held, [base, intercepts, p.out], (group) => {
            for (const v of group) f.set(slopes[v], v128.load(p.out, 16 * v));
            for (const v of group) {
              f.store(intercepts, f32x4.add(v128.load(intercepts, layout.g + 16 * v), slopes[v]), layout.g + 16 * v);
            }
            f.set(at, i32.add(p.places, i32.shl(i32.load(p.rowStart), 2)));
            f.while(
              () => i32.lt(at, end),
              () => {
                f.set(feature, i32.add(base, i32.load(at)));
                f.set(x, v128.loadSplat32(i32.add(at, toValues)));
                for (const v of group) {
                  const place = layout.g + 16 * v;
                  f.store(feature, madd(x, slopes[v], v128.load(feature, place)), place);
                }
                f.advance(at, 4);
              },
            );
          });
          f.advance(p.rowStart, 4);
          f.set(p.rows, i32.sub(p.rows, 1));
        },
      );
    },
    { exported: true },
  );
}
