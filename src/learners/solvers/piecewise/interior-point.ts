import type { Design } from '../../../kernels/index.ts';
import { cholesky, dot, type Factor, refinedSolve } from '../../linear-algebra/cholesky.ts';
import { HybridDesign } from '../large/hybrid-design.ts';
import { Barrier } from './log-barrier.ts';
import type { Terms } from './terms.ts';

/**
 * constant + extra . theta + wd/2 |w|^2 + biasWd/2 b^2 + l1 |w|_1 + sums of pieces of (x, 1) theta over the design's
 * rows. `extra` holds whatever is linear: tilts of the loss, and rows far from every kink.
 */
export interface PieceProblem {
  design: Design;
  pieces: readonly Terms[];
  constant: number;
  /** featureCount + 1 values. */
  extra: Float64Array;
  wd: number;
  l1: number;
  biasWd: number;
  useBias: boolean;
}

export interface InteriorPoint {
  theta: Float64Array;
  /** Objective at theta, and what the best dual point proves to be below the optimum. */
  objective: number;
  bound: number;
  /** Each row's weighted slope at the dual point of the bound; of the pieces only, but for `preprocessed`, which adds tilts. */
  slopes: Float64Array;
  iterations: number;
}

export interface InteriorOptions {
  start: Float64Array;
  /** How far the start is thought to be from the optimum: 1 for a guess, less for a good one. */
  doubt: number;
  /** Share of the objective at which to end. */
  tolerance: number;
  scale: (objective: number) => number;
  stopped: () => boolean;
  onStep: (iteration: number, objective: number, relative: number) => void;
}

const stepsMax = 80;
/**
 * Least stiffness of a row, in units of spread / slope: rows on their kink would otherwise grow so stiff that they drown
 * the penalty in directions which no row determines. Far below what a step changes, and steps repeat.
 */
const leastStiffness = 1e-8;
/** Share of the way to the boundary that a step goes. */
const caution = 0.9995;

