import { exp, log1p } from '../portable-math.ts';
import { f32x4, f64x2, type Local, v128 } from '../wasm/assembler.ts';
import { add, bitsOr, type LossCode, masked, signBit } from '../wasm/dense/loss-code.ts';
import { expConstants, expOfNegative, logConstants, logOfOnePlus } from '../wasm/design/numbers.ts';
import { type Arithmetic, expEach, expFloats, logOf } from '../wasm/math.ts';
import { type Derive, scalarLoss, set } from './loss.ts';

/** Cross entropy of sigma(f) against y in {0, 1}: log(1 + exp(f)) - y f, with slope sigma(f) - y, without overflow. */
export const logistic = scalarLoss({
  name: 'logistic',
  predictor: 'binary_classifier',
  objectiveName: 'binary_classification_cross_entropy_objective',
  weightedObjectiveName: 'binary_classification_weighted_cross_entropy_objective',
  link: 'logit',
  takes: [],
  parametersOf: () => ({}),
  /** log(1 + exp(f)) - y f = (f)+ - y f + log(1 + t), t = exp(-|f|); the sigma of f is 1 or t over 1 + t. */
  family: {
    name: 'logistic',
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
  of: () => ({
    value: (score, label) => softplus(label === 1 ? -score : score),
    slope: (score, label) => sigmoid(score) - label,
    exact,
    rounded: (score, label, _width, out) => {
      const p = sigmoid(score);
      set(out, softplus(label === 1 ? -score : score), p - label, Math.max(p * (1 - p), 1e-12));
    },
    overRows: (kernels, scores, labels, values) => kernels.losses(scores, labels, values),
    code: logisticCode,
    familyParameters: () => [],
    curvatureMax: 0.25,
    attainsMinimum: false,
    estimation: { method: 'maximum likelihood', correction: 'HC2', testsClasses: true, hasFirth: true },
  }),
});

/** By our own exponential, so that scores and what is chosen by them are the same to the bit on every engine. */
export function sigmoid(z: number): number {
  const h = exp(-Math.abs(z));
  return (z >= 0 ? 1 : h) / (1 + h);
}

/** log(1 + exp(z)). */
const softplus = (z: number): number => Math.max(0, z) + log1p(exp(-Math.abs(z)));

const exact: Derive = (f, y, out) => {
  const h = exp(-Math.abs(f));
  const share = 1 / (1 + h);
  const isRight = f > 0 === (y === 1);
  // The probability of the other class, without a difference of nearly equal numbers.
  const wrong = isRight ? h * share : share;
  set(out, log1p(h) + (isRight ? 0 : Math.abs(f)), y === 1 ? -wrong : wrong, h * share * share);
};

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
