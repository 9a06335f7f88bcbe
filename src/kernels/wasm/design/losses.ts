import type { LossShape } from '../../losses/loss-shape.ts';
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
import {
  type Constants,
  expConstants,
  expOfNegative,
  holdConstants,
  logConstants,
  logOf,
  logOfOnePlus,
} from './numbers.ts';

/**
 * Losses of one score in double precision, two rows at a time: value, slope and curvature of what is descended, with
 * kinks rounded over a width as (z + sqrt(z^2 + width^2)) / 2 rounds max(0, z) (Chen and Harker, Kanzow, Smale). The
 * losses are six families; a shape and a width are turned into a family's parameters.
 */
export const lossFamilies = ['squared', 'logistic', 'one-sided', 'two-sided', 'huber', 'epsilon-squared'] as const;
export type LossFamily = (typeof lossFamilies)[number];

/** Doubles that a family's function is given; what they are is told at each family. */
export const lossParameterCount = 4;

/** Undefined for softmax, which has more than one score. */
export function familyOf(shape: LossShape, width: number): { family: LossFamily; parameters: number[] } | undefined {
  switch (shape.kind) {
    case 'squared':
    case 'logistic':
      return { family: shape.kind, parameters: [] };
    case 'absolute':
      return { family: 'two-sided', parameters: [width, 0, 1, 1] };
    case 'quantile':
      return { family: 'two-sided', parameters: [width, 0, 1 - shape.q, shape.q] };
    case 'epsilon-absolute':
      return { family: 'two-sided', parameters: [width, shape.epsilon, 1, 1] };
    case 'huber':
      return { family: 'huber', parameters: [width, shape.delta] };
    case 'epsilon-squared':
      // A width around |e| = epsilon is about this much around e^2 = epsilon^2.
      return { family: 'epsilon-squared', parameters: [width * (2 * shape.epsilon + width), shape.epsilon] };
    case 'hinge':
      return { family: 'one-sided', parameters: [width, 0.5, (shape.margin + 1) / 2, (shape.margin - 1) / 2] };
    case 'bounded-absolute':
      return { family: 'one-sided', parameters: [width, (shape.low + shape.high) / 2, shape.high, -shape.low] };
    case 'softmax':
      return undefined;
  }
}

interface Rounded {
  value: Local;
  slope: Local;
  curvature: Local;
}

interface Workbench {
  f: FunctionBuilder;
  math: Arithmetic;
  c: Constants;
  /** The family's parameters, each in both lanes. */
  parameters: readonly Local[];
}

/** Emits the loss of scores f and labels y; reads `score` and `label` as often as it likes. */
type Family = (bench: Workbench, score: Local, label: Local, out: Rounded) => void;

