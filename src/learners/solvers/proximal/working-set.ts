import { type Design, type LossPieces, lossOf, outputsOf, PlainDesign } from '../../../kernels/index.ts';
import { dualityGap } from '../duality-gap.ts';
import { HybridDesign } from '../large/hybrid-design.ts';
import { leastOf } from '../piecewise/piece-problem.ts';
import { type PiecewiseSolution, piecewiseTolerance, solvePiecewise } from '../piecewise/piecewise-solver.ts';
import { lossAt, weightsOf } from '../piecewise/quantile-preprocessing.ts';
import { type ExactProblem, gapCertificate, nonZeroOf, type Solution, type SolveOptions, scaleOf } from '../problem.ts';
import { pointAt } from '../smooth/smooth-objective.ts';
import { lossGradient } from '../smooth/smooth-point.ts';
import { proximalByColumns } from './proximal-coordinate-descent.ts';
import { gapTolerance, proximalNewton } from './proximal-newton.ts';

const roundsMax = 40;
/** What rounds of sparse features that are not the last leave, as a share of the objective. */
const firstRough = 1e-2;
const leastRough = 1e-6;
/** Features of the first round, unless the start has more. */
const firstCount = 30;

/**
 * l1 with many features: solves for those that matter, looks over all for others whose slope is beyond l1, takes the
 * worst of these in, and ends when the duality gap over all features is closed (working sets, as in Johnson and
 * Guestrin's Blitz, 2015). The features at work are taken out of the design, in doubles.
 */
export function solveByWorkingSet(problem: ExactProblem, options: SolveOptions): Solution {
  const { design, loss, l1 } = problem;
  const d = design.featureCount;
  const K = outputsOf(loss);
  const { pieces } = lossOf(loss);
  const atZero = valueAtZero(problem, pieces);
  let theta: Float64Array = options.start?.slice() ?? new Float64Array((d + 1) * K);
  const isIn = new Uint8Array(d);
  for (let j = 0; j < d; j += 1) isIn[j] = Number(theta.subarray(j * K, (j + 1) * K).some((value) => value !== 0));
  takeIn(isIn, strengths(firstSlopes(problem, pieces), d, K), firstCount, 0);
  const columns = new Map<number, Float64Array>();
  let iterations = 0;
  let rough = design.columns === undefined ? 0 : firstRough;
  for (let round = 0; ; round += 1) {
    const features = Uint32Array.from(isIn.keys()).filter((j) => isIn[j] === 1);
    const small = { ...problem, design: designOf(design, features, columns), fine: undefined };
    const start = round === 0 && options.start === undefined ? undefined : restrict(theta, features, d, K);
    const kinked = pieces === undefined ? undefined : solvePiecewise(small, { ...options, start });
    const tolerance = Math.max(rough, options.tolerance ?? 0);
    const solved: Solution = kinked ?? solveSmall(small, { ...options, start, tolerance });
    small.design.close();
    theta = expand(solved.theta, features, d, K);
    iterations += solved.iterations;
    const { objective } = solved;
    const slopes = kinked === undefined ? smoothSlopes(problem, theta) : gradientOf(design, kinked);
    const gap =
      pieces === undefined
        ? Math.max(0, dualityGap(problem, theta, slopes, objective))
        : solved.certificate.value + gapOutside(problem, slopes, objective, isIn);
    const relative = gap / scaleOf(objective, atZero);
    const enough = Math.max(pieces === undefined ? gapTolerance : piecewiseTolerance, options.tolerance ?? 0);
    const isDone = relative <= enough || round >= roundsMax || options.stopped?.() === true;
    const taken = isDone ? 0 : takeIn(isIn, strengths(slopes, d, K), Math.max(firstCount, features.length), l1);
    const wasRough = rough > 0;
    rough = taken > 0 ? Math.min(rough, Math.max(relative / 10, leastRough)) : 0;
    if (isDone || (taken === 0 && !wasRough)) {
      return {
        theta,
        objective,
        certificate: gapCertificate(gap, objective, atZero, enough),
        iterations,
        method: `${solved.method} on active features`,
        nonZero: nonZeroOf(theta, K),
        separable: false,
      };
    }
  }
}

/** Of sparse rows a gram of many features costs more than it saves, where there is one. */
function solveSmall(problem: ExactProblem, options: SolveOptions): Solution {
  const { design, loss } = problem;
  const columns = outputsOf(loss) === 1 && design.featureCount > gramFeaturesMax ? design.columns?.() : undefined;
  return columns === undefined ? proximalNewton(problem, options) : proximalByColumns(problem, columns, options);
}

const gramFeaturesMax = 300;

function valueAtZero(problem: ExactProblem, pieces: LossPieces | undefined): number {
  const { design, labels, loss } = problem;
  const n = design.rowCount;
  if (pieces !== undefined) return lossAt(pieces, labels, weightsOf(problem), new Float64Array(n));
  return pointAt(problem, new Float64Array((design.featureCount + 1) * outputsOf(loss)), false).value;
}

