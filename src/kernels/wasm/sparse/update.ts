import { momentFloor, squareDecay, updateEpsilon } from '../../schedule.ts';
import { type Expression, type FunctionBuilder, f32x4, i32, type Local, v128, type WasmModule } from '../assembler.ts';
import type { UpdateKind } from '../dense/update.ts';
import { type Arithmetic, type Constants, holdConstants } from '../math.ts';
import { eachEntry, eachGroup, type SparseLayout } from './layout.ts';

/** Numbers of all columns for one update, one after another: Adam's correction is in the rate; l1 is that of `dense-update.ts`. */
export const sparseNumbers = { rate: 0, decay: 1, l1: 2, count: 3 } as const;

/** The sign bit of a float32. */
export const signBit = -(2 ** 31);

/**
 * Updates of the features in a list that have been gathered; `powers` are pairs of float32 by number of missed updates: what
 * became of both moments.
 *
 *   update(list, end, gathered, records, numbers, powers, seen, now, perRow): by the sums of slopes g; perRow is 1 / rows of
 *     the batch, `now` the offset of the update before.
 *   settle(list, end, gathered, records, powers, now): the gathered weights are stored, and moments fall for the missed updates.
 */
export function defineSparseUpdate(
  module: WasmModule,
  { madd, nmadd }: Arithmetic,
  { rule, beta1, beta2, l1 }: UpdateKind,
  layout: SparseLayout,
): void {
  const { vectors } = layout;
  const floats = [0, 1, beta1, 1 - beta1, beta2, 1 - beta2, squareDecay, 1 - squareDecay, updateEpsilon, momentFloor];
  const sizes = { hasFirst: rule !== 'rmsprop', hasSecond: rule !== 'sgd' };

  /** Sets both moments from a record, fallen for the missed updates. */
  const loadMoments = (f: FunctionBuilder, record: Local, power: Local, first: Local[], second: Local[]): void => {
    const fallen = (place: number, v: number, lane: 0 | 4): Expression =>
      f32x4.mul(v128.load(record, place + 16 * v), v128.loadSplat32(power, lane));
    if (sizes.hasFirst) for (const [v, m] of first.entries()) f.set(m, fallen(layout.first, v, 0));
    if (sizes.hasSecond) for (const [v, m] of second.entries()) f.set(m, fallen(layout.second, v, 4));
  };
  /** Stores moments, those near 0 as 0. */
  const storeMoments = (f: FunctionBuilder, c: Constants, record: Local, first: Local[], second: Local[]): void => {
    const floor = c.float(momentFloor);
    if (sizes.hasFirst) {
      for (const m of first) f.set(m, v128.andNot(m, f32x4.lt(f32x4.abs(m), floor)));
      for (const [v, m] of first.entries()) f.store(record, m, layout.first + 16 * v);
    }
    if (sizes.hasSecond) {
      for (const m of second) f.set(m, v128.andNot(m, f32x4.lt(m, floor)));
      for (const [v, m] of second.entries()) f.store(record, m, layout.second + 16 * v);
    }
  };
  /** Sets `power` to the place of the powers for what an entry has missed. */
  const findPower = (f: FunctionBuilder, p: Readonly<Record<'list' | 'powers' | 'now', Local>>, power: Local): void =>
    f.set(power, i32.add(p.powers, i32.shl(i32.sub(p.now, i32.load(p.list, 4)), 3)));

  module.define(
    'update',
    {
      list: 'i32',
      end: 'i32',
      gathered: 'i32',
      records: 'i32',
      numbers: 'i32',
      powers: 'i32',
      seen: 'i32',
      now: 'i32',
      perRow: 'f32',
    },
    'i32',
    (f, p) => {
      const c = holdConstants(f, { floats, integers: [signBit] });
      const perRow = f.local('v128');
      const [power, numbers] = f.locals('i32', 2);
      const [w, slope, sign, width, first, second] = [0, 1, 2, 3, 4, 5].map(() =>
        f.locals('v128', Math.min(2, vectors)),
      );
      const numberOf = (kind: keyof typeof sparseNumbers, v: number): Expression =>
        v128.load(numbers, 16 * (sparseNumbers[kind] * vectors + v));
      /** By the mean squares in `second`. */
      const widthOf = (held: Constants, v: number, squares: readonly Local[]): Expression => {
        if (rule === 'sgd') return numberOf('l1', v);
        const epsilon = held.float(updateEpsilon);
        const root =
          rule === 'adam' ? f32x4.add(f32x4.sqrt(squares[v]), epsilon) : f32x4.sqrt(f32x4.add(squares[v], epsilon));
        return f32x4.div(f32x4.mul(numberOf('rate', v), numberOf('l1', v)), root);
      };
      f.set(perRow, f32x4.splat(p.perRow));
      const touched = eachEntry(f, layout, p, (record, gathered) => {
        findPower(f, p, power);
        f.store(i32.add(p.seen, i32.shl(i32.load(p.list), 2)), i32.add(p.now, 1));
        f.set(numbers, p.numbers);
        eachGroup(f, vectors, 2, [record, gathered, numbers], (group) => {
          const each = (step: (v: number) => void): void => group.forEach(step);
          const [ownFirst, ownSecond] = [first.slice(0, group.length), second.slice(0, group.length)];
          each((v) => f.set(w[v], v128.load(gathered, 16 * v)));
          each((v) => f.set(slope[v], f32x4.mul(v128.load(gathered, layout.g + 16 * v), perRow)));
          each((v) => f.set(slope[v], madd(numberOf('decay', v), w[v], slope[v])));
          if (l1 === 'subgradient') {
            each((v) => f.set(sign[v], v128.or(c.float(1), v128.and(w[v], c.integer(signBit)))));
            each((v) => f.set(sign[v], v128.andNot(sign[v], f32x4.eq(w[v], c.float(0)))));
            each((v) => f.set(slope[v], madd(f32x4.mul(numberOf('l1', v), perRow), sign[v], slope[v])));
          }
          loadMoments(f, record, power, ownFirst, ownSecond);
          if (rule === 'adam') {
            each((v) => f.set(first[v], f32x4.mul(first[v], c.float(beta1))));
            each((v) => f.set(first[v], madd(slope[v], c.float(1 - beta1), first[v])));
          }
          if (rule === 'sgd') {
            each((v) => f.set(first[v], f32x4.mul(first[v], c.float(beta1))));
            each((v) => f.set(first[v], nmadd(numberOf('rate', v), slope[v], first[v])));
          }
          if (rule !== 'sgd') {
            const kept = rule === 'adam' ? beta2 : squareDecay;
            each((v) => f.set(second[v], f32x4.mul(second[v], c.float(kept))));
            each((v) => f.set(second[v], madd(f32x4.mul(slope[v], c.float(1 - kept)), slope[v], second[v])));
          }
          storeMoments(f, c, record, ownFirst, ownSecond);
          if (l1 === 'proximal') each((v) => f.set(width[v], widthOf(c, v, second)));
          if (rule === 'adam') {
            each((v) => f.set(second[v], f32x4.add(f32x4.sqrt(second[v]), c.float(updateEpsilon))));
            each((v) => f.set(second[v], f32x4.div(first[v], second[v])));
            each((v) => f.set(w[v], nmadd(numberOf('rate', v), second[v], w[v])));
          }
          if (rule === 'sgd') each((v) => f.set(w[v], f32x4.add(w[v], first[v])));
          if (rule === 'rmsprop') {
            each((v) => f.set(second[v], f32x4.sqrt(f32x4.add(second[v], c.float(updateEpsilon)))));
            each((v) => f.set(second[v], f32x4.div(f32x4.mul(numberOf('rate', v), slope[v]), second[v])));
            each((v) => f.set(w[v], f32x4.sub(w[v], second[v])));
          }
          if (l1 === 'proximal') each((v) => shrink(f, c, w[v], width[v], sign[v]));
          each((v) => f.store(record, w[v], 16 * v));
        });
      });
      f.give(touched);
    },
    { exported: true },
  );

  module.define(
    'settle',
    { list: 'i32', end: 'i32', gathered: 'i32', records: 'i32', powers: 'i32', now: 'i32' },
    'i32',
    (f, p) => {
      const c = holdConstants(f, { floats });
      const power = f.local('i32');
      const [first, second] = [f.locals('v128', 1), f.locals('v128', 1)];
      const touched = eachEntry(f, layout, p, (record, gathered) => {
        findPower(f, p, power);
        eachGroup(f, vectors, 1, [record, gathered], () => {
          f.store(record, v128.load(gathered));
          loadMoments(f, record, power, first, second);
          storeMoments(f, c, record, first, second);
        });
      });
      f.give(touched);
    },
    { exported: true },
  );
}

/** w moves towards 0 by `width` and stops there. Needs the constants 0 and the sign bit. */
export function shrink(f: FunctionBuilder, c: Constants, w: Local, width: Expression, sign: Local): void {
  f.set(sign, v128.and(w, c.integer(signBit)));
  f.set(w, f32x4.pmax(f32x4.sub(f32x4.abs(w), width), c.float(0)));
  f.set(w, v128.or(w, sign));
}
