import type { SparseColumns } from '../../../kernels/index.ts';
import { dot } from '../../linear-algebra/cholesky.ts';
import { byDiagonal, conjugateGradients, Patience } from '../../linear-algebra/conjugate-gradients.ts';
import { dualityGap } from '../duality-gap.ts';
import {
  type ExactProblem,
  gapCertificate,
  nonZeroOf,
  penaltyOf,
  type Solution,
  type SolveOptions,
  scaleOf,
} from '../problem.ts';
import { largest } from '../smooth/newton.ts';
import { rowDerivatives, valueAtZero } from '../smooth/smooth-objective.ts';
import { diagonalOf, finishGradient, lossGradient } from '../smooth/smooth-point.ts';
import { gapAim, gapTolerance } from './proximal-newton.ts';

const stepsMax = 100;
/** Sweeps between two tries to end a parabola by conjugate gradients, and tries. */
const sweepsMax = 5;
const triesMax = 6;
/** Products of each try: a new parabola soon tells more than the last digits of one. */
const productsMax = 30;
/** Of the largest entry of the hessian's diagonal, what is added to all of them. */
const dampingMin = 1e-6;
const dampingMax = 1;
/** Below it a step's size says that the parabola is wrong. */
const shortStep = 0.1;
/** Share of a parabola's violation that is left of it. */
const roughness = 1e-2;

/**
 * Proximal Newton for a smooth loss of one score with l1 over sparse rows of many features, without a gram: coordinate
 * descent over the columns finds which weights are 0 (Yuan, Ho and Lin 2012), and conjugate gradients end each parabola on
 * the others.
 */
export function proximalByColumns(problem: ExactProblem, columns: SparseColumns, options: SolveOptions): Solution {
  const { design, l1 } = problem;
  const { featureCount: d, rowCount: n } = design;
  const theta = options.start?.slice() ?? new Float64Array(d + 1);
  if (!problem.useBias) theta[d] = 0;
  const stopped = options.stopped ?? (() => false);
  const patience = new Patience(stopped);
  const aim = Math.max(gapAim, options.tolerance ?? 0);
  const atZero = valueAtZero(problem);
  let f = new Float64Array(n);
  design.scores(theta, 1, f);
  let best: { theta: Float64Array; objective: number; gap: number } | undefined;
  let iterations = 0;
  let vain = 0;
  let damping = 0;
  for (; ; iterations += 1) {
    const { value, slopes, curvatures } = rowDerivatives(problem, f);
    const objective = value / n + penaltyOf(problem, theta);
    const gradient = new Float64Array(d + 1);
    design.gradient(slopes, 1, gradient);
    finishGradient(problem, theta, gradient);
    const gap = Math.max(0, dualityGap(problem, theta, lossGradient(problem, theta, gradient), objective));
    const share = gap / scaleOf(objective, atZero);
    options.onProgress?.({ iteration: iterations, objective, relative: share });
    vain = best !== undefined && gap > best.gap / 2 ? vain + 1 : 0;
    if (best === undefined || gap < best.gap) best = { theta: theta.slice(), objective, gap };
    const isNoise = vain > (share <= gapTolerance ? 1 : 5) && share < 1e-5;
    if (share <= aim || isNoise || iterations >= stepsMax || patience.isOver) break;
    const parabola = new Parabola(problem, columns, theta, gradient, curvatures, damping);
    const { step, moved, isEnded } = parabola.solve(patience);
    const promised = -dot(gradient, step) + l1 * (absolute(theta, d) - absolute(plus(theta, step, 1), d));
    const size = sizeOfStep(problem, { theta, f, objective, step, moved, promised });
    // Where rows are as good as certain, a parabola holds but near by, or is too flat to be ended: it is made steeper.
    if (size < shortStep && damping === dampingMax) break;
    damping = size < shortStep || !isEnded ? Math.min(dampingMax, Math.max(dampingMin, damping * 10)) : damping / 10;
    if (damping < dampingMin) damping = 0;
    if (size === 0) continue;
    for (let j = 0; j <= d; j += 1) theta[j] = theta[j] === -step[j] && size === 1 ? 0 : theta[j] + size * step[j];
    f = f.map((score, row) => score + size * moved[row]);
  }
  const { theta: found, objective, gap } = best!;
  return {
    theta: found,
    objective,
    certificate: gapCertificate(gap, objective, atZero, gapTolerance),
    iterations,
    method: 'proximal Newton by columns',
    nonZero: nonZeroOf(found, 1),
    separable: false,
  };
}

