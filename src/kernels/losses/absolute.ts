import { f32x4, v128 } from '../wasm/assembler.ts';
import { directCode, ofError, signOf } from '../wasm/dense/loss-code.ts';
import { scalarLoss } from './loss.ts';
import { tiltedPieces } from './pieces.ts';
import { roundedTwoSided } from './rounded-hinge.ts';
import { twoSided } from './two-sided.ts';

/** Absolute error |e| with slope sign(e): twice the quantile loss of the median. */
export const absolute = scalarLoss({
  name: 'absolute_loss',
  predictor: 'regressor',
  objectiveName: 'absolute_loss_objective',
  link: 'identity',
  takes: [],
  parametersOf: () => ({}),
  isBoundable: true,
  family: twoSided,
  of: () => ({
    value: (score, label) => Math.abs(score - label),
    slope: (score, label) => Math.sign(score - label),
    rounded: roundedTwoSided(1, 1, 0),
    code: directCode({
      floats: [],
      emit: ofError((f, c, e, value, slope) => {
        f.set(value, f32x4.abs(e));
        f.set(slope, v128.and(signOf(c, e), f32x4.gt(value, c.float(0))));
      }),
    }),
    familyParameters: (width) => [width, 0, 1, 1],
    pieces: tiltedPieces(-1, 2, 0, 0),
    estimation: { method: 'quantile regression', quantile: 0.5, correction: 'HC1', testsClasses: false },
  }),
});
