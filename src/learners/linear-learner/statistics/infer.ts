import {
  type Estimation,
  hasManyOutputs,
  type LossShape,
  lossOf,
  outputsOf,
  PlainDesign,
} from '../../../kernels/index.ts';
import { cholesky } from '../../linear-algebra/cholesky.ts';
import type { ExactProblem } from '../../solvers/problem.ts';
import { pointAt } from '../../solvers/smooth/smooth-objective.ts';
import { solve } from '../../solvers/solve.ts';
import { foldBack } from '../fold.ts';
import type { Prepared } from '../path/prepare.ts';
import type { Job } from '../problem.ts';
import { lossShapeOf } from '../stream/open-ensemble.ts';
import { type DescribeOptions, describe, type RawFit } from './describe.ts';
import { type Covariances, covariancesOf, rawCovariance } from './estimates/covariance.ts';
import { type Estimate, estimate, partOf } from './estimates/estimate.ts';
import { exactLeastSquares } from './estimates/exact-least-squares.ts';
import { independentColumns } from './estimates/independent-columns.ts';
import { likelihoodRatios } from './estimates/likelihood-ratios.ts';
import { estimateQuantile } from './estimates/quantile-estimate.ts';
import { nothing, wholeOfLikelihood, wholeOfSquares } from './estimates/whole-fit.ts';
import type { Missing } from './missing.ts';
import { bendsAt } from './row-terms.ts';
import type { Inference } from './statistics.ts';

export interface InferOptions extends DescribeOptions {
  /** Multiplications that all tests together may take. */
  costMax: number;
  stopped: () => boolean;
}

/** Fits the job's loss without penalties and weights of classes, and computes intervals and tests of its coefficients. */
export function infer(job: Job, rows: Prepared, options: InferOptions): Inference | Missing {
  const loss = unweighted(lossShapeOf(job));
  const { estimation } = lossOf(loss);
  if (estimation === undefined) return { missing: `the ${job.plan.loss} has no valid test` };
  if (job.settings.predictorType === 'binary_classifier' && !estimation.testsClasses)
    return { missing: `the ${job.plan.loss} of labels 0 and 1 has no valid test` };
  const n = rows.design.rowCount;
  const columns = rows.design.featureCount + (job.settings.useBias ? 1 : 0);
  const cost = (n * (columns * Math.max(1, outputsOf(loss) - 1)) ** 2) / 2;
  if (estimateSteps * cost > options.costMax) {
    const billions = ((estimateSteps * cost) / 1e9).toFixed(1);
    return {
      missing: `it would take ${billions} billion multiplications, and the limit is ${options.costMax / 1e9} (statistics=true allows more)`,
    };
  }
  const exact = ofRawRows(job, loss, options);
  if (exact !== undefined) return describe(exact, options);
  const prepared = preparedProblem(job, rows, loss);
  const { problem, aliased, free } = prepared;
  const p = free.length;
  if (p === 0) return { missing: 'there are no coefficients' };
  if (n <= p) return { missing: `there are ${n} rows for ${p} coefficients` };
  const found = fitted(problem, estimation, free, aliased.length, options);
  if ('missing' in found) return found;
  const affordable = (found.method === 'Firth' ? firthSteps : testSteps) * cost * p <= options.costMax;
  return describe(rawFit(job, found, { ...prepared, affordable, options }), options);
}

/** Grams that an estimate takes, and those that it takes without one feature. */
const estimateSteps = 8;
const testSteps = 3;
const firthSteps = 150;

interface Ready {
  problem: ExactProblem;
  shape: LossShape;
  aliased: number[];
  free: Uint32Array;
}

function preparedProblem(job: Job, { design, fine, labels }: Prepared, shape: LossShape): Ready {
  const { useBias } = job.settings;
  const exact = fine ?? design;
  const { kept, aliased } = independentColumns(exact, useBias, exact instanceof PlainDesign);
  const K = outputsOf(shape);
  // The first class is the reference, and keeps parameters of 0.
  const free = Uint32Array.from(
    kept.flatMap((j) => Array.from({ length: K }, (_, k) => j * K + k).slice(K > 1 ? 1 : 0)),
  );
  // So small a penalty changes no digit; without one the softmax's Hessian is singular along the direction common to all classes.
  const wd = K > 1 ? Number.MIN_VALUE : 0;
  return {
    problem: { design, labels, loss: shape, positiveWeight: 1, wd, l1: 0, biasWd: wd, useBias },
    shape,
    aliased,
    free,
  };
}

const unweighted = (shape: LossShape): LossShape =>
  hasManyOutputs(shape) ? { ...shape, classWeight: shape.classWeight.map(() => 1) } : shape;

interface Fitted {
  theta: Float64Array;
  value: number;
  covariances: Covariances;
  method: Inference['method'];
  found: Estimate | undefined;
}

