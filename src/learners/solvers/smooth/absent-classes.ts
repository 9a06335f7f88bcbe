// When estimates are infinite: A. Albert and J. Anderson, Biometrika 71 (1984) 1.
import { hasManyOutputs, outputsOf } from '../../../kernels/index.ts';
import type { ExactProblem, Solution, SolveOptions } from '../problem.ts';

/** Which classes occur, when some do not and their free intercepts would fall for ever. */
export function absentClasses({ loss, labels, useBias, biasWd }: ExactProblem): Uint8Array | undefined {
  if (!hasManyOutputs(loss) || !useBias || biasWd > 0) return undefined;
  const present = new Uint8Array(loss.outputs);
  for (let row = 0; row < labels.length; row += 1) present[labels[row]] = 1;
  return present.includes(0) && present.includes(1) ? present : undefined;
}

/** How many classes occur, or scores of one that all do. */
export function presentOf(problem: ExactProblem): number {
  const present = absentClasses(problem);
  return present === undefined ? outputsOf(problem.loss) : present.reduce((count, one) => count + one, 0);
}

/** How far below all others the scores of a class that never occurs are put: its probability is then below 1e-17. */
const farBelow = 40;

/**
 * A class that no row has gets weights of 0, and an intercept so low that its share is lost in rounding: the objective's
 * infimum, which no finite intercept reaches. The others are solved among themselves.
 */
export function solvePresent(
  problem: ExactProblem,
  present: Uint8Array,
  options: SolveOptions,
  solve: (problem: ExactProblem, options: SolveOptions) => Solution,
): Solution {
  const { loss, design, labels } = problem;
  if (!hasManyOutputs(loss)) return solve(problem, options);
  const K = loss.outputs;
  const kept = Array.from(present.keys()).filter((k) => present[k] === 1);
  const place = new Map(kept.map((k, at) => [k, at]));
  const d = design.featureCount;
  const narrow = (theta: Float64Array): Float64Array => {
    const own = new Float64Array((d + 1) * kept.length);
    for (let j = 0; j <= d; j += 1) for (const [at, k] of kept.entries()) own[j * kept.length + at] = theta[j * K + k];
    return own;
  };
  const solution = solve(
    {
      ...problem,
      loss: { ...loss, outputs: kept.length, classWeight: Float64Array.from(kept, (k) => loss.classWeight[k]) },
      labels: Float64Array.from(labels, (label) => place.get(label)!),
    },
    { ...options, start: options.start && narrow(options.start) },
  );
  const theta = new Float64Array((d + 1) * K);
  for (let j = 0; j <= d; j += 1) {
    for (const [at, k] of kept.entries()) theta[j * K + k] = solution.theta[j * kept.length + at];
  }
  const lowest = lowestScore(problem, solution.theta, kept.length);
  for (let k = 0; k < K; k += 1) if (present[k] === 0) theta[d * K + k] = lowest - farBelow;
  return { ...solution, theta };
}

function lowestScore({ design }: ExactProblem, theta: Float64Array, K: number): number {
  const f = new Float64Array(design.rowCount * K);
  design.scores(theta, K, f);
  let lowest = 0;
  for (let row = 0; row < design.rowCount; row += 1) {
    let highest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < K; k += 1) highest = Math.max(highest, f[row * K + k]);
    lowest = Math.min(lowest, highest);
  }
  return lowest;
}
