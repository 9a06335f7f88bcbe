import { lossOf, outputsOf } from '../../kernels/index.ts';
import type { ExactProblem } from './problem.ts';
import type { SmoothPoint } from './smooth/smooth-point.ts';

/** Scores this large belong to rows that are as good as certain; only then is looked for a separating direction. */
const largeScore = 12;

/**
 * Whether classes fall apart: theta itself tells all rows apart, or the step onward moves no row towards a wrong class
 * and some to their own (quasi-separation). Without penalty the loss then falls for ever (Albert and Anderson 1984).
 */
export function separates(problem: ExactProblem, point: SmoothPoint, direction: Float64Array): boolean {
  const { loss, wd, l1, labels, design } = problem;
  if (lossOf(loss).attainsMinimum || wd > 0 || l1 > 0) return false;
  const K = outputsOf(loss);
  const scores = point.scores();
  if (leastMargin(scores, labels, K) > 1e-9 * largestOf(scores)) return true;
  if (largestOf(scores) < largeScore) return false;
  const moved = new Float64Array(scores.length);
  design.scores(
    direction.map((value) => -value),
    K,
    moved,
  );
  return leastMargin(moved, labels, K) >= -1e-7 * largestOf(moved) && largestOf(moved) > 0.1;
}

/** The least of how far a row's own class is ahead of the best other one. */
function leastMargin(scores: Float64Array, labels: Float32Array | Float64Array, K: number): number {
  let least = Infinity;
  const n = scores.length / K;
  for (let row = 0; row < n; row += 1) {
    let margin = labels[row] === 1 ? scores[row] : -scores[row];
    if (K > 1) {
      let other = -Infinity;
      for (let k = 0; k < K; k += 1) if (k !== labels[row]) other = Math.max(other, scores[row * K + k]);
      margin = scores[row * K + labels[row]] - other;
    }
    least = Math.min(least, margin);
  }
  return least;
}

function largestOf(scores: Float64Array): number {
  let largest = 0;
  for (let at = 0; at < scores.length; at += 1) largest = Math.max(largest, Math.abs(scores[at]));
  return largest;
}
