import {
  type Expression,
  type FunctionBuilder,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  type Local,
  v128,
  type WasmModule,
} from '../assembler.ts';
import { float32 } from '../binary.ts';
import { holdConstants, sumLanes } from '../math.ts';
import type { LossCode } from './loss-code.ts';

/** Vectors of scores that go step by step together. */
const interleaved = 4;

/**
 * Turns scores into slopes in place and adds their losses to doubles.
 *
 *   deriveColumns(f, step, vectors, y, rows, losses, weights): `vectors` * 4 columns side by side, `step` bytes a row;
 *     losses and weights of rows with label 1 by column.
 *   deriveRows(f, y, rows, losses, weights): one column, row after row, with room for whole vectors.
 *
 * At most 120 rows a call, because the logistic loss multiplies numbers up to 2.
 */
export function defineDerive(module: WasmModule, code: LossCode, weighted: boolean): void {
  module.define(
    'deriveColumns',
    { f: 'i32', step: 'i32', vectors: 'i32', y: 'i32', rows: 'i32', losses: 'i32', weights: 'i32' },
    undefined,
    (f, p) => {
      const c = holdConstants(f, code);
      const [at, labelAt, end] = f.locals('i32', 3);
      const y = f.local('v128');
      f.set(end, i32.add(p.y, i32.mul(p.rows, 4)));
      const columns = (count: number): void => {
        const scores = f.locals('v128', count);
        const weightLocals = weighted ? f.locals('v128', count) : undefined;
        for (const [i, weight] of weightLocals?.entries() ?? []) f.set(weight, v128.load(p.weights, 16 * i));
        const gathered = scores.map(() => code.begin(f));
        f.set(at, p.f);
        f.set(labelAt, p.y);
        f.doWhile(
          () => {
            f.set(y, v128.loadSplat32(labelAt));
            for (const [i, score] of scores.entries()) f.set(score, v128.load(at, 16 * i));
            code.derive(f, c, y, scores, gathered, weightLocals ? { weights: weightLocals } : {});
            for (const [i, score] of scores.entries()) f.store(at, score, 16 * i);
            f.advance(at, p.step);
            f.advance(labelAt, 4);
          },
          () => i32.lt(labelAt, end),
        );
        for (const [i, sums] of gathered.entries())
          addToDoubles(f, p.losses, code.end(f, sums, weightLocals?.[i]), 32 * i);
        f.advance(p.f, 16 * count);
        f.advance(p.losses, 32 * count);
        f.advance(p.weights, 16 * count);
        f.set(p.vectors, i32.sub(p.vectors, count));
      };
      f.while(
        () => i32.ge(p.vectors, interleaved),
        () => columns(interleaved),
      );
      f.while(
        () => p.vectors,
        () => columns(1),
      );
    },
    { exported: true },
  );

  module.define(
    'deriveRows',
    { f: 'i32', y: 'i32', rows: 'i32', losses: 'i32', weights: 'i32' },
    undefined,
    (f, p) => {
      const c = holdConstants(f, code);
      const y = f.local('v128');
      const score = f.local('v128');
      const [mask, weight, sum] = f.locals('v128', 3);
      const weights = weighted ? [weight] : undefined;
      if (weighted) f.set(weight, v128.loadSplat32(p.weights));
      const gathered = code.begin(f);
      const vector = (mask?: Local): void => {
        f.set(y, v128.load(p.y));
        f.set(score, v128.load(p.f));
        code.derive(f, c, y, [score], [gathered], { ...(weights && { weights }), ...(mask && { mask }) });
        f.store(p.f, score);
        f.advance(p.f, 16);
        f.advance(p.y, 16);
      };
      f.while(
        () => i32.ge(p.rows, 4),
        () => {
          vector();
          f.set(p.rows, i32.sub(p.rows, 4));
        },
      );
      f.if(p.rows, () => {
        f.set(mask, firstLanes(p.rows));
        vector(mask);
      });
      f.set(sum, code.end(f, gathered, weights?.[0]));
      sumLanes(f, sum);
      f.store(p.losses, f64.add(f64.load(p.losses), f64.promote(f32.lane(sum, 0))));
    },
    { exported: true },
  );
}

/** All bits of the first `count` lanes. */
export const firstLanes = (count: Expression): Expression => f32x4.lt(laneNumbers, f32x4.splat(f32.fromI32(count)));

const laneNumbers: Expression = {
  type: 'v128',
  emit: (code) => code.push(0xfd, 12, ...[0, 1, 2, 3].flatMap(float32)),
};

/** Adds four float32 to four float64 in memory. */
export function addToDoubles(f: FunctionBuilder, at: Expression, value: Expression, offset: number): void {
  const kept = f.local('v128');
  f.set(kept, value);
  const high = v128.shuffle(kept, kept, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
  [kept, high].forEach((pair, i) => {
    const place = offset + 16 * i;
    f.store(at, f64x2.add(v128.load(at, place), f64x2.promoteLow(pair)), place);
  });
}