interface Stepping {
  theta: Float64Array;
  f: Float64Array;
  objective: number;
  step: Float64Array;
  /** What the step does to scores. */
  moved: Float64Array;
  promised: number;
}

/** 1, halved until the objective falls; 0 when it does not. */
function sizeOfStep(problem: ExactProblem, { theta, f, objective, step, moved, promised }: Stepping): number {
  if (!(promised > -1e-14 * objective)) return 0;
  for (let size = 1; size > 1e-8; size /= 2) {
    const { value } = rowDerivatives(
      problem,
      f.map((score, row) => score + size * moved[row]),
    );
    const there = value / f.length + penaltyOf(problem, plus(theta, step, size));
    if (there <= objective - 1e-4 * size * promised + 1e-15 * objective) return size;
    // Where values no longer tell, the parabola is trusted.
    if (size === 1 && promised < 1e-10 * objective && there <= objective * (1 + 1e-12)) return 1;
  }
  return 0;
}

const plus = (theta: Float64Array, step: Float64Array, size: number): Float64Array =>
  theta.map((value, j) => value + size * step[j]);

function absolute(theta: Float64Array, d: number): number {
  let sum = 0;
  for (let j = 0; j < d; j += 1) sum += Math.abs(theta[j]);
  return sum;
}

/** g . x + x H x / 2 + l1 |theta + x|, of rows' curvatures at theta. */
class Parabola {
  readonly #problem: ExactProblem;
  readonly #columns: SparseColumns;
  readonly #theta: Float64Array;
  readonly #gradient: Float64Array;
  /** Of the mean. */
  readonly #curvatures: Float64Array;
  readonly #diagonal: Float64Array;
  /** To the diagonal, and so to curvatures of the penalty. */
  readonly #added: number;
  readonly #step: Float64Array;
  readonly #moved: Float64Array;

