import type { LossShape } from './loss-shape.ts';

export type ScalarShape = Exclude<LossShape, { kind: 'softmax' }>;

/** Value and slope of a loss of one score; formulas at `LossShape`. */
export interface PlainLoss {
  value(f: number, y: number): number;
  slope(f: number, y: number): number;
}

export function plainLoss(shape: ScalarShape): PlainLoss {
  switch (shape.kind) {
    case 'squared':
      return { value: (f, y) => (f - y) ** 2, slope: (f, y) => f - y };
    case 'absolute':
      return { value: (f, y) => Math.abs(f - y), slope: (f, y) => Math.sign(f - y) };
    case 'quantile': {
      const { q } = shape;
      return {
        value: (f, y) => (f > y ? (1 - q) * (f - y) : q * (y - f)),
        slope: (f, y) => (f > y ? 1 - q : f < y ? -q : 0),
      };
    }
    case 'huber': {
      const cut = (e: number): number => Math.max(-shape.delta, Math.min(shape.delta, e));
      return { value: (f, y) => cut(f - y) * (f - y - cut(f - y) / 2), slope: (f, y) => cut(f - y) };
    }
    case 'epsilon-absolute': {
      const { epsilon } = shape;
      return {
        value: (f, y) => Math.max(0, Math.abs(f - y) - epsilon),
        slope: (f, y) => (Math.abs(f - y) > epsilon ? Math.sign(f - y) : 0),
      };
    }
    case 'epsilon-squared': {
      const { epsilon } = shape;
      return {
        value: (f, y) => Math.max(0, (f - y) ** 2 - epsilon ** 2),
        slope: (f, y) => (Math.abs(f - y) > epsilon ? f - y : 0),
      };
    }
    case 'logistic':
      return {
        value: (f, y) => Math.max(0, f) - (y === 1 ? f : 0) + Math.log1p(Math.exp(-Math.abs(f))),
        slope: (f, y) => (y === 1 ? -sigmoid(-f) : sigmoid(f)),
      };
    case 'hinge': {
      const high = (shape.margin + 1) / 2;
      const low = (1 - shape.margin) / 2;
      return oneSided((y) => y === 1, high, low);
    }
    case 'bounded-absolute': {
      const middle = (shape.low + shape.high) / 2;
      return oneSided((y) => y > middle, shape.high, shape.low);
    }
  }
}

/** (high - f)+ for upper labels, (f - low)+ for the others. */
const oneSided = (isUpper: (y: number) => boolean, high: number, low: number): PlainLoss => ({
  value: (f, y) => Math.max(0, isUpper(y) ? high - f : f - low),
  slope: (f, y) => (isUpper(y) ? (high > f ? -1 : 0) : f > low ? 1 : 0),
});

const sigmoid = (z: number): number => {
  const h = Math.exp(-Math.abs(z));
  return (z >= 0 ? 1 : h) / (1 + h);
};
