import type { Scaler } from '../rows/scaler.ts';

/** One model's parameters in standardised units, in double precision: w[feature * outputs + output]. */
export interface Standardised {
  w: Float64Array;
  b: Float64Array;
}

/** Parameters of all models side by side, in standardised units: w[feature * columns + column], b[column]. */
export interface Parameters {
  w: Float32Array;
  b: Float32Array;
}

/** Takes model `model` out of parameters that stand side by side. */
export function takeModel(parameters: Parameters, model: number, outputs: number): Standardised {
  const K = parameters.b.length;
  const d = parameters.w.length / K;
  const w = new Float64Array(d * outputs);
  for (let j = 0; j < d; j += 1) {
    for (let k = 0; k < outputs; k += 1) w[j * outputs + k] = parameters.w[j * K + model * outputs + k];
  }
  return { w, b: Float64Array.from(parameters.b.subarray(model * outputs, (model + 1) * outputs)) };
}

/**
 * The same model for raw features and labels: w_raw = w s_y / s, b_raw = b s_y + m_y - sum w_raw m. In double precision,
 * because a feature of mean 2e7 cancels all digits of a single.
 */
export function foldBack({ w, b }: Standardised, scaler: Scaler): { weights: Float64Array; bias: Float64Array } {
  const outputs = b.length;
  const bias = b.map((value) => value * scaler.labelDivisor + scaler.labelShift);
  const weights = w.map((value, index) => (value * scaler.labelDivisor) / scaler.divisor[Math.floor(index / outputs)]);
  weights.forEach((value, index) => {
    bias[index % outputs] -= value * scaler.shift[Math.floor(index / outputs)];
  });
  return { weights, bias };
}
