// Truncated Newton: R. Dembo and T. Steihaug, Math. Program. 26 (1983) 190.
import { outputsOf } from '../../../kernels/index.ts';
import { dot } from '../../linear-algebra/cholesky.ts';
import {
  byDiagonal,
  conjugateGradients,
  type LinearSystem,
  Patience,
} from '../../linear-algebra/conjugate-gradients.ts';
import type { ExactProblem } from '../problem.ts';
import { type Descended, type DescentOptions, lineSearch } from './newton.ts';
import { centred } from './preconditioner.ts';
import { pointAt } from './smooth-objective.ts';
import type { SmoothPoint } from './smooth-point.ts';

/**
 * Newton's method whose steps come from conjugate gradients (Dembo and Steihaug 1983, with the diagonal as
 * preconditioner), for parameters too many for a factor of their hessian: it is only multiplied with.
 */
export function truncatedNewton(problem: ExactProblem, start: Float64Array, options: DescentOptions): Descended {
  const K = outputsOf(problem.loss);
  let point = pointAt(problem, K === 1 ? start : centred(start, K), false);
  const patience = new Patience(options.stopped);
  let shortfall = Infinity;
  let iterations = 0;
  let first = 0;
  for (; iterations < options.stepsMax; iterations += 1) {
    const gradient = point.gradient();
    const scale = options.scale(point.value);
    const system = systemOf(point, K);
    const size = Math.sqrt(dot(gradient, system.metric(gradient)));
    if (iterations === 0) first = size;
    const precision = Math.min(roughest, Math.max(finest, Math.sqrt(size / first) * roughest));
    const direction = conjugateGradients(system, gradient, precision, patience);
    const decrement = dot(direction, gradient);
    // What conjugate gradients leave out of the step they leave out of its decrement too.
    const before = shortfall;
    shortfall = (decrement / 2) * (1 + doubt * precision);
    options.onStep(iterations, point.value, shortfall / scale);
    if (shortfall <= options.tolerance * scale || patience.isOver) break;
    if (options.diverges(point, direction)) return { point, iterations, shortfall, separable: true };
    // Near the end rounding leaves nothing to win.
    if (shortfall <= (options.enough ?? 0) * scale && shortfall > before / 4) break;
    const next = decrement > 0 ? lineSearch(problem, point, direction, decrement, false) : undefined;
    if (next === undefined) break;
    point = next;
  }
  return { point, iterations, shortfall, separable: false };
}

/** Share of the gradient that the first steps leave. */
const roughest = 0.25;
const finest = 1e-3;
/** By how many times the share of the gradient left over the decrement is raised. */
const doubt = 4;
/**
 * The hessian at a point. Scores of all classes may rise together and no row's loss changes: steps keep off that direction, in
 * which the penalty alone bends; see `centred`.
 */
function systemOf(point: SmoothPoint, K: number): LinearSystem {
  const divided = byDiagonal(point.diagonal());
  return {
    times: (vector) => point.times(vector),
    metric: K === 1 ? divided : (vector) => centred(divided(vector), K),
  };
}
