import { type LossShape, portableMath } from '../../kernels/index.ts';

/** Value, slope and curvature of a loss at one score, written to `out`. */
export type SmoothLoss = (f: number, y: number, out: Bend) => void;

export interface Bend {
  value: number;
  slope: number;
  curvature: number;
}

/** A loss of one score that has a slope everywhere; undefined for losses with kinks. */
export function smoothLoss(shape: LossShape): SmoothLoss | undefined {
  if (shape.kind === 'squared') return squared;
  if (shape.kind === 'logistic') return logistic;
  if (shape.kind === 'huber') return huber(shape.delta);
  return undefined;
}

const squared: SmoothLoss = (f, y, out) => {
  out.slope = f - y;
  out.value = (out.slope * out.slope) / 2;
  out.curvature = 1;
};

const logistic: SmoothLoss = (f, y, out) => {
  const h = portableMath.exp(-Math.abs(f));
  const share = 1 / (1 + h);
  const isRight = f > 0 === (y === 1);
  out.value = portableMath.log1p(h) + (isRight ? 0 : Math.abs(f));
  // The probability of the other class, without a difference of nearly equal numbers.
  const wrong = isRight ? h * share : share;
  out.slope = y === 1 ? -wrong : wrong;
  out.curvature = h * share * share;
};

const huber =
  (delta: number): SmoothLoss =>
  (f, y, out) => {
    const e = f - y;
    const cut = Math.max(-delta, Math.min(delta, e));
    out.slope = cut;
    out.value = cut * (e - cut / 2);
    out.curvature = cut === e ? 1 : 0;
  };
