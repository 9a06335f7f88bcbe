import {
  type FunctionBuilder,
  type FunctionRef,
  f32x4,
  f64,
  f64x2,
  i32,
  type Local,
  v128,
  type WasmModule,
} from '../assembler.ts';
import type { Arithmetic } from '../math.ts';
import { type Constants, holdConstants } from './numbers.ts';

/** Doubles that a family's function is given, at most. */
export const lossParameterCount = 4;

/**
 * Losses of one score in double precision, two rows at a time: value, slope and curvature of what is descended, with
 * kinks rounded over a width as (z + sqrt(z^2 + width^2)) / 2 rounds max(0, z) (Chen and Harker, Kanzow, Smale). A family
 * is one function; the losses in it differ in the parameters that it is given.
 */
export interface LossFamily {
  readonly name: string;
  /** Doubles that the code asks for. */
  readonly constants: readonly number[];
  /** Emits the loss of scores f and labels y; reads `score` and `label` as often as it likes. */
  emit(bench: FamilyBench, score: Local, label: Local, out: Derived): void;
}

export interface Derived {
  value: Local;
  slope: Local;
  curvature: Local;
}

export interface FamilyBench {
  f: FunctionBuilder;
  math: Arithmetic;
  c: Constants;
  /** The family's parameters, each in both lanes. */
  parameters: readonly Local[];
}

export function roundedLocals(f: FunctionBuilder): Derived {
  const [value, slope, curvature] = f.locals('v128', 3);
  return { value, slope, curvature };
}

/** With r = sqrt(z^2 + width^2): (z + r) / 2, or width^2 / (2 (r - z)) where z and r would cancel; value / r; width^2 / (2 r^3). */
export function roundedHinge(
  { f, math, c, parameters }: FamilyBench,
  z: Local,
  { value, slope, curvature }: Derived,
): void {
  const [r, half, sum] = f.locals('v128', 3);
  const width = parameters[0];
  f.set(half, f64x2.mul(f64x2.mul(width, width), c(0.5)));
  f.set(r, f64x2.sqrt(math.maddDouble(z, z, f64x2.mul(width, width))));
  f.set(sum, f64x2.add(f64x2.abs(z), r));
  f.set(value, v128.bitselect(f64x2.mul(sum, c(0.5)), f64x2.div(half, sum), f64x2.gt(z, c(0))));
  f.set(r, f64x2.div(c(1), r));
  f.set(slope, f64x2.mul(value, r));
  f.set(curvature, f64x2.mul(f64x2.mul(half, r), f64x2.mul(r, r)));
}

/**
 * Adds a function that goes over rows, four at a time: from doubles (scores, labels, weights) to float32 (slopes,
 * curvatures), all times the weight, and gives the weighted sum of values.
 */
export function defineLoss(module: WasmModule, math: Arithmetic, { name, constants, emit }: LossFamily): FunctionRef {
  return module.define(
    `loss-${name}`,
    {
      scores: 'i32',
      labels: 'i32',
      weights: 'i32',
      slopes: 'i32',
      curvatures: 'i32',
      rowCount: 'i32',
      parameters: 'i32',
    },
    'f64',
    (f, { scores, labels, weights, slopes, curvatures, rowCount, parameters }) => {
      const c = holdConstants(f, constants);
      const held = f.locals('v128', lossParameterCount);
      for (const [at, local] of held.entries()) f.set(local, v128.loadSplat64(parameters, 8 * at));
      const [score, label, weight, total] = f.locals('v128', 4);
      const out = roundedLocals(f);
      const [slopePairs, curvaturePairs] = [f.locals('v128', 2), f.locals('v128', 2)];
      const end = f.local('i32');
      f.set(end, i32.add(scores, i32.shl(rowCount, 3)));
      f.while(
        () => i32.lt(scores, end),
        () => {
          for (const half of [0, 1]) {
            f.set(score, v128.load(scores, 16 * half));
            f.set(label, v128.load(labels, 16 * half));
            f.set(weight, v128.load(weights, 16 * half));
            emit({ f, math, c, parameters: held }, score, label, out);
            f.set(total, math.maddDouble(weight, out.value, total));
            f.set(slopePairs[half], f32x4.demote(f64x2.mul(weight, out.slope)));
            f.set(curvaturePairs[half], f32x4.demote(f64x2.mul(weight, out.curvature)));
          }
          f.store(slopes, lowHalves(slopePairs[0], slopePairs[1]));
          f.store(curvatures, lowHalves(curvaturePairs[0], curvaturePairs[1]));
          for (const address of [scores, labels, weights]) f.advance(address, 32);
          for (const address of [slopes, curvatures]) f.advance(address, 16);
        },
      );
      f.give(f64.add(f64.lane(total, 0), f64.lane(total, 1)));
    },
  );
}

const lowHalves = (a: Local, b: Local) => v128.shuffle(a, b, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
