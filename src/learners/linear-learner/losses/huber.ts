import { type ScalarLoss, set } from './loss.ts';

/** Huber's loss: e^2 / 2 within delta, delta |e| - delta^2 / 2 beyond. */
export const huberLoss = (delta: number): ScalarLoss => ({
  objectiveName: 'huber_loss_objective',
  value: (score, label) => {
    const e = Math.abs(score - label);
    return e < delta ? (e * e) / 2 : delta * e - (delta * delta) / 2;
  },
  slope: (score, label) => Math.max(-delta, Math.min(delta, score - label)),
  rounded: (score, label, _width, out) => {
    const e = score - label;
    if (Math.abs(e) < delta) set(out, (e * e) / 2, e, 1);
    else set(out, delta * Math.abs(e) - (delta * delta) / 2, delta * Math.sign(e), 0);
  },
  smooth: true,
});