  constructor(
    problem: ExactProblem,
    columns: SparseColumns,
    theta: Float64Array,
    gradient: Float64Array,
    curvatures: Float64Array,
    damping: number,
  ) {
    this.#problem = problem;
    this.#columns = columns;
    this.#theta = theta;
    this.#gradient = gradient;
    this.#diagonal = diagonalOf(problem, curvatures);
    this.#added = damping * largest(this.#diagonal);
    for (let j = 0; j < this.#diagonal.length; j += 1) this.#diagonal[j] += this.#added;
    this.#curvatures = curvatures.map((c) => c / problem.design.rowCount);
    this.#step = new Float64Array(theta.length);
    this.#moved = new Float64Array(curvatures.length);
  }

  solve(patience: Patience): { step: Float64Array; moved: Float64Array; isEnded: boolean } {
    const first = this.#violation();
    let isEnded = false;
    for (let at = 0; at < triesMax && !isEnded && !patience.isOver; at += 1) {
      const active = this.#sweep(undefined);
      for (let sweep = 1; sweep < sweepsMax; sweep += 1) this.#sweep(active);
      this.#end(patience);
      isEnded = this.#violation() <= roughness * first;
    }
    return { step: this.#step, moved: this.#moved, isEnded };
  }

  /** Coordinate descent over these features, or all; returns those that are not 0, and the intercept. */
  #sweep(features: readonly number[] | undefined): number[] {
    const { l1, wd } = this.#problem;
    const { start, rows, values } = this.#columns;
    const d = this.#problem.design.featureCount;
    const active: number[] = [];
    const count = features?.length ?? d;
    for (let place = 0; place < count; place += 1) {
      const j = features === undefined ? place : features[place];
      const curvature = this.#diagonal[j];
      if (!(curvature > 0)) continue;
      let slope = this.#gradient[j] + (wd + this.#added) * this.#step[j];
      for (let at = start[j]; at < start[j + 1]; at += 1) {
        const row = rows[at];
        slope += values[at] * this.#curvatures[row] * this.#moved[row];
      }
      const now = this.#theta[j] + this.#step[j];
      const aim = now - slope / curvature;
      const limit = l1 / curvature;
      const next = aim > limit ? aim - limit : aim < -limit ? aim + limit : 0;
      if (next !== 0) active.push(j);
      if (next === now) continue;
      this.#step[j] = next === 0 ? -this.#theta[j] : this.#step[j] + (next - now);
      for (let at = start[j]; at < start[j + 1]; at += 1) this.#moved[rows[at]] += values[at] * (next - now);
    }
    this.#moveIntercept();
    return active;
  }

  #moveIntercept(): void {
    const { useBias, biasWd } = this.#problem;
    const d = this.#problem.design.featureCount;
    if (!useBias || !(this.#diagonal[d] > 0)) return;
    let slope = this.#gradient[d] + (biasWd + this.#added) * this.#step[d];
    for (let row = 0; row < this.#moved.length; row += 1) slope += this.#curvatures[row] * this.#moved[row];
    const by = -slope / this.#diagonal[d];
    this.#step[d] += by;
    for (let row = 0; row < this.#moved.length; row += 1) this.#moved[row] += by;
  }

  /** The parabola's slope at the step, l1 left out. */
  #slopes(): Float64Array {
    const image = this.#times(this.#step, this.#moved);
    for (let j = 0; j < image.length; j += 1) image[j] += this.#gradient[j];
    return image;
  }

  /** The hessian times a vector of which the rows' scores are known. */
  #times(vector: Float64Array, scores: Float64Array): Float64Array {
    const { design, wd, biasWd, useBias } = this.#problem;
    const d = design.featureCount;
    const product = new Float64Array(d + 1);
    design.gradient(
      scores.map((score, row) => score * this.#curvatures[row]),
      1,
      product,
    );
    for (let j = 0; j < d; j += 1) product[j] += (wd + this.#added) * vector[j];
    product[d] = useBias ? product[d] + (biasWd + this.#added) * vector[d] : 0;
    return product;
  }

  /** Conjugate gradients on the weights that are not 0, ended where one would change its sign; that one becomes 0. */
  #end(patience: Patience): void {
    const { design, l1 } = this.#problem;
    const d = design.featureCount;
    const free = this.#theta.map((value, j) => Number(j === d || value + this.#step[j] !== 0));
    if (!this.#problem.useBias) free[d] = 0;
    const right = this.#slopes();
    for (let j = 0; j <= d; j += 1) {
      const sign = j < d ? Math.sign(this.#theta[j] + this.#step[j]) : 0;
      right[j] = free[j] === 1 ? -right[j] - l1 * sign : 0;
    }
    const f = new Float64Array(this.#moved.length);
    const divided = byDiagonal(this.#diagonal.map((value, j) => value * free[j]));
    const times = (vector: Float64Array): Float64Array => {
      design.scores(vector, 1, f);
      return this.#times(vector, f).map((value, j) => value * free[j]);
    };
    const onward = conjugateGradients({ times, metric: divided }, right, endPrecision, patience, productsMax);
    // Weights that would change their sign become 0, all at once where that lowers the parabola, else the first of them.
    const before = this.#value(this.#step, this.#moved);
    let first = 1;
    for (let j = 0; j < d; j += 1) {
      const now = this.#theta[j] + this.#step[j];
      if (now * (now + onward[j]) < 0) first = Math.min(first, -now / onward[j]);
    }
    for (const share of first < 1 ? [1, 0.5, first] : [1]) {
      const step = this.#step.map((now, j) => {
        const weight = this.#theta[j] + now;
        const crosses = j < d && free[j] === 1 && weight * (weight + share * onward[j]) <= 0;
        return crosses ? -this.#theta[j] : now + share * onward[j];
      });
      const moved = new Float64Array(this.#moved.length);
      design.scores(step, 1, moved);
      if (share !== first && this.#value(step, moved) > before) continue;
      this.#step.set(step);
      this.#moved.set(moved);
      return;
    }
  }

  #value(step: Float64Array, moved: Float64Array): number {
    const { l1, wd, biasWd } = this.#problem;
    const d = step.length - 1;
    let value = dot(this.#gradient, step) + ((biasWd + this.#added) * step[d] * step[d]) / 2;
    for (let j = 0; j < d; j += 1)
      value += ((wd + this.#added) * step[j] * step[j]) / 2 + l1 * Math.abs(this.#theta[j] + step[j]);
    for (let row = 0; row < moved.length; row += 1) value += (this.#curvatures[row] * moved[row] * moved[row]) / 2;
    return value;
  }

  /** By how much slopes are beyond what l1 allows, at most. */
  #violation(): number {
    const { l1 } = this.#problem;
    const d = this.#problem.design.featureCount;
    const slopes = this.#slopes();
    let most = 0;
    for (let j = 0; j <= d; j += 1) {
      const now = this.#theta[j] + this.#step[j];
      const sides = j < d ? l1 : 0;
      const off = now === 0 ? Math.max(0, Math.abs(slopes[j]) - sides) : Math.abs(slopes[j] + Math.sign(now) * sides);
      most = Math.max(most, off);
    }
    return most;
  }
}

const endPrecision = 1e-3;
