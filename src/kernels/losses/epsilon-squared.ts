import { f32x4, f64x2, v128 } from '../wasm/assembler.ts';
import { directCode, ofError } from '../wasm/dense/loss-code.ts';
import { roundedHinge as emitRoundedHinge } from '../wasm/design/family.ts';
import { scalarLoss, set } from './loss.ts';
import { bothSides, piecesAlone } from './pieces.ts';
import { roundedHinge } from './rounded-hinge.ts';

/** (e^2 - epsilon^2)+ with slope e where |e| > epsilon: descended as half of that, like the squared loss. */
export const epsilonSquared = scalarLoss({
  name: 'eps_insensitive_squared_loss',
  predictor: 'regressor',
  objectiveName: 'eps_insensitive_squared_loss_objective',
  link: 'identity',
  takes: ['lossInsensitivity'],
  parametersOf: ({ lossInsensitivity: epsilon }) => ({ epsilon }),
  /** (e^2 - epsilon^2)+ / 2. Parameters: width of e^2, epsilon. */
  family: {
    name: 'epsilon-squared',
    constants: [0, 0.5, 1, 2],
    emit(bench, score, label, out) {
      const { f, math, c } = bench;
      const [, epsilon] = bench.parameters;
      const [e, z] = f.locals('v128', 2);
      f.set(e, f64x2.sub(score, label));
      f.set(z, f64x2.sub(f64x2.mul(e, e), f64x2.mul(epsilon, epsilon)));
      emitRoundedHinge(bench, z, out);
      f.set(out.value, f64x2.mul(out.value, c(0.5)));
      f.set(out.curvature, math.maddDouble(f64x2.mul(out.curvature, c(2)), f64x2.mul(e, e), out.slope));
      f.set(out.slope, f64x2.mul(out.slope, e));
    },
  },
  of: ({ epsilon }: { epsilon: number }) => {
    // A width around |e| = epsilon is about this much around e^2 = epsilon^2.
    const widthOfSquare = (width: number): number => width * (2 * epsilon + width);
    return {
      value: (score, label) => Math.max(0, (score - label) ** 2 - epsilon * epsilon),
      slope: (score, label) => (Math.abs(score - label) > epsilon ? score - label : 0),
      rounded: (score, label, width, out) => {
        const e = score - label;
        roundedHinge(e * e - epsilon * epsilon, widthOfSquare(width), out);
        set(out, out.value / 2, out.slope * e, out.curvature * 2 * e * e + out.slope);
      },
      code: directCode({
        floats: [epsilon, epsilon ** 2],
        emit: ofError((f, c, e, value, slope) => {
          f.set(value, f32x4.pmax(f32x4.sub(f32x4.mul(e, e), c.float(epsilon ** 2)), c.float(0)));
          f.set(slope, v128.and(e, f32x4.gt(f32x4.abs(e), c.float(epsilon))));
        }),
      }),
      familyParameters: (width) => [widthOfSquare(width), epsilon],
      pieces: piecesAlone([
        ...(epsilon > 0 ? bothSides(epsilon, 0, epsilon) : []),
        ...bothSides(Number.POSITIVE_INFINITY, 1, epsilon),
      ]),
    };
  },
});
