import { type ScalarLoss, set } from './loss.ts';

/** Huber's loss: e^2 / 2 within delta, delta |e| - delta^2 / 2 beyond. */
export const huberLoss = (delta: number): ScalarLoss => ({
  objectiveName: 'huber_loss_objective',
  value: (score, label) => {
    const e = Math.abs(score - label);
    return e < delta ? (e * e) / 2 : delta * e - (delta * delta) / 2;
  },
  slope: (score, label) => Math.max(-delta, Math.min(delta, score - label)),
  // A delta far below the spread of the labels is nearly a kink: a wider bend of the same slopes takes its place.
  rounded: (score, label, width, out) => {
    const e = score - label;
    const bend = Math.max(delta, width);
    const bent = delta / bend;
    const majorant = delta / Math.max(Math.abs(e), bend);
    if (Math.abs(e) < bend) set(out, (bent * e * e) / 2, bent * e, bent, majorant);
    else set(out, delta * (Math.abs(e) - bend / 2), delta * Math.sign(e), 0, majorant);
  },
  smooth: false,
});
