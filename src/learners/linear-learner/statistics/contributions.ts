import type { LinearModel } from '../model.ts';

/**
 * How much each of the model's columns takes a row's score away from `baseline`, its score at the means: w (x - mean), columns x outputs.
 * baseline + their sum is the score before any link, exactly so; they are the Shapley values of a linear model whose
 * features are taken as independent. Source: E. Strumbelj and I. Kononenko, J. Mach. Learn. Res. 11 (2010) 1.
 * `row` has the model's columns, after expansion.
 */
export function contributionsOf(
  { weights, outputCount: K }: Pick<LinearModel, 'weights' | 'outputCount'>,
  means: ArrayLike<number>,
  row: ArrayLike<number>,
): Float64Array {
  return weights.map((weight, at) => weight * (row[Math.floor(at / K)] - means[Math.floor(at / K)]));
}

/** The score of a row at the means, one an output. */
export function baselineOf(
  { weights, bias, outputCount: K }: Pick<LinearModel, 'weights' | 'bias' | 'outputCount'>,
  means: ArrayLike<number>,
): Float64Array {
  const baseline = bias.slice();
  weights.forEach((weight, at) => {
    baseline[at % K] += weight * means[Math.floor(at / K)];
  });
  return baseline;
}
