import type { Design } from '../../../kernels/index.ts';
import { cholesky, type Factor, refinedSolve } from '../../linear-algebra/cholesky.ts';
import { HybridDesign } from '../large/hybrid-design.ts';
import { Barrier } from './log-barrier.ts';
import {
  Bracket,
  boundsAt,
  type Groups,
  groupsOf,
  type PieceOptions,
  type PieceProblem,
  type PieceSolution,
} from './piece-problem.ts';
import { place, spreadOf } from './terms.ts';

const stepsMax = 80;
/**
 * Least stiffness of a row, in units of spread / slope: rows on their kink would otherwise grow so stiff that they drown
 * the penalty in directions which no row determines. Far below what a step changes, and steps repeat.
 */
const leastStiffness = 1e-8;
/** Share of the way to the boundary that a step goes. */
const caution = 0.9995;

/**
 * Mehrotra's predictor-corrector method (S. Mehrotra, SIAM J. Optim. 2 (1992) 575); each step solves featureCount + 1
 * equations.
 */
export function interiorPoint(problem: PieceProblem, options: PieceOptions): PieceSolution {
  const { design, wd, biasWd, useBias } = problem;
  const d = design.featureCount;
  const theta = options.start.slice();
  if (!useBias) theta[d] = 0;
  const groups = groupsOf(problem, (terms) => new Barrier(terms));
  const { all } = groups;
  const isLinear = wd === 0 && biasWd === 0 && all.every(({ terms }) => terms.square === 0);
  begin(groups, problem, theta, options);
  const system = new NewtonSystem(problem, groups);
  const bracket = new Bracket(theta, design.rowCount);
  let iterations = 0;
  let stalls = 0;
  for (; ; iterations += 1) {
    const bounds = boundsAt(problem, groups, theta, bracket.objective);
    const before = bracket.gap;
    bracket.take(theta, bounds);
    const { gap, objective } = bracket;
    const scale = options.scale(objective);
    options.onStep(iterations, objective, gap / scale);
    // Early on the bound may be anything; near the end a gap that no longer falls is rounding.
    stalls = gap > 0.9 * before && gap < 1e-3 * scale ? stalls + 1 : 0;
    if (gap <= options.tolerance * scale || options.stopped() || iterations >= stepsMax || stalls > 5) break;

    // One factor serves predictor and corrector.
    const direction = system.at(theta, bounds.gradient);
    const weight = all.reduce((sum, barrier) => sum + barrier.productsWeight(), 0);
    const meanProduct = (primal: number, dual: number): number =>
      all.reduce((sum, barrier) => sum + barrier.complementarity(primal, dual), 0) / weight;
    const mu = meanProduct(0, 0);
    for (const barrier of all) barrier.aim(0, 0);
    direction();
    const reach = room(all, isLinear, 1);
    const left = Math.min(1, Math.max(meanProduct(reach.primal, reach.dual), 0) / mu);
    // Products, because engines round powers of 3 differently.
    const centring = left * left * left;
    for (const barrier of all) barrier.aim(centring * mu, mu);
    let step = direction();
    let { primal, dual } = room(all, isLinear, caution);
    if (Math.min(primal, dual) < 0.1) {
      // The second-order terms of a long direction that could not be gone mislead; without them the path is regained.
      for (const barrier of all) barrier.aim(Math.max(centring, 0.3) * mu, 0);
      step = direction();
      ({ primal, dual } = room(all, isLinear, caution));
    }
    if (!(primal > 0) || !Number.isFinite(step[0])) break;
    for (let j = 0; j <= d; j += 1) theta[j] += primal * step[j];
    for (const barrier of all) barrier.step(primal, dual);
  }
  return bracket.solution(iterations);
}

