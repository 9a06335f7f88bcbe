const { exp, fround } = Math;

/** Turns the `count` sums from `from` on into probabilities, each step rounded to float32. */
export function softmaxFloat32(scores: Float32Array, from: number, count: number): void {
  let highest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < count; k++) highest = Math.max(highest, scores[from + k]!);
  let total = 0;
  for (let k = 0; k < count; k++) {
    scores[from + k] = exp(fround(scores[from + k]! - highest));
    total = fround(total + scores[from + k]!);
  }
  for (let k = 0; k < count; k++) scores[from + k] = scores[from + k]! / total;
}

/** Turns sums into probabilities. */
export function softmaxFloat64(sums: Float64Array): void {
  const highest = sums.reduce((max, sum) => Math.max(max, sum), Number.NEGATIVE_INFINITY);
  let total = 0;
  for (let k = 0; k < sums.length; k++) {
    sums[k] = exp(sums[k]! - highest);
    total += sums[k]!;
  }
  for (let k = 0; k < sums.length; k++) sums[k]! /= total;
}
