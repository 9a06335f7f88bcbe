import { makeRounded, roundedHinge, type ScalarLoss, set } from './loss.ts';

/** Huber's loss: e^2 / 2 within delta, delta |e| - delta^2 / 2 beyond. */
export function huberLoss(delta: number): ScalarLoss {
  const above = makeRounded();
  const below = makeRounded();
  return {
    objectiveName: 'huber_loss_objective',
    shape: { kind: 'huber', delta },
    value: (score, label) => {
      const e = Math.abs(score - label);
      return e < delta ? (e * e) / 2 : delta * e - (delta * delta) / 2;
    },
    slope: (score, label) => Math.max(-delta, Math.min(delta, score - label)),
    // The slope is (e + delta)+ - (e - delta)+ - delta: both corners are rounded, since a small delta is nearly a kink.
    rounded: (score, label, width, out) => {
      const e = score - label;
      roundedHinge(e + delta, width, above);
      roundedHinge(e - delta, width, below);
      const value = areaUnder(e + delta, above.value, width) - areaUnder(e - delta, below.value, width);
      set(out, value - delta * e - delta ** 2 / 2, above.value - below.value - delta, above.slope - below.slope);
    },
    smooth: false,
  };
}

/** Integral of the rounded hinge, whose value at z is `hinge`. */
const areaUnder = (z: number, hinge: number, width: number): number =>
  (z * hinge) / 2 + (width * width * Math.asinh(z / width)) / 4;
