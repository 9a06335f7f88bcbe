import { type Expression, type FunctionBuilder, f32x4, type Local, type Operand, v128 } from '../assembler.ts';
import type { Arithmetic, Constants } from '../math.ts';

/** The sign bit of a float32. */
export const signBit = -(2 ** 31);

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

/** Makes the code of a loss; `weighted` where models weigh rows of label 1. */
export type CodeOfLoss = (math: Arithmetic, weighted: boolean) => LossCode;

/** A loss whose value and slope are written down directly, score by score. */
export interface Direct {
  readonly floats: readonly number[];
  /** Sets value and slope from the score and the label. */
  emit(f: FunctionBuilder, c: Constants, score: Local, y: Local, value: Local, slope: Local): void;
}

/** A direct loss of the error e = f - y. */
export const ofError =
  (emit: (f: FunctionBuilder, c: Constants, e: Local, value: Local, slope: Local) => void): Direct['emit'] =>
  (f, c, score, y, value, slope) => {
    f.set(score, f32x4.sub(score, y));
    emit(f, c, score, value, slope);
  };

export const directCode =
  (loss: Direct) =>
  (math: Arithmetic): LossCode => ({
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
  });

/** 1 with the sign of x. */
export const signOf = (c: Constants, x: Expression): Expression => v128.or(v128.and(x, c.integer(signBit)), c.float(1));

export const masked = (value: Expression, mask: Local | undefined): Expression =>
  mask ? v128.and(value, mask) : value;

export const bitsOr = (yes: Expression, no: Operand, mask: Expression): Expression => v128.bitselect(yes, no, mask);

/** sum + value * weight. */
export const add = (
  { madd }: Arithmetic,
  sum: Expression,
  value: Expression,
  weight: Expression | undefined,
): Expression => (weight ? madd(value, weight, sum) : f32x4.add(sum, value));
