// Piecewise linear-quadratic problems and their duals: R. T. Rockafellar and R. Wets, Variational Analysis (1998), 11.H.
import type { Design } from '../../../kernels/index.ts';
import { dot } from '../../linear-algebra/cholesky.ts';
import { absoluteWeights, addSlopes, type PlacedTerms, type Terms, valuesOf } from './terms.ts';

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

export interface PieceSolution {
  theta: Float64Array;
  /** Objective at theta, and what the best dual point proves to be below the optimum. */
  objective: number;
  bound: number;
  /** Each row's weighted slope at the dual point of the bound; of the pieces only, but for `preprocessed`, which adds tilts. */
  slopes: Float64Array;
  iterations: number;
}

export interface PieceOptions {
  start: Float64Array;
  /** How far the start is thought to be from the optimum: 1 for a guess, less for a good one. */
  doubt: number;
  /** Share of the objective at which to end. */
  tolerance: number;
  scale: (objective: number) => number;
  stopped: () => boolean;
  onStep: (iteration: number, objective: number, relative: number) => void;
}

/** A method's variables of each piece over the rows and, for l1, over the weights, and all that is linear. */
export interface Groups<Group> {
  rows: readonly Group[];
  weights: Group | undefined;
  all: readonly Group[];
  linear: Float64Array;
  /** What slopes of rows can add up to, against which rounding is measured. */
  slopeSize: number;
}

export function groupsOf<Group>(
  { design, pieces, l1, extra }: PieceProblem,
  make: (terms: Terms) => Group,
): Groups<Group> {
  const d = design.featureCount;
  const rows = pieces.map(make);
  const weights = l1 > 0 ? make(absoluteWeights(d, l1, pieces)) : undefined;
  const linear = extra.map((value, j) => (j < d ? value - l1 : value));
  return {
    rows,
    weights,
    all: weights === undefined ? rows : [...rows, weights],
    linear,
    slopeSize: slopeSizeOf(pieces),
  };
}

/** A primal and a dual point: the objective, what the dual one proves to be below the optimum, and its slopes. */
export interface Bounds {
  objective: number;
  dual: number;
  slopes: Float64Array;
  /** Gradient of all but the smooth penalties at the dual point. */
  gradient: Float64Array;
}

export function boundsAt(
  problem: PieceProblem,
  { rows, weights, all, linear, slopeSize }: Groups<PlacedTerms>,
  theta: Float64Array,
  reached: number,
): Bounds {
  const { design, constant, extra, wd, l1, biasWd, useBias } = problem;
  const d = design.featureCount;
  const slopes = new Float64Array(design.rowCount);
  for (const placed of rows) addSlopes(placed, slopes);
  const gradient = new Float64Array(d + 1);
  design.gradient(slopes, 1, gradient);
  for (let j = 0; j <= d; j += 1) gradient[j] += extra[j];
  if (!useBias) gradient[d] = 0;
  let dual = constant + lowestPenalty(gradient, theta, problem, reached, 1e-9 * slopeSize);
  let objective = constant + dot(linear, theta) + penalty(theta, wd, biasWd);
  for (const placed of all) {
    const values = valuesOf(placed);
    objective += values.term;
    dual -= values.dual;
  }
  if (weights !== undefined) {
    const ofWeights = new Float64Array(d);
    addSlopes(weights, ofWeights);
    for (let j = 0; j < d; j += 1) gradient[j] += ofWeights[j] - l1;
  }
  return { objective, dual, slopes, gradient };
}

/** The best of the points that a method has been at, and of their bounds. */
export class Bracket {
  theta: Float64Array;
  objective = Infinity;
  bound = -Infinity;
  slopes: Float64Array;

  constructor(start: Float64Array, rowCount: number) {
    this.theta = start.slice();
    this.slopes = new Float64Array(rowCount);
  }

  get gap(): number {
    return this.objective - this.bound;
  }

  take(theta: Float64Array, { objective, dual, slopes }: Bounds): void {
    if (objective < this.objective) {
      this.objective = objective;
      this.theta = theta.slice();
    }
    if (!(dual > this.bound)) return;
    this.bound = dual;
    this.slopes = slopes;
  }

  solution(iterations: number): PieceSolution {
    const { theta, objective, bound, slopes } = this;
    return { theta, objective, bound, slopes, iterations };
  }
}

function penalty(theta: Float64Array, wd: number, biasWd: number): number {
  const d = theta.length - 1;
  let squares = 0;
  for (let j = 0; j < d; j += 1) squares += theta[j] * theta[j];
  return (wd * squares + biasWd * theta[d] * theta[d]) / 2;
}

/**
 * Least of r . theta + wd/2 |w|^2 + l1 |w|_1 + biasWd/2 b^2 over all theta that can be optimal. Where a penalty bounds
 * theta, so does an objective that was reached. Without penalty r must be 0: a residual of rounding's size (against
 * what slopes can add up to) counts with ten times the largest parameter, a larger one is no bound.
 */
function lowestPenalty(
  r: Float64Array,
  theta: Float64Array,
  problem: PieceProblem,
  reached: number,
  noise: number,
): number {
  const d = theta.length - 1;
  let largest = 1;
  for (let j = 0; j <= d; j += 1) largest = Math.max(largest, 10 * Math.abs(theta[j]));
  let lowest = 0;
  for (let j = 0; j <= d; j += 1) {
    const curvature = j < d ? problem.wd : problem.biasWd;
    const l1 = j < d ? problem.l1 : 0;
    const slope = Math.max(0, Math.abs(r[j]) - l1);
    let bound = curvature > 0 ? Math.sqrt((2 * reached) / curvature) : Infinity;
    if (l1 > 0) bound = Math.min(bound, reached / l1);
    if (curvature === 0 && l1 === 0) bound = slope <= noise ? largest : Infinity;
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

const slopeSizeOf = (pieces: readonly Terms[]): number =>
  pieces.reduce((sum, { upper, weight }) => sum + total(weight) * (upper === Infinity ? 1 : upper), 0);

function total(values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at];
  return sum;
}
