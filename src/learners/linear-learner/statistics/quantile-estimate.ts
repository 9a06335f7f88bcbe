import { cholesky } from '../exact/cholesky.ts';
import type { ExactProblem } from '../exact/problem.ts';
import { solve } from '../exact/solve.ts';
import { type Covariances, gramOver, inverse, product, scaled } from './covariance.ts';
import { normalQuantile } from './distributions.ts';
import type { Estimate } from './estimate.ts';

export interface QuantileEstimate extends Omit<Estimate, 'hessian' | 'factor'> {
  covariances: Covariances;
}

/**
 * A quantile regression without penalties (the absolute loss is that of the median) and its covariances: for residuals
 * alike everywhere with one sparsity (model), and for residuals of any density with Hendricks and Koenker's difference
 * of two neighbouring quantiles (sandwich). Source: R. Koenker, Quantile Regression (2005), 3.4. Undefined when stopped.
 */
export function estimateQuantile(
  problem: ExactProblem,
  free: Uint32Array,
  level: number,
  { start, stopped }: { start?: Float64Array | undefined; stopped?: (() => boolean) | undefined } = {},
): QuantileEstimate | undefined {
  const { design } = problem;
  const n = design.rowCount;
  const p = free.length;
  const at = (q: number, from?: Float64Array) =>
    solve({ ...problem, loss: { kind: 'quantile', q } }, { start: from, stopped });
  const found = at(level, start);
  const h = Math.min(bandwidth(n, level), 0.9 * level, 0.9 * (1 - level));
  const [below, above] = [at(level - h, found.theta), at(level + h, found.theta)];
  if (stopped?.() === true) return undefined;
  const everywhere = gramOver(problem, free, new Float64Array(n).fill(1 / n));
  const straight = inverse(cholesky(everywhere, p));
  const difference = new Float64Array(n);
  design.scores(
    above.theta.map((value, place) => value - below.theta[place]),
    1,
    difference,
  );
  const least = Math.cbrt(Number.EPSILON);
  const density = difference.map((gap) => (2 * h) / Math.max(gap, least));
  const sparsity = sparsityOf(problem, found.theta, level, h, p);
  const bread = inverse(
    cholesky(
      gramOver(
        problem,
        free,
        density.map((value) => value / n),
      ),
      p,
    ),
  );
  const spread = (level * (1 - level)) / n;
  return {
    problem,
    free,
    theta: found.theta,
    value: found.objective,
    covariances: {
      model: scaled(straight, spread * sparsity ** 2),
      sandwich: scaled(product(product(bread, everywhere, p), bread, p), spread),
      correction: 'HC1',
      dispersion: undefined,
    },
  };
}

/** Of P. Hall and S. Sheather, J. R. Statist. Soc. B 50 (1988) 381, for intervals of level 95 %. */
function bandwidth(n: number, level: number): number {
  const x = level < 0.5 ? -normalQuantile(1 - 2 * level) : level === 0.5 ? 0 : normalQuantile(2 * level - 1);
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  return n ** (-1 / 3) * normalQuantile(0.95) ** (2 / 3) * ((1.5 * density ** 2) / (2 * x * x + 1)) ** (1 / 3);
}

/** One over the residuals' density at the quantile: the rise of their quantiles around it. */
function sparsityOf(
  { design, labels }: ExactProblem,
  theta: Float64Array,
  level: number,
  h: number,
  p: number,
): number {
  const n = design.rowCount;
  const f = new Float64Array(n);
  design.scores(theta, 1, f);
  // The p residuals that the fit makes 0 tell of the fit, not of the density. Source: Koenker (2005), 3.4.1.
  const residuals = f.map((score, row) => labels[row] - score).sort();
  const bySize = Float64Array.from(residuals, Math.abs).sort();
  const zero = bySize[Math.min(p, n) - 1];
  const kept = residuals.filter((residual) => Math.abs(residual) > zero);
  if (kept.length < 4) return 0;
  const at = (q: number): number => {
    const place = Math.min(kept.length - 1, Math.max(0, q * kept.length - 0.5));
    const below = Math.floor(place);
    return kept[below] + (place - below) * (kept[Math.min(kept.length - 1, below + 1)] - kept[below]);
  };
  return (at(level + h) - at(level - h)) / (2 * h);
}