/** Mehrotra's predictor-corrector method (1992); each step solves featureCount + 1 equations. */
export function interiorPoint(problem: PieceProblem, options: InteriorOptions): InteriorPoint {
  const { design, wd, biasWd, l1, useBias } = problem;
  const d = design.featureCount;
  const size = d + 1;
  const n = design.rowCount;
  const theta = options.start.slice();
  if (!useBias) theta[d] = 0;
  const rows = problem.pieces.map((terms) => new Barrier(terms));
  const weights = l1 > 0 ? new Barrier(absoluteWeights(d, l1, problem.pieces)) : undefined;
  const all = weights === undefined ? rows : [...rows, weights];
  const isLinear = wd === 0 && biasWd === 0 && all.every(({ terms }) => terms.square === 0);
  const extra = problem.extra.slice();
  if (l1 > 0) for (let j = 0; j < d; j += 1) extra[j] -= l1;

  const f = new Float64Array(n);
  design.scores(theta, 1, f);
  for (const barrier of rows) barrier.place(f);
  weights?.place(theta);
  let spread = 0;
  let spreadWeight = 0;
  for (const barrier of all) {
    const { sum, weight } = barrier.spread();
    const { upper } = barrier.terms;
    spread += sum * (upper === Infinity ? sum / Math.max(weight, 1e-300) : upper);
    spreadWeight += weight;
  }
  const mu0 = Math.max((2 * options.doubt * spread) / Math.max(spreadWeight, 1e-300), 1e-12 * options.scale(0), 1e-200);
  for (const barrier of all) {
    barrier.centre(mu0);
    const { upper } = barrier.terms;
    barrier.stiffen((leastStiffness * spread) / spreadWeight / (upper === Infinity ? 1 : upper * upper));
  }

  const slopeSize = slopeSizeOf(problem);
  let best: { theta: Float64Array; objective: number } | undefined;
  let bound = -Infinity;
  const slopes = new Float64Array(n);
  const boundSlopes = new Float64Array(n);
  const curvatures = new Float64Array(n);
  const ofWeights = new Float64Array(d);
  const df = new Float64Array(n);
  const h = new Float64Array(size * size);
  let iterations = 0;
  let stalls = 0;
  let failed = false;
  // Doubles from the first gram on that single precision made indefinite.
  let ofGrams: Design = design;
  for (; ; iterations += 1) {
    // The linear part of the objective at the dual point, from which both the bound and the direction come.
    slopes.fill(0);
    for (const barrier of rows) barrier.addSlopes(slopes);
    const r = new Float64Array(size);
    design.gradient(slopes, 1, r);
    for (let j = 0; j < size; j += 1) r[j] += problem.extra[j];
    if (!useBias) r[d] = 0;
    let dual = problem.constant + lowestPenalty(r, theta, problem, best?.objective, slopeSize);
    ofWeights.fill(0);
    weights?.addSlopes(ofWeights);
    for (let j = 0; j < d; j += 1) r[j] += ofWeights[j] - l1;

    let objective = problem.constant + dot(extra, theta) + penalty(theta, wd, biasWd);
    for (const barrier of all) {
      const values = barrier.values();
      objective += values.term;
      dual -= values.dual;
    }
    const before = (best?.objective ?? Infinity) - bound;
    if (best === undefined || objective < best.objective) best = { theta: theta.slice(), objective };
    if (dual > bound || iterations === 0) {
      bound = dual;
      boundSlopes.set(slopes);
    }
    const gap = best.objective - bound;
    const scale = options.scale(best.objective);
    options.onStep(iterations, best.objective, gap / scale);
    // Early on the bound may be anything; near the end a gap that no longer falls is rounding.
    stalls = gap > 0.9 * before && gap < 1e-3 * scale ? stalls + 1 : 0;
    if (gap <= options.tolerance * scale || options.stopped()) break;
    failed = iterations >= stepsMax || stalls > 5;
    if (failed) break;

    // One factor serves predictor and corrector.
    curvatures.fill(0);
    for (const barrier of rows) barrier.addCurvatures(curvatures);
    const factored = (): Factor => {
      ofGrams.gram(curvatures, h);
      ofWeights.fill(0);
      weights?.addCurvatures(ofWeights);
      for (let j = 0; j < d; j += 1) h[j * size + j] += wd + ofWeights[j];
      h[d * size + d] += biasWd;
      if (!useBias) h.fill(0, d * size);
      return cholesky(h, size);
    };
    let factor = factored();
    if (!factor.isDefinite && ofGrams instanceof HybridDesign) {
      ofGrams = ofGrams.fine;
      factor = factored();
    }
    const direction = (): Float64Array => {
      slopes.fill(0);
      for (const barrier of rows) barrier.addPull(slopes);
      const pull = new Float64Array(size);
      design.gradient(slopes, 1, pull);
      ofWeights.fill(0);
      weights?.addPull(ofWeights);
      for (let j = 0; j < size; j += 1) {
        pull[j] = -(pull[j] + r[j] + (j < d ? ofWeights[j] + wd * theta[j] : biasWd * theta[d]));
      }
      if (!useBias) pull[d] = 0;
      const step = refinedSolve(factor, h, pull);
      design.scores(step, 1, df);
      for (const barrier of rows) barrier.follows(df);
      weights?.follows(step);
      return step;
    };

    let products = 0;
    let weight = 0;
    for (const barrier of all) {
      const one = barrier.complementarity();
      products += one.sum;
      weight += one.weight;
    }
    const mu = products / weight;
    for (const barrier of all) barrier.aim(0, 0);
    direction();
    const reach = room(all, isLinear, 1);
    const muAfter =
      all.reduce((now, barrier) => now + barrier.complementarityAfter(reach.primal, reach.dual), 0) / weight;
    const left = Math.min(1, Math.max(muAfter, 0) / mu);
    const centring = left * left * left;
    for (const barrier of all) barrier.aim(centring * mu, mu);
    let step = direction();
    let { primal, dual: dualStep } = room(all, isLinear, caution);
    if (Math.min(primal, dualStep) < 0.1) {
      // The second-order terms of a long direction that could not be gone mislead; without them the path is regained.
      for (const barrier of all) barrier.aim(Math.max(centring, 0.3) * mu, 0);
      step = direction();
      ({ primal, dual: dualStep } = room(all, isLinear, caution));
    }
    failed = !(primal > 0) || !Number.isFinite(step[0]);
    if (failed) break;
    for (let j = 0; j < size; j += 1) theta[j] += primal * step[j];
    for (const barrier of all) barrier.step(primal, dualStep);
  }
  // A gram of single precision misleads about one problem in twenty so far that no step leads on: it is begun again in doubles.
  if (failed && design instanceof HybridDesign && !options.stopped()) {
    const start = best?.theta ?? options.start;
    const again = interiorPoint({ ...problem, design: design.fine }, { ...options, start, doubt: 1 });
    if (best === undefined || again.objective - again.bound < best.objective - bound)
      return { ...again, iterations: iterations + again.iterations };
  }
  const theBest = best ?? { theta, objective: Number.NaN };
  return { theta: theBest.theta, objective: theBest.objective, bound, slopes: boundSlopes, iterations };
}

