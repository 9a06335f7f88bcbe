import { HybridDesign } from './hybrid-design.ts';
import { solveKinked } from './kinked.ts';
import { piecesOf } from './pieces.ts';
import type { ExactProblem, Solution, SolveOptions } from './problem.ts';
import { proximalNewton } from './proximal-newton.ts';
import { solveSmooth } from './smooth.ts';

/**
 * Minimises the problem's objective in double precision and proves how near the optimum the result is. The result does
 * not depend on the start but for the certificate's tolerance. When stopped, it is the point reached.
 */
export function solve(given: ExactProblem, options: SolveOptions = {}): Solution {
  const problem = inDoubles(given);
  if (problem.loss.kind === 'huber' && problem.l1 === 0) {
    const solution = solveSmooth(problem, options);
    if (solution.certificate.reached || options.stopped?.() === true) return solution;
    return solveKinked(problem, { ...options, start: solution.theta });
  }
  if (piecesOf(problem.loss) !== undefined) return solveKinked(problem, options);
  if (problem.l1 > 0) return proximalNewton(problem, options);
  return solveSmooth(problem, options);
}

/**
 * A smooth loss without l1 needs no doubles: what its gap has of a gradient's noise is the square. Gaps of l1 and of
 * kinks have all of it.
 */
function inDoubles(problem: ExactProblem): ExactProblem {
  const { design, fine, loss, l1 } = problem;
  if (fine === undefined || (l1 === 0 && piecesOf(loss) === undefined)) return problem;
  return { ...problem, design: new HybridDesign(fine, design) };
}
