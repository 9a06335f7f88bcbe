import { f32x4, v128 } from '../wasm/assembler.ts';
import { directCode, ofError, signOf } from '../wasm/dense/loss-code.ts';
import { scalarLoss } from './loss.ts';
import { bothSides, piecesAlone } from './pieces.ts';
import { roundedTwoSided } from './rounded-hinge.ts';
import { twoSided } from './two-sided.ts';

/** (|e| - epsilon)+ with slope sign(e) where |e| > epsilon: the loss of support vector regression. */
export const epsilonAbsolute = scalarLoss({
  name: 'eps_insensitive_absolute_loss',
  predictor: 'regressor',
  objectiveName: 'eps_insensitive_absolute_loss_objective',
  link: 'identity',
  takes: ['lossInsensitivity'],
  parametersOf: ({ lossInsensitivity: epsilon }) => ({ epsilon }),
  family: twoSided,
  of: ({ epsilon }: { epsilon: number }) => ({
    value: (score, label) => Math.max(0, Math.abs(score - label) - epsilon),
    slope: (score, label) => (Math.abs(score - label) > epsilon ? Math.sign(score - label) : 0),
    rounded: roundedTwoSided(1, 1, epsilon),
    code: directCode({
      floats: [epsilon],
      emit: ofError((f, c, e, value, slope) => {
        f.set(value, f32x4.pmax(f32x4.sub(f32x4.abs(e), c.float(epsilon)), c.float(0)));
        f.set(slope, v128.and(signOf(c, e), f32x4.gt(value, c.float(0))));
      }),
    }),
    familyParameters: (width) => [width, epsilon, 1, 1],
    pieces: piecesAlone(bothSides(1, 0, epsilon)),
  }),
});