const families: Readonly<Record<LossFamily, { constants: readonly number[]; emit: Family }>> = {
  /** e^2 / 2. */
  squared: {
    constants: [0.5, 1],
    emit({ f, c }, score, label, { value, slope, curvature }) {
      f.set(slope, f64x2.sub(score, label));
      f.set(value, f64x2.mul(f64x2.mul(slope, slope), c(0.5)));
      f.set(curvature, c(1));
    },
  },
  /** log(1 + exp(f)) - y f = (f)+ - y f + log(1 + t), t = exp(-|f|); the sigma of f is 1 or t over 1 + t. */
  logistic: {
    constants: [...expConstants, ...logConstants, 0, 1e-12],
    emit({ f, math, c }, score, label, { value, slope, curvature }) {
      const [inverse, above] = f.locals('v128', 2);
      const t = expOfNegative(f, math, c, f64x2.abs(score));
      const log = logOfOnePlus(f, math, c, t);
      f.set(above, f64x2.gt(score, c(0)));
      f.set(value, f64x2.add(f64x2.sub(v128.and(score, above), f64x2.mul(label, score)), log));
      f.set(inverse, f64x2.div(c(1), f64x2.add(c(1), t)));
      f.set(slope, f64x2.sub(f64x2.mul(v128.bitselect(c(1), t, above), inverse), label));
      f.set(curvature, f64x2.pmax(f64x2.mul(f64x2.mul(t, inverse), inverse), c(1e-12)));
    },
  },
  /** (high - f)+ for labels above a bar, (low + f)+ for others. Parameters: width, bar, high, low. */
  'one-sided': {
    constants: [0, 0.5, 1],
    emit(bench, score, label, out) {
      const { f } = bench;
      const [, bar, high, low] = bench.parameters;
      const [positive, z] = f.locals('v128', 2);
      f.set(positive, f64x2.gt(label, bar));
      f.set(z, v128.bitselect(f64x2.sub(high, score), f64x2.add(low, score), positive));
      roundedHinge(bench, z, out);
      f.set(out.slope, v128.bitselect(f64x2.neg(out.slope), out.slope, positive));
    },
  },
  /** a (e - epsilon)+ + b (-e - epsilon)+. Parameters: width, epsilon, a, b. */
  'two-sided': {
    constants: [0, 0.5, 1],
    emit(bench, score, label, out) {
      const { f, math } = bench;
      const [, epsilon, a, b] = bench.parameters;
      const z = f.local('v128');
      const below = roundedLocals(f);
      f.set(z, f64x2.sub(f64x2.sub(score, label), epsilon));
      roundedHinge(bench, z, out);
      f.set(z, f64x2.sub(f64x2.sub(label, score), epsilon));
      roundedHinge(bench, z, below);
      f.set(out.value, math.maddDouble(out.value, a, f64x2.mul(below.value, b)));
      f.set(out.slope, f64x2.sub(f64x2.mul(out.slope, a), f64x2.mul(below.slope, b)));
      f.set(out.curvature, math.maddDouble(out.curvature, a, f64x2.mul(below.curvature, b)));
    },
  },
  /**
   * The slope is (e + delta)+ - (e - delta)+ - delta with both corners rounded, the value its integral.
   * Parameters: width, delta.
   */
  huber: {
    constants: [0, 0.5, 1, ...logConstants, 0.25],
    emit(bench, score, label, { value, slope, curvature }) {
      const { f, c } = bench;
      const [, delta] = bench.parameters;
      const [e, z, area] = f.locals('v128', 3);
      const [above, below] = [roundedLocals(f), roundedLocals(f)];
      f.set(e, f64x2.sub(score, label));
      f.set(z, f64x2.add(e, delta));
      roundedHinge(bench, z, above);
      areaUnder(bench, z, above, area);
      f.set(value, area);
      f.set(z, f64x2.sub(e, delta));
      roundedHinge(bench, z, below);
      areaUnder(bench, z, below, area);
      f.set(value, f64x2.sub(value, area));
      // The areas' difference less delta e + delta^2 / 2.
      f.set(value, f64x2.sub(value, f64x2.mul(delta, f64x2.add(e, f64x2.mul(delta, c(0.5))))));
      f.set(slope, f64x2.sub(f64x2.sub(above.value, below.value), delta));
      f.set(curvature, f64x2.sub(above.slope, below.slope));
    },
  },
  /** (e^2 - epsilon^2)+ / 2. Parameters: width of e^2, epsilon. */
  'epsilon-squared': {
    constants: [0, 0.5, 1, 2],
    emit(bench, score, label, out) {
      const { f, math, c } = bench;
      const [, epsilon] = bench.parameters;
      const [e, z] = f.locals('v128', 2);
      f.set(e, f64x2.sub(score, label));
      f.set(z, f64x2.sub(f64x2.mul(e, e), f64x2.mul(epsilon, epsilon)));
      roundedHinge(bench, z, out);
      f.set(out.value, f64x2.mul(out.value, c(0.5)));
      f.set(out.curvature, math.maddDouble(f64x2.mul(out.curvature, c(2)), f64x2.mul(e, e), out.slope));
      f.set(out.slope, f64x2.mul(out.slope, e));
    },
  },
};

function roundedLocals(f: FunctionBuilder): Rounded {
  const [value, slope, curvature] = f.locals('v128', 3);
  return { value, slope, curvature };
}

/** With r = sqrt(z^2 + width^2): (z + r) / 2, or width^2 / (2 (r - z)) where z and r would cancel; value / r; width^2 / (2 r^3). */
function roundedHinge({ f, math, c, parameters }: Workbench, z: Local, { value, slope, curvature }: Rounded): void {
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

/** Integral of the rounded hinge: z value / 2 + width^2 asinh(z / width) / 4, asinh u = sign(u) log(|u| + sqrt(u^2 + 1)). */
function areaUnder({ f, math, c, parameters }: Workbench, z: Local, { value }: Rounded, area: Local): void {
  const [u, sign] = f.locals('v128', 2);
  const width = parameters[0];
  f.set(u, f64x2.div(z, width));
  f.set(sign, v128.and(u, v128.ofF64(-0)));
  const magnitude = f64x2.add(f64x2.abs(u), f64x2.sqrt(math.maddDouble(u, u, c(1))));
  const log = logOf(f, math, c, magnitude);
  f.set(area, f64x2.mul(f64x2.mul(width, width), f64x2.mul(v128.xor(log, sign), c(0.25))));
  f.set(area, math.maddDouble(f64x2.mul(z, value), c(0.5), area));
}

/**
 * Adds a function that goes over rows, four at a time: from doubles (scores, labels, weights) to float32 (slopes,
 * curvatures), all times the weight, and gives the weighted sum of values.
 */
export function defineLoss(module: WasmModule, math: Arithmetic, family: LossFamily): FunctionRef {
  const { constants, emit } = families[family];
  return module.define(
    `loss-${family}`,
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
