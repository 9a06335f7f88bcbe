import { updateEpsilon } from '../../schedule.ts';
import {
  type Expression,
  type FunctionBuilder,
  f32x4,
  f64x2,
  i32,
  type Local,
  v128,
  type WasmModule,
} from '../assembler.ts';
import type { UpdateKind } from '../dense/update.ts';
import { type Arithmetic, expEach, expFloats, holdConstants } from '../math.ts';
import { eachEntry, eachGroup, type SparseLayout } from './layout.ts';
import { zero } from './lists.ts';
import { shrink, signBit } from './update.ts';

/** Numbers of all columns that absent features need: decay, and for a subgradient l1 / batchRows, else 0. */
export const absentNumbers = { decay: 0, l1: 1, count: 2 } as const;

/** Of one offset: the differences of decay, negative, then those of l1. */
export const sinceBytes = (vectors: number): number => 32 * vectors;

/** Exponents from here to 0 are what weights mostly decay by: there exp is its series, to 4e-8. From the third power down to 1. */
const nearFrom = -1 / 32;
const nearTerms = [1 / 6, 1 / 2, 1, 1];

/**
 * Weights catch up with the updates they missed, by the rule in `sparse-absence.ts`, into the gathered features; records stay as they
 * are. Tables are by offset in the period: `coast` float32, `decayed` and `shrunk` float64. `since` keeps the differences of the latter
 * two from an offset up to `now` (of decay negative), which many features share; where it has them, `sinceWhen` says `now`.
 *
 *   catchUp(list, end, gathered, records, coast, decayed, shrunk, since, sinceWhen, numbers, now): up to the offset `now`; each g
 *     becomes 0.
 *   addCoast(coast, steps, now, count, ratio): the update `now` goes into the table's `count` rows before it. `steps`
 *     are its numbers by column.
 */
export function defineCatchUp(
  module: WasmModule,
  math: Arithmetic,
  { rule, l1 }: UpdateKind,
  layout: SparseLayout,
  penalties: boolean,
): void {
  const { vectors } = layout;
  const shrinks = penalties && l1 !== 'none';
  module.define(
    'catchUp',
    {
      list: 'i32',
      end: 'i32',
      gathered: 'i32',
      records: 'i32',
      coast: 'i32',
      decayed: 'i32',
      shrunk: 'i32',
      since: 'i32',
      sinceWhen: 'i32',
      numbers: 'i32',
      now: 'i32',
    },
    'i32',
    (f, p) => {
      const c = holdConstants(f, {
        floats: [0, 1, updateEpsilon, ...(penalties ? [...expFloats, nearFrom, ...nearTerms] : [])],
        integers: penalties ? [signBit] : [],
      });
      const [seen, coast, since, numbers] = f.locals('i32', 4);
      const [w, root, scale, x, penalty, far, left] = f.locals('v128', 7);
      const numberOf = (kind: 'decay' | 'l1'): Expression => v128.load(numbers, 16 * absentNumbers[kind] * vectors);
      const scaleOf = (width: Expression): Expression =>
        f32x4.div(c.float(1), rule === 'adam' ? f32x4.add(width, c.float(updateEpsilon)) : width);
      /** Sets `root` to the root of the mean squares, as the rule takes it, and `scale` by it. */
      const setScale = (record: Local): void => {
        if (rule === 'sgd' || (rule === 'rmsprop' && !penalties)) return;
        f.set(root, v128.load(record, layout.second));
        if (rule === 'rmsprop') f.set(root, f32x4.add(root, c.float(updateEpsilon)));
        f.set(root, f32x4.sqrt(root));
        f.set(scale, scaleOf(root));
      };
      const coastOn = (record: Local): void => {
        if (rule === 'rmsprop') return;
        f.set(x, v128.load(record, layout.first));
        if (rule === 'adam') f.set(x, f32x4.mul(x, scale));
        f.set(w, math.nmadd(v128.load(coast), x, w));
      };
      const scaled = (place: number): Expression =>
        rule === 'sgd' ? v128.load(since, place) : f32x4.mul(v128.load(since, place), scale);
      const addPenalties = (): void => {
        f.set(x, scaled(0));
        f.set(far, f32x4.lt(x, c.float(nearFrom)));
        if (rule !== 'sgd') {
          f.set(penalty, math.madd(numberOf('decay'), f32x4.abs(w), numberOf('l1')));
          f.set(far, v128.or(far, f32x4.lt(root, penalty)));
        }
        f.set(left, math.madd(x, c.float(nearTerms[0]), c.float(nearTerms[1])));
        for (const term of nearTerms.slice(2)) f.set(left, math.madd(left, x, c.float(term)));
        // Lane by lane, as a model's bytes must not depend on those beside it.
        f.if(i32.bitmask(far), () => {
          if (rule !== 'sgd') {
            f.set(scale, scaleOf(f32x4.pmax(root, penalty)));
            f.set(x, scaled(0));
          }
          expEach(f, math, c, [x]);
          f.set(left, v128.bitselect(x, left, far));
        });
        f.set(w, f32x4.mul(w, left));
        if (shrinks) shrink(f, c, w, scaled(16 * vectors), far);
      };
      const touched = eachEntry(f, layout, p, (record, gathered) => {
        f.set(seen, i32.load(p.list, 4));
        f.if(
          i32.eq(seen, p.now),
          () => {
            eachGroup(f, vectors, 4, [record, gathered], (group) => {
              for (const v of group) f.store(gathered, v128.load(record, 16 * v), 16 * v);
              for (const v of group) f.store(gathered, zero, layout.g + 16 * v);
            });
          },
          () => {
            f.set(coast, i32.add(p.coast, i32.mul(seen, 16 * vectors)));
            if (penalties) {
              f.set(numbers, p.numbers);
              f.set(since, i32.add(p.since, i32.mul(seen, sinceBytes(vectors))));
              setSince(f, p, seen, since);
            }
            const pointers = [record, gathered, coast, ...(penalties ? [numbers, since] : [])];
            eachGroup(f, vectors, 1, pointers, () => {
              f.set(w, v128.load(record));
              setScale(record);
              coastOn(record);
              if (penalties) addPenalties();
              f.store(gathered, w);
              f.store(gathered, zero, layout.g);
            });
          },
        );
      });
      f.give(touched);
    },
    { exported: true },
  );

  /** Brings the differences from the offset `seen` on to `now`. */
  function setSince(
    f: FunctionBuilder,
    p: Readonly<Record<'decayed' | 'shrunk' | 'sinceWhen' | 'now', Local>>,
    seen: Local,
    since: Local,
  ): void {
    const [when, to, now, before] = f.locals('i32', 4);
    const half = (more: Local, less: Local, place: number): Expression =>
      f32x4.demote(f64x2.sub(v128.load(more, place), v128.load(less, place)));
    const addTable = (table: Local, more: Local, less: Local): void => {
      f.set(now, i32.add(table, i32.mul(p.now, 32 * vectors)));
      f.set(before, i32.add(table, i32.mul(seen, 32 * vectors)));
      eachGroup(f, vectors, 1, [to], () => {
        const halves = [half(more, less, 0), half(more, less, 16)] as const;
        f.store(to, v128.shuffle(...halves, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]));
        f.advance(now, 32);
        f.advance(before, 32);
      });
    };
    f.set(when, i32.add(p.sinceWhen, i32.shl(seen, 2)));
    f.if(i32.ne(i32.load(when), p.now), () => {
      f.store(when, p.now);
      f.set(to, since);
      addTable(p.decayed, before, now);
      if (shrinks) addTable(p.shrunk, now, before);
    });
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
