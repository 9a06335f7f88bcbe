import type { ExactProblem } from '../problem.ts';
import { presentOf } from '../smooth/absent-classes.ts';
import { solve } from '../solve.ts';
import { type Guide, type Guided, type GuidedOptions, guidedStepsMax } from './guide.ts';
import { guidedLasso, isWhole } from './guided-lasso.ts';
import { guidedRidge } from './guided-ridge.ts';

/** How a guide is made anew where the last one leads too slowly, as where most rows have become certain. */
export type Renew = (theta: Float64Array) => Guide;

/** The optimum to `tolerance`, by the guide, or another one, where that leads there. */
export function guidedSolve(
  problem: ExactProblem,
  guide: Guide,
  { renew, ...options }: Omit<GuidedOptions, 'stepsMax'> & { renew?: Renew },
): Guided {
  const { stopped } = options;
  // The intercept of a class that these rows lack falls for ever, and rows left out ask how far.
  const isLed = presentOf(problem) === guide.classes && (problem.l1 === 0 || isWhole(guide));
  if (!isLed) return unguided(problem, { theta: options.start?.theta, bend: 1, iterations: 0 }, options);
  const guided = (by: Guide, more: GuidedOptions): Guided =>
    problem.l1 > 0 && isWhole(by) ? guidedLasso(problem, by, more) : guidedRidge(problem, by, more);
  const stepsMax = renew && 6 + Math.round(guide.cost);
  let ended = guided(guide, { ...options, stepsMax });
  let { iterations } = ended;
  for (let left = renewalsOf(guide); renew !== undefined && !ended.reached && left > 0; left -= 1) {
    if (stopped?.() === true) break;
    const start = { theta: ended.theta, bend: 1 };
    ended = guided(renew(ended.theta), { ...options, start, stepsMax: left > 1 ? stepsMax : guidedStepsMax });
    iterations += ended.iterations;
  }
  if (ended.reached || stopped?.() === true) return { ...ended, iterations };
  return unguided(problem, { ...ended, iterations }, options);
}

/** Guides that a solve may take: of classes' blocks, which cost little, some more. */
const renewalsOf = ({ hessian }: Guide): number => (hessian === undefined ? 4 : 1);

function unguided(
  problem: ExactProblem,
  { theta: start, bend, iterations }: { theta: Float64Array | undefined } & Pick<Guided, 'bend' | 'iterations'>,
  { tolerance, stopped }: GuidedOptions,
): Guided {
  const { theta, objective, certificate, ...end } = solve(problem, { start, tolerance, stopped });
  return {
    theta,
    objective,
    relative: certificate.relative,
    bend,
    iterations: iterations + end.iterations,
    reached: certificate.reached,
  };
}
