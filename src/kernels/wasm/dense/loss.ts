import type { ScalarShape } from '../../losses/plain-loss.ts';
import { type Expression, type FunctionBuilder, f32x4, type Local, type Operand, v128 } from '../assembler.ts';
import { type Arithmetic, type Constants, expEach, expFloats, logOf } from '../math.ts';

/** The sign bit of a float32. */
const signBit = -(2 ** 31);

/** What has gathered of the losses of some vectors of scores; which sums, the loss decides. */
export type Gathered = readonly Local[];

/** Code of a loss of one score: labels `y` and scores stand lane by lane, whichever way they lie in memory. */
export interface LossCode {
  readonly floats: readonly number[];
  readonly integers: readonly number[];
  /** Begins to gather. */
  begin(f: FunctionBuilder): Gathered;
  /**
   * Scores become slopes, and their losses are gathered, one `Gathered` for each vector. `weights` multiply losses and
   * slopes of labels 1. Under a mask, losses count only where its bits are 1. At most 120 times between begin and end.
   */
  derive(
    f: FunctionBuilder,
    c: Constants,
    y: Local,
    scores: readonly Local[],
    gathered: readonly Gathered[],
    options: { weights?: readonly Expression[]; mask?: Local },
  ): void;
  /** The sum of the losses. */
  end(f: FunctionBuilder, gathered: Gathered, weight: Expression | undefined): Expression;
}

export const lossCode = (shape: ScalarShape, math: Arithmetic, weighted: boolean): LossCode =>
  shape.kind === 'logistic' ? logisticCode(math, weighted) : directCode(shape, math);

/**
 * With v = -f for label 1, f for 0, and h = exp(-|v|): slope = (v > 0 ? 1 : h) / (1 + h), negative for label 1, and loss =
 * v+ + log(1 + h). The logarithm is taken once of the product of all 1 + h, each at most 2.
 */
function logisticCode(math: Arithmetic, weighted: boolean): LossCode {
  return {
    floats: [0, 1, ...expFloats],
    integers: [signBit],
    begin(f) {
      const [linear, ...products] = f.locals('v128', weighted ? 3 : 2);
      f.set(linear, f32x4.splat(0));
      for (const product of products) f.set(product, f32x4.splat(1));
      return [linear, ...products];
    },
    derive(f, c, y, scores, gathered, { weights, mask }) {
      const [one, zero, sign] = [c.float(1), c.float(0), c.integer(signBit)];
      const [isOne, flip] = f.locals('v128', 2);
      const h = scores.map(() => f.local('v128'));
      const [sum, loss] = [scores.map(() => f.local('v128')), f.local('v128')];
      const each = (step: (v: Local, i: number) => void): void => scores.forEach(step);
      f.set(isOne, f32x4.eq(y, one));
      f.set(flip, v128.and(isOne, sign));
      each((v) => f.set(v, v128.xor(v, flip)));
      each((v, i) => f.set(h[i], v128.or(v, sign)));
      expEach(f, math, c, h);
      each((_, i) => f.set(sum[i], f32x4.add(one, h[i])));
      each((v, i) => {
        const [linear, product, productOfOnes] = gathered[i];
        const weight = weights && bitsOr(weights[i], one, isOne);
        f.set(loss, f32x4.pmax(v, zero));
        f.set(linear, add(math, linear, masked(loss, mask), weight));
        f.set(h[i], f32x4.pmax(h[i], v128.and(f32x4.gt(v, zero), one)));
        const factor = mask ? v128.bitselect(sum[i], one, mask) : sum[i];
        if (productOfOnes === undefined) {
          f.set(product, f32x4.mul(product, factor));
        } else {
          f.set(loss, factor);
          f.set(product, f32x4.mul(product, v128.bitselect(one, loss, isOne)));
          f.set(productOfOnes, f32x4.mul(productOfOnes, v128.bitselect(loss, one, isOne)));
        }
        f.set(v, v128.xor(f32x4.div(weight ? f32x4.mul(h[i], weight) : h[i], sum[i]), flip));
      });
    },
    end(f, [linear, product, productOfOnes], weight) {
      const value = f.local('v128');
      f.set(value, f32x4.add(linear, logOf(f, math, product)));
      if (productOfOnes !== undefined && weight !== undefined) {
        f.set(value, math.madd(weight, logOf(f, math, productOfOnes), value));
      }
      return value;
    },
  };
}

/** A loss whose value is written down directly; formulas at `LossShape`. */
interface Direct {
  readonly floats: readonly number[];
  /** Sets value and slope from the score and the label. */
  emit(f: FunctionBuilder, c: Constants, score: Local, y: Local, value: Local, slope: Local): void;
}