function fitted(
  problem: ExactProblem,
  { method, quantile: q, hasFirth }: Estimation,
  free: Uint32Array,
  aliasedCount: number,
  { stopped }: InferOptions,
): Fitted | Missing {
  const isStopped = { missing: 'the job was stopped' };
  if (method === 'quantile regression') {
    if (aliasedCount > 0) return { missing: 'some features are determined by others' };
    const quantile = estimateQuantile(problem, free, q ?? 0.5, { stopped });
    return quantile === undefined ? isStopped : { ...quantile, method, found: undefined };
  }
  const isRobust = method === 'M-estimation';
  const start = isRobust ? estimate({ ...problem, loss: { kind: 'squared' } }, free, { stopped })?.theta : undefined;
  const found =
    estimate(problem, free, { start, stopped }) ??
    (isRobust && aliasedCount === 0 ? solvedEstimate(problem, free, start, stopped) : undefined);
  if (isRobust && found !== undefined) {
    const bent = bendsAt(problem, found.theta).curvature.reduce((sum, value) => sum + value, 0);
    if (bent < bentRowsOfParameterMin * free.length)
      return { missing: `only ${bent} residuals are within huber_delta, too few for ${free.length} coefficients` };
  }
  if (found !== undefined) return { ...found, covariances: covariancesOf(found), method, found };
  if (stopped()) return isStopped;
  if (hasFirth !== true) {
    return {
      missing: hasManyOutputs(problem.loss)
        ? 'the classes fall apart, and no estimate is finite'
        : 'no estimate was reached',
    };
  }
  const firth = estimate(problem, free, { jeffreysOver: free, stopped });
  if (firth === undefined) return stopped() ? isStopped : { missing: 'no estimate was reached' };
  return { ...firth, covariances: covariancesOf(firth), method: 'Firth', found: firth };
}

/** The fewest rows for each coefficient within Huber's parabola; with fewer, its curvature is a matter of chance. */
const bentRowsOfParameterMin = 8;

/** Solves with the solver for kinks, where Newton's steps cycle between rows at the ends of Huber's parabola. */
function solvedEstimate(
  problem: ExactProblem,
  free: Uint32Array,
  start: Float64Array | undefined,
  stopped: () => boolean,
): Estimate | undefined {
  const { theta, objective, certificate } = solve(problem, { start, stopped });
  if (!certificate.reached) return undefined;
  const factor = cholesky(partOf(pointAt(problem, theta, true).hessian(), free), free.length);
  return { problem, free, theta, value: objective, factor };
}

interface Ground extends Ready {
  affordable: boolean;
  options: InferOptions;
}

/** A fit of standardised rows in raw units. */
function rawFit(job: Job, fit: Fitted, { problem, shape, aliased, free, options, affordable }: Ground): RawFit {
  const { scaler } = job;
  const { rowCount, featureCount: d } = problem.design;
  const { labels, useBias } = problem;
  const K = outputsOf(shape);
  const raw = (covariance: Float64Array) => rawCovariance(covariance, free, { K, featureCount: d, scaler });
  const { weights, bias } = foldBack({ w: fit.theta.slice(0, d * K), b: fit.theta.slice(d * K) }, scaler);
  const { method, found, covariances } = fit;
  const { dispersion } = covariances;
  const p = free.length;
  const isLikelihood = lossOf(shape).estimation?.method === 'maximum likelihood';
  let whole = nothing;
  if (method === 'least squares')
    whole = wholeOfSquares(labels, 2 * rowCount * fit.value, { p, useBias, unit: scaler.labelDivisor });
  else if (method === 'maximum likelihood' && found !== undefined)
    whole = wholeOfLikelihood(labels, fit.value, { p, useBias, K });
  return {
    method,
    rowCount,
    featureCount: d,
    K,
    free,
    aliased,
    estimates: Float64Array.from(free, (place) => (place >= d * K ? bias[place % K] : weights[place])),
    model: raw(covariances.model),
    sandwich: raw(covariances.sandwich),
    correction: covariances.correction,
    residualDeviation: dispersion === undefined ? null : Math.sqrt(dispersion) * scaler.labelDivisor,
    ratios:
      affordable && found !== undefined && isLikelihood
        ? likelihoodRatios({ ...found, method, covariance: covariances.model }, free, { K, stopped: options.stopped })
        : new Map(),
    whole,
  };
}

/**
 * Least squares over the rows as they came, where they are held in doubles: standardising rounds every cell, and squares of
 * badly conditioned columns lose half of their digits. Undefined for other losses and rows.
 */
function ofRawRows(job: Job, shape: LossShape, { costMax }: InferOptions): RawFit | undefined {
  const { held, settings, range } = job;
  if (held === undefined || !(held.features instanceof Float64Array)) return undefined;
  if (lossOf(shape).estimation?.method !== 'least squares' || range !== undefined) return undefined;
  const { features: x, labels, rowCount, featureCount } = held;
  const { useBias } = settings;
  if (orthogonalCost * rowCount * (featureCount + 1) ** 2 > costMax) return undefined;
  const found = exactLeastSquares({ x, labels, rowCount, featureCount, useBias });
  if (found === undefined || found.free.length === 0) return undefined;
  const p = found.free.length;
  return {
    ...found,
    method: 'least squares',
    rowCount,
    featureCount,
    K: 1,
    correction: 'HC3',
    residualDeviation: Math.sqrt(found.residualSquares / (rowCount - p)),
    ratios: new Map(),
    whole: wholeOfSquares(labels, found.residualSquares, { p, useBias }),
  };
}

/** Multiplications for each row and pair of columns: factor, its orthogonal rows, and covariance. */
const orthogonalCost = 5;
