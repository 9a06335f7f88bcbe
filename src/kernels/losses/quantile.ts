import { f32x4, v128 } from '../wasm/assembler.ts';
import { directCode, ofError } from '../wasm/dense/loss-code.ts';
import { scalarLoss } from './loss.ts';
import { tiltedPieces } from './pieces.ts';
import { roundedTwoSided } from './rounded-hinge.ts';
import { twoSided } from './two-sided.ts';

/**
 * Pinball loss of quantile q: q (y - f)+ + (1 - q) (f - y)+, with slope -q below y, 1 - q above and 0 at y; the prediction
 * ends above the label with frequency q.
 */
export const quantile = scalarLoss({
  name: 'quantile_loss',
  predictor: 'regressor',
  objectiveName: 'quantile_loss_objective',
  link: 'identity',
  takes: ['quantile'],
  parametersOf: ({ quantile: q }) => ({ q }),
  family: twoSided,
  of: ({ q }: { q: number }) => ({
    value: (score, label) => (score < label ? q * (label - score) : (1 - q) * (score - label)),
    slope: (score, label) => (score < label ? -q : score > label ? 1 - q : 0),
    rounded: roundedTwoSided(1 - q, q, 0),
    code: directCode({
      floats: [-q, 1 - q],
      emit: ofError((f, c, e, value, slope) => {
        f.set(value, f32x4.gt(e, c.float(0)));
        f.set(slope, v128.bitselect(c.float(1 - q), v128.and(c.float(-q), f32x4.lt(e, c.float(0))), value));
        f.set(value, f32x4.mul(slope, e));
      }),
    }),
    familyParameters: (width) => [width, 0, 1 - q, q],
    pieces: tiltedPieces(-q, 1, 0, 0),
    estimation: { method: 'quantile regression', quantile: q, correction: 'HC1', testsClasses: false },
  }),
});
