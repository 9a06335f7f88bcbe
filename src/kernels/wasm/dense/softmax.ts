import { type FunctionBuilder, f32, f32x4, i32, type Local, v128, type WasmModule } from '../assembler.ts';
import { type Arithmetic, type Constants, expEach, expFloats, holdConstants, logOf } from '../math.ts';
import { addToDoubles, firstLanes } from './derive.ts';

/**
 * softmax(f, step, models, outputs, y, rows, losses, classWeights, sums): scores into slopes in place, the losses of each model
 * added to doubles. Scores of a row lie as [output][model], so that four models go side by side; of the last
 * models fewer than four. `sums` is room for a float32 of each model, in whole vectors.
 *
 *   p = exp(f - max f) / total,  loss = c (max f - f[y] + log total),  slope = c (p - [k = y])
 */
export function defineSoftmax(module: WasmModule, math: Arithmetic, lastModels: number): void {
  module.define(
    'softmax',
    {
      f: 'i32',
      step: 'i32',
      models: 'i32',
      outputs: 'i32',
      y: 'i32',
      rows: 'i32',
      losses: 'i32',
      classWeights: 'i32',
      sums: 'i32',
    },
    undefined,
    (f, p) => {
      const c = holdConstants(f, { floats: expFloats });
      const [outputBytes, label, at, sumAt, groups, left] = f.locals('i32', 6);
      const weight = f.local('v128');
      f.set(outputBytes, i32.mul(p.models, 4));
      f.set(left, i32.mul(i32.shr(i32.add(p.models, 3), 2), 16));
      f.fill(p.sums, 0, left);
      const row = { outputBytes, label, at, outputs: p.outputs, weight, sumAt };
      f.doWhile(
        () => {
          f.set(label, i32.fromF32(f32.load(p.y)));
          f.set(weight, v128.loadSplat32(i32.add(p.classWeights, i32.mul(label, 4))));
          f.set(label, i32.mul(label, outputBytes));
          f.set(at, p.f);
          f.set(sumAt, p.sums);
          f.set(groups, i32.shr(p.models, 2));
          f.while(
            () => groups,
            () => {
              deriveGroup(f, math, c, row, 4);
              f.advance(at, 16);
              f.advance(sumAt, 16);
              f.set(groups, i32.sub(groups, 1));
            },
          );
          if (lastModels > 0) deriveGroup(f, math, c, row, lastModels);
          f.advance(p.f, p.step);
          f.advance(p.y, 4);
          f.set(p.rows, i32.sub(p.rows, 1));
        },
        () => p.rows,
      );
      f.set(groups, i32.shr(i32.add(p.models, 3), 2));
      f.doWhile(
        () => {
          addToDoubles(f, p.losses, v128.load(p.sums), 0);
          f.advance(p.sums, 16);
          f.advance(p.losses, 32);
          f.set(groups, i32.sub(groups, 1));
        },
        () => groups,
      );
    },
    { exported: true },
  );
}

/** Of one row, up to four models from `at` on; `label` is the place of the label's scores. */
function deriveGroup(
  f: FunctionBuilder,
  math: Arithmetic,
  c: Constants,
  row: Readonly<Record<'outputBytes' | 'label' | 'at' | 'outputs' | 'weight' | 'sumAt', Local>>,
  lanes: number,
): void {
  const [highest, total, e, loss, scale, mask] = f.locals('v128', 6);
  const [place, left] = f.locals('i32', 2);
  const eachOutput = (body: () => void): void => {
    f.set(place, row.at);
    f.set(left, row.outputs);
    f.doWhile(
      () => {
        body();
        f.advance(place, row.outputBytes);
        f.set(left, i32.sub(left, 1));
      },
      () => left,
    );
  };
  f.set(highest, v128.load(row.at));
  eachOutput(() => f.set(highest, f32x4.pmax(v128.load(place), highest)));
  f.set(loss, f32x4.sub(highest, v128.load(i32.add(row.at, row.label))));
  f.set(total, f32x4.splat(0));
  eachOutput(() => {
    f.set(e, f32x4.sub(v128.load(place), highest));
    expEach(f, math, c, [e]);
    f.set(total, f32x4.add(total, e));
    storeLanes(f, place, e, lanes);
  });
  f.set(loss, f32x4.mul(f32x4.add(loss, logOf(f, math, total)), row.weight));
  // The logarithm does not pass on what is not a number; this does.
  f.set(loss, f32x4.add(loss, f32x4.sub(total, total)));
  if (lanes < 4) {
    f.set(mask, firstLanes(i32.of(lanes)));
    f.set(loss, v128.and(loss, mask));
  }
  f.store(row.sumAt, f32x4.add(v128.load(row.sumAt), loss));
  f.set(scale, f32x4.div(row.weight, total));
  eachOutput(() => {
    f.set(e, f32x4.mul(v128.load(place), scale));
    storeLanes(f, place, e, lanes);
  });
  f.set(place, i32.add(row.at, row.label));
  f.set(e, f32x4.sub(v128.load(place), row.weight));
  storeLanes(f, place, e, lanes);
}

/** The lanes beyond are the next output's. */
function storeLanes(f: FunctionBuilder, place: Local, value: Local, lanes: number): void {
  if (lanes === 4) f.store(place, value);
  else for (let lane = 0; lane < lanes; lane += 1) f.store(place, f32.lane(value, lane), 4 * lane);
}
