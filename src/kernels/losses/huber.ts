import type { Local } from '../wasm/assembler.ts';
import { f32x4, f64x2, v128 } from '../wasm/assembler.ts';
import { directCode, ofError } from '../wasm/dense/loss-code.ts';
import {
  type Derived,
  roundedHinge as emitRoundedHinge,
  type FamilyBench,
  roundedLocals,
} from '../wasm/design/family.ts';
import { logConstants, logOf } from '../wasm/design/numbers.ts';
import { makeDerivatives, scalarLoss, set } from './loss.ts';
import { tiltedPieces } from './pieces.ts';
import { roundedHinge } from './rounded-hinge.ts';

/** Huber's loss (1964): e^2 / 2 within delta, delta |e| - delta^2 / 2 beyond, with slope e cut to [-delta, delta]. */
export const huber = scalarLoss({
  name: 'huber_loss',
  predictor: 'regressor',
  objectiveName: 'huber_loss_objective',
  link: 'identity',
  takes: ['huberDelta'],
  parametersOf: ({ huberDelta: delta }) => ({ delta }),
  /**
   * The slope is (e + delta)+ - (e - delta)+ - delta with both corners rounded, the value its integral.
   * Parameters: width, delta.
   */
  family: {
    name: 'huber',
    constants: [0, 0.5, 1, ...logConstants, 0.25],
    emit(bench, score, label, { value, slope, curvature }) {
      const { f, c } = bench;
      const [, delta] = bench.parameters;
      const [e, z, area] = f.locals('v128', 3);
      const [above, below] = [roundedLocals(f), roundedLocals(f)];
      f.set(e, f64x2.sub(score, label));
      f.set(z, f64x2.add(e, delta));
      emitRoundedHinge(bench, z, above);
      emitAreaUnder(bench, z, above, area);
      f.set(value, area);
      f.set(z, f64x2.sub(e, delta));
      emitRoundedHinge(bench, z, below);
      emitAreaUnder(bench, z, below, area);
      f.set(value, f64x2.sub(value, area));
      // The areas' difference less delta e + delta^2 / 2.
      f.set(value, f64x2.sub(value, f64x2.mul(delta, f64x2.add(e, f64x2.mul(delta, c(0.5))))));
      f.set(slope, f64x2.sub(f64x2.sub(above.value, below.value), delta));
      f.set(curvature, f64x2.sub(above.slope, below.slope));
    },
  },
  of: ({ delta }: { delta: number }) => {
    const above = makeDerivatives();
    const below = makeDerivatives();
    return {
      value: (score, label) => {
        const e = Math.abs(score - label);
        return e < delta ? (e * e) / 2 : delta * e - (delta * delta) / 2;
      },
      slope: (score, label) => Math.max(-delta, Math.min(delta, score - label)),
      exact: (score, label, out) => {
        const e = score - label;
        const cut = Math.max(-delta, Math.min(delta, e));
        set(out, cut * (e - cut / 2), cut, cut === e ? 1 : 0);
      },
      rounded: (score, label, width, out) => {
        const e = score - label;
        roundedHinge(e + delta, width, above);
        roundedHinge(e - delta, width, below);
        const value = areaUnder(e + delta, above.value, width) - areaUnder(e - delta, below.value, width);
        set(out, value - delta * e - delta ** 2 / 2, above.value - below.value - delta, above.slope - below.slope);
      },
      code: directCode({
        floats: [delta, -delta, 0.5],
        emit: ofError((f, c, e, value, slope) => {
          f.set(slope, f32x4.pmax(f32x4.pmin(e, c.float(delta)), c.float(-delta)));
          f.set(value, f32x4.mul(slope, f32x4.sub(e, f32x4.mul(slope, c.float(0.5)))));
        }),
      }),
      familyParameters: (width) => [width, delta],
      pieces: tiltedPieces(-delta, 2 * delta, 1, delta),
      estimation: { method: 'M-estimation', correction: 'HC3', testsClasses: false },
    };
  },
});

/** Integral of the rounded hinge, whose value at z is `hinge`. */
const areaUnder = (z: number, hinge: number, width: number): number =>
  (z * hinge) / 2 + (width * width * Math.asinh(z / width)) / 4;

/** The same: z value / 2 + width^2 asinh(z / width) / 4, asinh u = sign(u) log(|u| + sqrt(u^2 + 1)). */
function emitAreaUnder({ f, math, c, parameters }: FamilyBench, z: Local, { value }: Derived, area: Local): void {
  const [u, sign] = f.locals('v128', 2);
  const width = parameters[0];
  f.set(u, f64x2.div(z, width));
  f.set(sign, v128.and(u, v128.ofF64(-0)));
  const magnitude = f64x2.add(f64x2.abs(u), f64x2.sqrt(math.maddDouble(u, u, c(1))));
  const log = logOf(f, math, c, magnitude);
  f.set(area, f64x2.mul(f64x2.mul(width, width), f64x2.mul(v128.xor(log, sign), c(0.25))));
  f.set(area, math.maddDouble(f64x2.mul(z, value), c(0.5), area));
}
