import { updateEpsilon } from '../schedule.ts';
import { type Expression, f32x4, f64x2, i32, type Local, v128, type WasmModule } from './assembler.ts';
import type { UpdateKind } from './dense-update.ts';
import { type Arithmetic, expEach, expFloats, holdConstants } from './math.ts';
import { eachEntry, eachGroup, type SparseLayout } from './sparse-layout.ts';
import { zero } from './sparse-lists.ts';
import { shrink, signBit } from './sparse-update.ts';

/** Numbers of all columns that absent features need: decay, and for a subgradient l1 / batchRows, else 0. */
export const absentNumbers = { decay: 0, l1: 1, count: 2 } as const;

/**
 * Weights catch up with the updates they missed, by the rule in `sparse-absence.ts`. Tables are by offset in the period:
 * `coast` float32, `decayed` and `shrunk` float64.
 *
 *   catchUp(list, end, records, coast, decayed, shrunk, numbers, now, saved): up to the offset `now`; g becomes 0.
 *   catchUpSaving(...): likewise, but the weights before are kept in `saved` and g is left alone.
 *   addCoast(coast, steps, now, count, ratio): the update `now` goes into the table's `count` rows before it. `steps`
 *     are its numbers by column.
 */
export function defineCatchUp(
  module: WasmModule,
  math: Arithmetic,
  { rule }: UpdateKind,
  layout: SparseLayout,
  penalties: boolean,
): void {
  const { vectors } = layout;
  for (const saving of [false, true]) {
    module.define(
      saving ? 'catchUpSaving' : 'catchUp',
      {
        list: 'i32',
        end: 'i32',
        records: 'i32',
        coast: 'i32',
        decayed: 'i32',
        shrunk: 'i32',
        numbers: 'i32',
        now: 'i32',
        saved: 'i32',
      },
      'i32',
      (f, p) => {
        const c = holdConstants(f, {
          floats: penalties ? [0, updateEpsilon, ...expFloats] : [],
          integers: penalties ? [signBit] : [],
        });
        const [seen, coast, decayed, shrunk, decayedNow, shrunkNow, numbers] = f.locals('i32', 7);
        const [w, scale, penalty, x, sign] = f.locals('v128', 5);
        const numberOf = (kind: 'decay' | 'l1'): Expression => v128.load(numbers, 16 * absentNumbers[kind] * vectors);
        const difference = (now: Expression, before: Expression): Expression => {
          const half = (place: number) => f32x4.demote(f64x2.sub(v128.load(now, place), v128.load(before, place)));
          return v128.shuffle(half(0), half(16), [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
        };
        const addPenalties = (record: Local): void => {
          if (rule !== 'sgd') {
            f.set(penalty, math.madd(numberOf('decay'), f32x4.abs(w), numberOf('l1')));
            f.set(scale, v128.load(record, layout.second));
            if (rule === 'rmsprop') f.set(scale, f32x4.add(scale, c.float(updateEpsilon)));
            f.set(scale, f32x4.pmax(f32x4.sqrt(scale), penalty));
            if (rule === 'adam') f.set(scale, f32x4.add(scale, c.float(updateEpsilon)));
            f.set(scale, f32x4.div(c.float(1), scale));
          }
          f.set(x, f32x4.neg(difference(decayedNow, decayed)));
          if (rule !== 'sgd') f.set(x, f32x4.mul(x, scale));
          expEach(f, math, c, [x]);
          f.set(w, f32x4.mul(w, x));
          f.set(x, difference(shrunkNow, shrunk));
          if (rule !== 'sgd') f.set(x, f32x4.mul(x, scale));
          shrink(f, c, w, x, sign);
        };
        const bytes = penalties && rule !== 'sgd' ? layout.recordBytes : layout.first;
        const touched = eachEntry(f, layout, p, bytes, (record) => {
          f.set(seen, i32.load(p.list, 4));
          f.if(
            i32.eq(seen, p.now),
            () => {
              if (saving) {
                eachGroup(f, vectors, 4, [record, p.saved], (group) => {
                  for (const v of group) f.store(p.saved, v128.load(record, 16 * v), 16 * v);
                });
              } else {
                eachGroup(f, vectors, 4, [record], (group) => {
                  for (const v of group) f.store(record, zero, layout.g + 16 * v);
                });
              }
            },
            () => {
              f.set(coast, i32.add(p.coast, i32.mul(seen, 16 * vectors)));
              if (penalties) {
                f.set(decayed, i32.add(p.decayed, i32.mul(seen, 32 * vectors)));
                f.set(shrunk, i32.add(p.shrunk, i32.mul(seen, 32 * vectors)));
                f.set(decayedNow, i32.add(p.decayed, i32.mul(p.now, 32 * vectors)));
                f.set(shrunkNow, i32.add(p.shrunk, i32.mul(p.now, 32 * vectors)));
                f.set(numbers, p.numbers);
              }
              const pointers = [record, coast, ...(saving ? [p.saved] : []), ...(penalties ? [numbers] : [])];
              eachGroup(f, vectors, 1, pointers, () => {
                f.set(w, v128.load(record));
                if (saving) f.store(p.saved, w);
                if (rule !== 'rmsprop') f.set(w, math.nmadd(v128.load(coast), v128.load(record, layout.g), w));
                if (penalties) {
                  addPenalties(record);
                  for (const pointer of [decayed, shrunk, decayedNow, shrunkNow]) f.advance(pointer, 32);
                }
                f.store(record, w);
                if (!saving) f.store(record, zero, layout.g);
              });
            },
          );
        });
        f.give(touched);
      },
      { exported: true },
    );
  }

  module.define(
    'addCoast',
    { coast: 'i32', steps: 'i32', now: 'i32', count: 'i32', ratio: 'f32' },
    undefined,
    (f, p) => {
      const [at, left, columns] = f.locals('i32', 3);
      const [weight, ratio] = f.locals('v128', 2);
      f.set(ratio, f32x4.splat(p.ratio));
      f.set(columns, i32.add(p.coast, i32.mul(p.now, 16 * vectors)));
      eachGroup(f, vectors, 1, [columns, p.steps], () => {
        f.store(columns, zero);
        f.set(weight, v128.load(p.steps));
        f.set(at, columns);
        f.set(left, p.count);
        f.while(
          () => left,
          () => {
            f.set(at, i32.sub(at, 16 * vectors));
            f.set(weight, f32x4.mul(weight, ratio));
            f.store(at, f32x4.add(v128.load(at), weight));
            f.set(left, i32.sub(left, 1));
          },
        );
      });
    },
    { exported: true },
  );
}