/** Puts all terms on the central path at a mu of the size of the terms. */
function begin(
  { rows, weights, all }: Groups<Barrier>,
  { design }: PieceProblem,
  theta: Float64Array,
  { doubt, scale }: PieceOptions,
): void {
  const f = new Float64Array(design.rowCount);
  design.scores(theta, 1, f);
  for (const barrier of rows) place(barrier, f);
  if (weights !== undefined) place(weights, theta);
  let spread = 0;
  let spreadWeight = 0;
  for (const barrier of all) {
    const { sum, weight } = spreadOf(barrier);
    const { upper } = barrier.terms;
    spread += sum * (upper === Infinity ? sum / Math.max(weight, 1e-300) : upper);
    spreadWeight += weight;
  }
  const mu = Math.max((2 * doubt * spread) / Math.max(spreadWeight, 1e-300), 1e-12 * scale(0), 1e-200);
  for (const barrier of all) {
    barrier.centre(mu);
    const { upper } = barrier.terms;
    barrier.stiffen((leastStiffness * spread) / spreadWeight / (upper === Infinity ? 1 : upper * upper));
  }
}

/** The equations of a step. */
class NewtonSystem {
  readonly #problem: PieceProblem;
  readonly #groups: Groups<Barrier>;
  readonly #hessian: Float64Array;
  /** Doubles from the first gram on that single precision made indefinite. */
  #ofGrams: Design;

  constructor(problem: PieceProblem, groups: Groups<Barrier>) {
    this.#problem = problem;
    this.#groups = groups;
    this.#hessian = new Float64Array((problem.design.featureCount + 1) ** 2);
    this.#ofGrams = problem.design;
  }

  /** Factors the equations at a point; what is returned solves them for the aims that barriers have, and moves these. */
  at(theta: Float64Array, gradient: Float64Array): () => Float64Array {
    const { design, wd, biasWd, useBias } = this.#problem;
    const { rows, weights } = this.#groups;
    const d = design.featureCount;
    const curvatures = new Float64Array(design.rowCount);
    for (const barrier of rows) barrier.addCurvatures(curvatures);
    const ofWeights = new Float64Array(d);
    weights?.addCurvatures(ofWeights);
    let factor = this.#factor(curvatures, ofWeights);
    if (!factor.isDefinite && this.#ofGrams instanceof HybridDesign) {
      this.#ofGrams = this.#ofGrams.fine;
      factor = this.#factor(curvatures, ofWeights);
    }
    const f = new Float64Array(design.rowCount);
    return () => {
      f.fill(0);
      for (const barrier of rows) barrier.addPull(f);
      const pull = new Float64Array(d + 1);
      design.gradient(f, 1, pull);
      ofWeights.fill(0);
      weights?.addPull(ofWeights);
      for (let j = 0; j <= d; j += 1) {
        pull[j] = -(pull[j] + gradient[j] + (j < d ? ofWeights[j] + wd * theta[j] : biasWd * theta[d]));
      }
      if (!useBias) pull[d] = 0;
      const step = refinedSolve(factor, this.#hessian, pull);
      design.scores(step, 1, f);
      for (const barrier of rows) barrier.follows(f);
      weights?.follows(step);
      return step;
    };
  }

  #factor(curvatures: Float64Array, ofWeights: Float64Array): Factor {
    const { wd, biasWd, useBias } = this.#problem;
    const h = this.#hessian;
    const d = ofWeights.length;
    const size = d + 1;
    this.#ofGrams.gram(curvatures, h);
    for (let j = 0; j < d; j += 1) h[j * size + j] += wd + ofWeights[j];
    h[d * size + d] += biasWd;
    if (!useBias) h.fill(0, d * size);
    return cholesky(h, size);
  }
}

/** Steps of primal and dual; equal ones where a quadratic term ties them. */
function room(all: readonly Barrier[], isLinear: boolean, share: number): { primal: number; dual: number } {
  let primal = 1;
  let dual = 1;
  for (const barrier of all) {
    const one = barrier.room();
    primal = Math.min(primal, one.primal);
    dual = Math.min(dual, one.dual);
  }
  primal = Math.min(1, share * primal);
  dual = Math.min(1, share * dual);
  return isLinear ? { primal, dual } : { primal: Math.min(primal, dual), dual: Math.min(primal, dual) };
}
