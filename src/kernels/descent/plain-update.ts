import { outputsOf } from '../losses/index.ts';
import {
  correctionOf,
  momentFloor,
  rateAt,
  rateChangesOf,
  shrinkOfSgd,
  squareDecay,
  updateEpsilon,
} from '../schedule.ts';
import type { DescentModel, DescentShape } from './descent.ts';

type PlainUpdate = (
  w: Float32Array,
  first: Float32Array,
  second: Float32Array,
  g: Float64Array,
  t: number,
  batch: number,
) => void;

/** One update of weights or intercepts by the sum of slopes `g` over `batch` rows. Sources: MXNet 1.3.1's optimisers. */
export function plainUpdate(shape: DescentShape, of: 'weights' | 'intercepts'): PlainUpdate {
  const { models, rule, beta1, beta2, l1Mode, biasRateMult } = shape;
  const outputs = outputsOf(shape.loss);
  const K = models.length * outputs;
  const perColumn = (value: (model: DescentModel) => number): Float64Array =>
    Float64Array.from({ length: K }, (_, column) => value(models[Math.floor(column / outputs)]));
  const onWeights = of === 'weights';
  const decay = perColumn((model) => (onWeights ? model.decay : model.biasDecay));
  const l1 = perColumn((model) => (onWeights ? model.l1 : 0));
  const correctionAt = correctionOf(shape);
  const ratesChangeAt = rateChangesOf(models);
  let rates: Float64Array = new Float64Array(0);
  let ratesAt = 0;
  return (w, first, second, g, t, batch) => {
    if (t !== ratesAt + 1 || ratesAt === 0 || ratesChangeAt(t)) {
      rates = perColumn((model) => rateAt(model, t) * (onWeights ? 1 : biasRateMult));
    }
    ratesAt = t;
    const correction = correctionAt(t);
    for (let at = 0; at < w.length; at += 1) {
      const k = at % K;
      const rate = rates[k] * correction;
      const subgradient = l1Mode === 'subgradient' ? (l1[k] / batch) * Math.sign(w[at]) : 0;
      const slope = g[at] / batch + decay[k] * w[at] + subgradient;
      let next = w[at];
      let width: number;
      if (rule === 'adam') {
        first[at] = flushed(beta1 * first[at] + (1 - beta1) * slope);
        second[at] = flushed(beta2 * second[at] + (1 - beta2) * slope * slope);
        const root = Math.sqrt(second[at]) + updateEpsilon;
        next -= (rate * first[at]) / root;
        width = (rate * l1[k]) / root;
      } else if (rule === 'sgd') {
        first[at] = flushed(beta1 * first[at] - rate * slope);
        next += first[at];
        width = shrinkOfSgd(rate, l1[k], beta1);
      } else {
        second[at] = flushed(squareDecay * second[at] + (1 - squareDecay) * slope * slope);
        const root = Math.sqrt(second[at] + updateEpsilon);
        next -= (rate * slope) / root;
        width = (rate * l1[k]) / root;
      }
      w[at] =
        l1Mode !== 'proximal' || width === 0 ? next : next > width ? next - width : next < -width ? next + width : 0;
    }
  };
}

const flushed = (moment: number): number => (Math.abs(moment) < momentFloor ? 0 : moment);
