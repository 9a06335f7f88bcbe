import { solveKinked } from './kinked.ts';
import { piecesOf } from './pieces.ts';
import type { ExactProblem, Solution, SolveOptions } from './problem.ts';
import { proximalNewton } from './proximal-newton.ts';
import { solveSmooth } from './smooth.ts';

/**
 * Minimises the problem's objective in double precision and proves how near the optimum the result is. The result does
 * not depend on the start but for the certificate's tolerance. When stopped, it is the point reached.
 */
export function solve(problem: ExactProblem, options: SolveOptions = {}): Solution {
  if (problem.loss.kind === 'huber' && problem.l1 === 0) {
    const solution = solveSmooth(problem, options);
    if (solution.certificate.reached || options.stopped?.() === true) return solution;
    return solveKinked(problem, { ...options, start: solution.theta });
  }
  if (piecesOf(problem.loss) !== undefined) return solveKinked(problem, options);
  if (problem.l1 > 0) return proximalNewton(problem, options);
  return solveSmooth(problem, options);
}