/** Slopes of the mean loss at theta = 0, of labels less their mean slope, which the intercept will take. */
function firstSlopes(problem: ExactProblem, pieces: LossPieces | undefined): Float64Array {
  const { design, labels, useBias, loss } = problem;
  const size = (design.featureCount + 1) * outputsOf(loss);
  if (pieces === undefined) return pointAt(problem, new Float64Array(size), false).gradient();
  const weight = weightsOf(problem);
  const slopes = weight.map((share, row) => {
    let slope = pieces.linear;
    for (const { sign, offset, upper } of pieces.pieces) {
      if (-offset(labels[row]) > 0) slope += sign(labels[row]) * Math.min(upper, -offset(labels[row]));
    }
    return share * slope;
  });
  const mean = slopes.reduce((sum, slope) => sum + slope, 0) / slopes.length;
  if (useBias)
    slopes.forEach((slope, row) => {
      slopes[row] = slope - mean;
    });
  const g = new Float64Array(size);
  design.gradient(slopes, 1, g);
  return g;
}

function gradientOf(design: Design, { slopes }: PiecewiseSolution): Float64Array {
  const g = new Float64Array(design.featureCount + 1);
  design.gradient(slopes, 1, g);
  return g;
}

const smoothSlopes = (problem: ExactProblem, theta: Float64Array): Float64Array =>
  lossGradient(problem, theta, pointAt(problem, theta, false).gradient());

/** The largest slope of each feature. */
function strengths(slopes: Float64Array, d: number, K: number): Float64Array {
  const most = new Float64Array(d);
  for (let at = 0; at < d * K; at += 1) {
    const j = Math.floor(at / K);
    most[j] = Math.max(most[j], Math.abs(slopes[at]));
  }
  return most;
}

/** Takes in the strongest features that are not, up to `count`, stronger than `least`; returns how many. */
function takeIn(isIn: Uint8Array, strength: Float64Array, count: number, least: number): number {
  const outside = Array.from(isIn.keys()).filter((j) => isIn[j] === 0 && strength[j] > least);
  outside.sort((a, b) => strength[b] - strength[a] || a - b);
  const taken = outside.slice(0, count);
  for (const j of taken) isIn[j] = 1;
  return taken.length;
}

/** What features outside add to a gap: nothing where their slope is within l1. */
function gapOutside({ l1, wd }: ExactProblem, slopes: Float64Array, objective: number, isIn: Uint8Array): number {
  let gap = 0;
  let most = 0;
  for (let j = 0; j < isIn.length; j += 1) {
    if (isIn[j] === 1) continue;
    most = Math.max(most, Math.abs(slopes[j]) - l1);
    const bound = Math.min(objective / l1, wd > 0 ? Math.sqrt((2 * objective) / wd) : Infinity);
    gap -= leastOf(Math.max(0, Math.abs(slopes[j]) - l1), wd, bound);
  }
  // All weights together are no larger than one may be.
  return Math.min(gap, (most * objective) / l1);
}

/** The features named, as a design of their own, of double arithmetic but for grams. */
function designOf(design: Design, features: Uint32Array, kept: Map<number, Float64Array>): Design {
  const selected = design.select?.(features);
  if (selected instanceof HybridDesign || selected instanceof PlainDesign || selected?.squares !== undefined)
    return selected;
  const fine = columnsOf(design, features, kept);
  return selected === undefined ? fine : new HybridDesign(fine, selected);
}

/** Columns taken out at once. */
const columnsAtOnce = 32;

/** The features named, as a design of their own; columns once taken out are kept. */
function columnsOf(design: Design, features: Uint32Array, kept: Map<number, Float64Array>): PlainDesign {
  const { rowCount, featureCount: d } = design;
  const missing = features.filter((j) => !kept.has(j));
  for (let from = 0; from < missing.length; from += columnsAtOnce) {
    const some = missing.subarray(from, from + columnsAtOnce);
    const K = some.length;
    // Scores of a weight of 1 are the column itself, exactly.
    const unit = new Float64Array((d + 1) * K);
    some.forEach((j, k) => {
      unit[j * K + k] = 1;
    });
    const f = new Float64Array(rowCount * K);
    design.scores(unit, K, f);
    some.forEach((j, k) => {
      const column = new Float64Array(rowCount);
      for (let row = 0; row < rowCount; row += 1) column[row] = f[row * K + k];
      kept.set(j, column);
    });
  }
  const count = features.length;
  const x = new Float64Array(rowCount * count);
  features.forEach((j, place) => {
    const column = kept.get(j)!;
    for (let row = 0; row < rowCount; row += 1) x[row * count + place] = column[row];
  });
  return new PlainDesign({ x, rowCount, featureCount: count });
}

function restrict(theta: Float64Array, features: Uint32Array, d: number, K: number): Float64Array {
  const small = new Float64Array((features.length + 1) * K);
  features.forEach((j, place) => {
    small.set(theta.subarray(j * K, (j + 1) * K), place * K);
  });
  small.set(theta.subarray(d * K), features.length * K);
  return small;
}

function expand(small: Float64Array, features: Uint32Array, d: number, K: number): Float64Array {
  const theta = new Float64Array((d + 1) * K);
  features.forEach((j, place) => {
    theta.set(small.subarray(place * K, (place + 1) * K), j * K);
  });
  theta.set(small.subarray(features.length * K), d * K);
  return theta;
}
