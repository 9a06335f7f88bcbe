import { f32x4, f64x2 } from '../wasm/assembler.ts';
import { directCode, ofError } from '../wasm/dense/loss-code.ts';
import { type Derive, scalarLoss, set } from './loss.ts';

/** Squared error e^2 with slope e: reported e^2, descended e^2 / 2. */
export const squared = scalarLoss({
  name: 'squared_loss',
  predictor: 'regressor',
  objectiveName: 'mse_objective',
  link: 'identity',
  takes: [],
  parametersOf: () => ({}),
  family: {
    name: 'squared',
    constants: [0.5, 1],
    emit({ f, c }, score, label, { value, slope, curvature }) {
      f.set(slope, f64x2.sub(score, label));
      f.set(value, f64x2.mul(f64x2.mul(slope, slope), c(0.5)));
      f.set(curvature, c(1));
    },
  },
  of: () => ({
    value: (score, label) => (score - label) ** 2,
    slope: (score, label) => score - label,
    exact: halfSquare,
    rounded: (score, label, _width, out) => halfSquare(score, label, out),
    code: directCode({
      floats: [],
      emit: ofError((f, _c, e, value, slope) => {
        f.set(value, f32x4.mul(e, e));
        f.set(slope, e);
      }),
    }),
    familyParameters: () => [],
    hasConstantCurvature: true,
    estimation: { method: 'least squares', correction: 'HC3', testsClasses: true },
  }),
});

const halfSquare: Derive = (score, label, out) => set(out, (score - label) ** 2 / 2, score - label, 1);