function directCode(shape: ScalarShape, math: Arithmetic): LossCode {
  const loss = directLoss(shape);
  return {
    floats: [0, 1, ...loss.floats],
    integers: [signBit],
    begin(f) {
      const sum = f.local('v128');
      f.set(sum, f32x4.splat(0));
      return [sum];
    },
    derive(f, c, y, scores, gathered, { weights, mask }) {
      const [value, slope, weight] = f.locals('v128', 3);
      scores.forEach((score, i) => {
        const [sum] = gathered[i];
        loss.emit(f, c, score, y, value, slope);
        if (weights === undefined) {
          f.set(sum, add(math, sum, masked(value, mask), undefined));
          f.set(score, slope);
        } else {
          f.set(weight, bitsOr(weights[i], c.float(1), f32x4.eq(y, c.float(1))));
          f.set(sum, add(math, sum, masked(value, mask), weight));
          f.set(score, f32x4.mul(slope, weight));
        }
      });
    },
    end: (_f, [sum]) => sum,
  };
}

function directLoss(shape: ScalarShape): Direct {
  const withError =
    (emit: (f: FunctionBuilder, c: Constants, e: Local, value: Local, slope: Local) => void): Direct['emit'] =>
    (f, c, score, y, value, slope) => {
      f.set(score, f32x4.sub(score, y));
      emit(f, c, score, value, slope);
    };
  switch (shape.kind) {
    case 'squared':
      return {
        floats: [],
        emit: withError((f, _c, e, value, slope) => {
          f.set(value, f32x4.mul(e, e));
          f.set(slope, e);
        }),
      };
    case 'absolute':
      return {
        floats: [],
        emit: withError((f, c, e, value, slope) => {
          f.set(value, f32x4.abs(e));
          f.set(slope, v128.and(signOf(c, e), f32x4.gt(value, c.float(0))));
        }),
      };
    case 'quantile':
      return {
        floats: [-shape.q, 1 - shape.q],
        emit: withError((f, c, e, value, slope) => {
          f.set(value, f32x4.gt(e, c.float(0)));
          f.set(
            slope,
            v128.bitselect(c.float(1 - shape.q), v128.and(c.float(-shape.q), f32x4.lt(e, c.float(0))), value),
          );
          f.set(value, f32x4.mul(slope, e));
        }),
      };
    case 'huber':
      return {
        floats: [shape.delta, -shape.delta, 0.5],
        emit: withError((f, c, e, value, slope) => {
          f.set(slope, f32x4.pmax(f32x4.pmin(e, c.float(shape.delta)), c.float(-shape.delta)));
          f.set(value, f32x4.mul(slope, f32x4.sub(e, f32x4.mul(slope, c.float(0.5)))));
        }),
      };
    case 'epsilon-absolute':
      return {
        floats: [shape.epsilon],
        emit: withError((f, c, e, value, slope) => {
          f.set(value, f32x4.pmax(f32x4.sub(f32x4.abs(e), c.float(shape.epsilon)), c.float(0)));
          f.set(slope, v128.and(signOf(c, e), f32x4.gt(value, c.float(0))));
        }),
      };
    case 'epsilon-squared':
      return {
        floats: [shape.epsilon, shape.epsilon ** 2],
        emit: withError((f, c, e, value, slope) => {
          f.set(value, f32x4.pmax(f32x4.sub(f32x4.mul(e, e), c.float(shape.epsilon ** 2)), c.float(0)));
          f.set(slope, v128.and(e, f32x4.gt(f32x4.abs(e), c.float(shape.epsilon))));
        }),
      };
    case 'hinge':
      return oneSided({ ones: true, high: (shape.margin + 1) / 2, low: (1 - shape.margin) / 2 });
    case 'bounded-absolute':
      return oneSided({ above: (shape.low + shape.high) / 2, high: shape.high, low: shape.low });
    default:
      throw new Error(`No code for the loss ${shape.kind}`);
  }
}

/** (high - f)+ for labels 1, or above a value; (f - low)+ for the others. */
function oneSided({ above, high, low }: { ones?: true; above?: number; high: number; low: number }): Direct {
  return {
    floats: [high, -low, ...(above === undefined ? [] : [above])],
    emit(f, c, score, y, value, slope) {
      const isUpper = f.local('v128');
      f.set(isUpper, above === undefined ? f32x4.eq(y, c.float(1)) : f32x4.gt(y, c.float(above)));
      f.set(slope, v128.and(isUpper, c.integer(signBit)));
      f.set(value, f32x4.add(v128.xor(score, slope), v128.bitselect(c.float(high), c.float(-low), isUpper)));
      f.set(value, f32x4.pmax(value, c.float(0)));
      f.set(slope, v128.and(v128.xor(c.float(1), slope), f32x4.gt(value, c.float(0))));
    },
  };
}

/** 1 with the sign of x. */
const signOf = (c: Constants, x: Expression): Expression => v128.or(v128.and(x, c.integer(signBit)), c.float(1));

const masked = (value: Expression, mask: Local | undefined): Expression => (mask ? v128.and(value, mask) : value);

const bitsOr = (yes: Expression, no: Operand, mask: Expression): Expression => v128.bitselect(yes, no, mask);

/** sum + value * weight. */
const add = ({ madd }: Arithmetic, sum: Expression, value: Expression, weight: Expression | undefined): Expression =>
  weight ? madd(value, weight, sum) : f32x4.add(sum, value);
