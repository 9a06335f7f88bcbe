import type { ExactProblem } from '../problem.ts';
import { solve } from '../solve.ts';
import type { Guide, Guided, GuidedOptions } from './guide.ts';
import { guidedLasso } from './guided-lasso.ts';
import { guidedRidge } from './guided-ridge.ts';

/** How a guide is made anew where the last one leads too slowly, as where most rows have become certain. */
export type Renew = (theta: Float64Array) => Guide;

/** The optimum to `tolerance`, by the guide, or another one, where that leads there. */
export function guidedSolve(
  problem: ExactProblem,
  guide: Guide,
  { renew, ...options }: Omit<GuidedOptions, 'stepsMax'> & { renew?: Renew },
): Guided {
  const { tolerance, stopped } = options;
  const guided = problem.l1 > 0 ? guidedLasso : guidedRidge;
  const stepsMax = renew && 6 + Math.round(guide.size / stepsOfGram);
  let ended = guided(problem, guide, { ...options, stepsMax });
  let { iterations } = ended;
  if (renew !== undefined && !ended.reached && stopped?.() !== true) {
    ended = guided(problem, renew(ended.theta), { ...options, start: { theta: ended.theta, bend: 1 } });
    iterations += ended.iterations;
  }
  if (ended.reached || stopped?.() === true) return { ...ended, iterations };
  const { theta, objective, certificate, ...end } = solve(problem, { start: ended.theta, tolerance, stopped });
  return {
    theta,
    objective,
    relative: certificate.relative,
    bend: ended.bend,
    iterations: iterations + end.iterations,
    reached: certificate.reached,
  };
}

/** A gram and its factor take as long as so many steps for each parameter. */
const stepsOfGram = 20;