/**
 * l1 |w| = -l1 w + 2 l1 (w)+, weighted so that its products a z are of the rows' size: with others, few weights would
 * hold up the steps of all rows.
 */
export function absoluteWeights(d: number, l1: number, rows: readonly Terms[]): Terms {
  let upper = 0;
  for (const terms of rows) upper = Math.max(upper, terms.upper === Infinity ? 1 : terms.upper);
  const weight = l1 / (upper * Math.sqrt(d));
  return {
    upper: (2 * l1) / weight,
    square: 0,
    sign: new Float64Array(d).fill(1),
    offset: new Float64Array(d),
    weight: new Float64Array(d).fill(weight),
  };
}

export function penalty(theta: Float64Array, wd: number, biasWd: number): number {
  const d = theta.length - 1;
  let squares = 0;
  for (let j = 0; j < d; j += 1) squares += theta[j] * theta[j];
  return (wd * squares + biasWd * theta[d] * theta[d]) / 2;
}

/**
 * Least of r . theta + wd/2 |w|^2 + l1 |w|_1 + biasWd/2 b^2 over all theta that can be optimal. Where a penalty bounds
 * theta, so does an objective that was reached. Without penalty r must be 0: a residual of rounding's size (against
 * `size`, what slopes can add up to) counts with ten times the largest parameter, a larger one is no bound.
 */
export function lowestPenalty(
  r: Float64Array,
  theta: Float64Array,
  problem: PieceProblem,
  objective: number | undefined,
  size: number,
): number {
  const d = theta.length - 1;
  const reached = objective ?? Infinity;
  let largest = 1;
  for (let j = 0; j <= d; j += 1) largest = Math.max(largest, 10 * Math.abs(theta[j]));
  let lowest = 0;
  for (let j = 0; j <= d; j += 1) {
    const curvature = j < d ? problem.wd : problem.biasWd;
    const l1 = j < d ? problem.l1 : 0;
    const slope = Math.max(0, Math.abs(r[j]) - l1);
    let bound = curvature > 0 ? Math.sqrt((2 * reached) / curvature) : Infinity;
    if (l1 > 0) bound = Math.min(bound, reached / l1);
    if (curvature === 0 && l1 === 0) bound = slope <= 1e-9 * size ? largest : Infinity;
    lowest += leastOf(slope, curvature, bound);
  }
  return lowest;
}

/** Least of curvature/2 x^2 - slope x for 0 <= x <= bound. */
export function leastOf(slope: number, curvature: number, bound: number): number {
  if (slope === 0) return 0;
  if (curvature > 0 && slope <= curvature * bound) return (-slope * slope) / (2 * curvature);
  return curvature > 0 ? (curvature * bound * bound) / 2 - slope * bound : -slope * bound;
}

/** What slopes of rows can add up to, against which rounding is measured. */
export const slopeSizeOf = ({ pieces }: PieceProblem): number =>
  pieces.reduce((sum, { upper, weight }) => sum + total(weight) * (upper === Infinity ? 1 : upper), 0);

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

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
