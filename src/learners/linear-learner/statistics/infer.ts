import { type LossShape, outputsOf, PlainDesign } from '../../../kernels/index.ts';
import { cholesky, choleskySolve } from '../exact/cholesky.ts';
import type { ExactProblem } from '../exact/problem.ts';
import { pointAt } from '../exact/smooth-objective.ts';
import { solve } from '../exact/solve.ts';
import { foldBack } from '../fold.ts';
import type { Prepared } from '../path/prepare.ts';
import type { Job } from '../problem.ts';
import { lossShapeOf } from '../stream/open-ensemble.ts';
import { type Covariances, covariancesOf, rawCovariance } from './covariance.ts';
import { chiSquaredTail, fTail, studentQuantile, studentTwoSided } from './distributions.ts';
import { type Estimate, estimate, partOf } from './estimate.ts';
import { independentColumns } from './independent-columns.ts';
import { estimateQuantile } from './quantile-estimate.ts';
import { bendsAt } from './row-terms.ts';
import { type Coefficient, covarianceMax, type Inference, type Missing } from './statistics.ts';

export interface InferOptions {
  confidenceLevel: number;
  /** Of the columns, without the intercept. */
  nameOf: (column: number) => string;
  /** Multiplications that all tests together may take. */
  costMax: number;
  stopped: () => boolean;
}

/** Fits the job's loss without penalties and weights of classes, and says how sure its coefficients are. */
export function infer(job: Job, rows: Prepared, options: InferOptions): Inference | Missing {
  const loss = unweighted(lossShapeOf(job));
  if (!(loss.kind in methods)) return { missing: `the ${job.plan.loss} has no valid test` };
  const n = rows.design.rowCount;
  const columns = rows.design.featureCount + (job.settings.useBias ? 1 : 0);
  const cost = (n * (columns * Math.max(1, outputsOf(loss) - 1)) ** 2) / 2;
  if (estimateSteps * cost > options.costMax) {
    const billions = ((estimateSteps * cost) / 1e9).toFixed(1);
    return {
      missing: `it would take ${billions} billion multiplications, and the limit is ${options.costMax / 1e9} (statistics=true allows more)`,
    };
  }
  const prepared = preparedProblem(job, rows, loss);
  const { problem, shape, aliased, free } = prepared;
  const p = free.length;
  if (p === 0) return { missing: 'there are no coefficients' };
  if (n <= p) return { missing: `there are ${n} rows for ${p} coefficients` };
  const found = fitted(problem, shape, free, aliased.length, options);
  if ('missing' in found) return found;
  const affordable = (found.method === 'Firth' ? firthSteps : testSteps) * cost * p <= options.costMax;
  return describe(job, found, { ...prepared, affordable, options });
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
  const K = shape.kind === 'softmax' ? shape.outputs : 1;
  // The first class is the reference, and keeps parameters of 0.
  const free = Uint32Array.from(
    kept.flatMap((j) => Array.from({ length: K }, (_, k) => j * K + k).slice(K > 1 ? 1 : 0)),
  );
  // So small a penalty changes no digit; with none the softmax's hessian is propped up along what all classes share.
  const wd = K > 1 ? Number.MIN_VALUE : 0;
  return {
    problem: { design, labels, loss: shape, positiveWeight: 1, wd, l1: 0, biasWd: wd, useBias },
    shape,
    aliased,
    free,
  };
}

const unweighted = (shape: LossShape): LossShape =>
  shape.kind === 'softmax' ? { ...shape, classWeight: shape.classWeight.map(() => 1) } : shape;

const methods: Readonly<Partial<Record<LossShape['kind'], Inference['method']>>> = {
  squared: 'least squares',
  logistic: 'maximum likelihood',
  softmax: 'maximum likelihood',
  huber: 'M-estimation',
  absolute: 'quantile regression',
  quantile: 'quantile regression',
};

interface Fitted {
  theta: Float64Array;
  value: number;
  covariances: Covariances;
  method: Inference['method'];
  found: Estimate | undefined;
}

function fitted(
  problem: ExactProblem,
  shape: LossShape,
  free: Uint32Array,
  aliasedCount: number,
  { stopped }: InferOptions,
): Fitted | Missing {
  const method = methods[shape.kind]!;
  const isStopped = { missing: 'the job was stopped' };
  if (method === 'quantile regression') {
    if (aliasedCount > 0) return { missing: 'some features are determined by others' };
    const quantile = estimateQuantile(problem, free, shape.kind === 'quantile' ? shape.q : 0.5, { stopped });
    return quantile === undefined ? isStopped : { ...quantile, method, found: undefined };
  }
  const start =
    shape.kind === 'huber' ? estimate({ ...problem, loss: { kind: 'squared' } }, free, { stopped })?.theta : undefined;
  const found =
    estimate(problem, free, { start, stopped }) ??
    (shape.kind === 'huber' && aliasedCount === 0 ? solvedEstimate(problem, free, start, stopped) : undefined);
  if (shape.kind === 'huber' && found !== undefined) {
    const bent = bendsAt(problem, found.theta).curvature.reduce((sum, value) => sum + value, 0);
    if (bent < bentRowsOfParameterMin * free.length)
      return { missing: `only ${bent} residuals are within huber_delta, too few for ${free.length} coefficients` };
  }
  if (found !== undefined) return { ...found, covariances: covariancesOf(found), method, found };
  if (stopped()) return isStopped;
  if (shape.kind !== 'logistic') {
    return {
      missing:
        shape.kind === 'softmax' ? 'the classes fall apart, and no estimate is finite' : 'no estimate was reached',
    };
  }
  const firth = estimate(problem, free, { jeffreysOver: free, stopped });
  if (firth === undefined) return stopped() ? isStopped : { missing: 'no estimate was reached' };
  return { ...firth, covariances: covariancesOf(firth), method: 'Firth', found: firth };
}

/** Of fewer rows within Huber's parabola for each coefficient its curvature is a matter of chance. */
const bentRowsOfParameterMin = 8;

/** By the solver for kinks, where Newton's steps go round in circles between rows at the ends of Huber's parabola. */
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

function describe(job: Job, fit: Fitted, ground: Ground): Inference {
  const { problem, shape, aliased, free, options, affordable } = ground;
  const { design } = problem;
  const { scaler } = job;
  const n = design.rowCount;
  const p = free.length;
  const K = shape.kind === 'softmax' ? shape.outputs : 1;
  const d = design.featureCount;
  const raw = (covariance: Float64Array) => rawCovariance(covariance, free, { K, featureCount: d, scaler });
  const [model, sandwich] = [raw(fit.covariances.model), raw(fit.covariances.sandwich)];
  const { weights, bias } = foldBack({ w: fit.theta.slice(0, d * K), b: fit.theta.slice(d * K) }, scaler);
  const residualDegrees = K > 1 || shape.kind === 'logistic' ? null : n - p;
  const degrees = residualDegrees ?? Number.POSITIVE_INFINITY;
  const reach = studentQuantile(options.confidenceLevel, degrees);
  const ratios = affordable ? likelihoodRatios(fit, ground, K) : new Map<number, Coefficient['likelihoodRatio']>();
  const coefficients = Array.from(free, (place, at): Coefficient => {
    const j = Math.floor(place / K);
    const estimated = j === d ? bias[place % K] : weights[place];
    const standardError = Math.sqrt(model[at * p + at]);
    const robustStandardError = Math.sqrt(sandwich[at * p + at]);
    const statistic = estimated / standardError;
    return {
      feature: j === d ? null : j,
      name: j === d ? 'intercept' : options.nameOf(j),
      output: place % K,
      estimate: estimated,
      standardError,
      robustStandardError,
      statistic,
      pValue: studentTwoSided(statistic, degrees),
      robustPValue: studentTwoSided(estimated / robustStandardError, degrees),
      low: estimated - reach * standardError,
      high: estimated + reach * standardError,
      robustLow: estimated - reach * robustStandardError,
      robustHigh: estimated + reach * robustStandardError,
      likelihoodRatio:
        shape.kind === 'squared'
          ? ratioOf(n * Math.log1p((statistic * statistic) / (n - p)), 1)
          : j === d
            ? null
            : (ratios.get(j) ?? null),
    };
  });
  const spread = fit.covariances.dispersion;
  return {
    method: fit.method,
    coefficients,
    aliased,
    correction: fit.covariances.correction,
    residualDegrees,
    residualDeviation: spread === undefined ? null : Math.sqrt(spread) * scaler.labelDivisor,
    ...wholeOf(job, fit, ground, K),
    covariance: p <= covarianceMax ? { model, sandwich } : null,
  };
}

const ratioOf = (statistic: number, degrees: number): { statistic: number; degrees: number; pValue: number } => ({
  statistic,
  degrees,
  pValue: chiSquaredTail(statistic, degrees),
});

/**
 * Twice the loss of log-likelihood when one feature is left out, of all classes. Where the estimate has Jeffreys' prior, of
 * the likelihood with the whole design's prior (Heinze and Schemper 2002).
 */
function likelihoodRatios(
  { found, method, value, covariances }: Fitted,
  { problem, free, options }: Ground,
  K: number,
) {
  const ratios = new Map<number, Coefficient['likelihoodRatio']>();
  if (found === undefined || (problem.loss.kind !== 'logistic' && problem.loss.kind !== 'softmax')) return ratios;
  const d = problem.design.featureCount;
  const features = [...new Set(Array.from(free, (place) => Math.floor(place / K)))].filter((j) => j < d);
  for (const j of features) {
    if (options.stopped()) break;
    const isLeft = (place: number): boolean => Math.floor(place / K) === j;
    const rest = free.filter((place) => !isLeft(place));
    const start = withoutFeature(found.theta, free, isLeft, covariances.model);
    const without =
      rest.length === 0
        ? undefined
        : estimate(problem, rest, {
            start,
            stopped: options.stopped,
            ...(method === 'Firth' && { jeffreysOver: free }),
          });
    // Jeffreys' prior may have several optima where features nearly determine each other: then nothing can be said.
    if (without === undefined || without.value < value * (1 - 1e-9)) continue;
    ratios.set(j, ratioOf(Math.max(0, 2 * problem.design.rowCount * (without.value - value)), Math.max(1, K - 1)));
  }
  return ratios;
}

/** Where the quadratic around the estimate has its least value without some parameters: theta - S_rl S_ll^-1 theta_l. */
function withoutFeature(
  theta: Float64Array,
  free: Uint32Array,
  isLeft: (place: number) => boolean,
  covariance: Float64Array,
): Float64Array {
  const p = free.length;
  const left = Array.from(free.keys()).filter((at) => isLeft(free[at]));
  const m = left.length;
  const own = new Float64Array(m * m);
  left.forEach((a, i) => {
    left.forEach((b, k) => {
      own[i * m + k] = covariance[a * p + b];
    });
  });
  const shares = choleskySolve(
    cholesky(own, m),
    Float64Array.from(left, (at) => theta[free[at]]),
  );
  const moved = theta.slice();
  free.forEach((place, at) => {
    left.forEach((other, i) => {
      moved[place] -= covariance[at * p + other] * shares[i];
    });
    if (isLeft(place)) moved[place] = 0;
  });
  return moved;
}

type Whole = Pick<Inference, 'overall' | 'logLikelihood' | 'nullLogLikelihood' | 'aic' | 'bic' | 'rSquared'>;

const nothing: Whole = {
  overall: null,
  logLikelihood: null,
  nullLogLikelihood: null,
  aic: null,
  bic: null,
  rSquared: null,
};

/** How the whole fit stands against one of an intercept only. */
function wholeOf({ scaler }: Job, { value, method, found }: Fitted, { problem, free }: Ground, K: number): Whole {
  const { labels, useBias, design } = problem;
  const n = design.rowCount;
  const p = free.length;
  const ofIntercept = useBias ? Math.max(1, K - 1) : 0;
  if (method === 'least squares') {
    let sum = 0;
    for (const label of labels) sum += label;
    const mean = useBias ? sum / n : 0;
    let total = 0;
    for (const label of labels) total += (label - mean) ** 2;
    const residual = 2 * n * value;
    const between = Math.max(0, total - residual);
    const logLikelihoodOf = (squares: number): number =>
      (-n / 2) * (Math.log((2 * Math.PI * squares * scaler.labelDivisor ** 2) / n) + 1);
    const logLikelihood = logLikelihoodOf(residual);
    const more = p - ofIntercept;
    const f = between / more / (residual / (n - p));
    return {
      overall:
        more === 0
          ? null
          : { test: 'F', statistic: f, degrees: more, residualDegrees: n - p, pValue: fTail(f, more, n - p) },
      logLikelihood,
      nullLogLikelihood: logLikelihoodOf(total),
      aic: 2 * (p + 1) - 2 * logLikelihood,
      bic: Math.log(n) * (p + 1) - 2 * logLikelihood,
      rSquared: total === 0 ? null : 1 - residual / total,
    };
  }
  if (method !== 'maximum likelihood' || found === undefined) return nothing;
  const logLikelihood = -n * value;
  const nullLogLikelihood = useBias ? -entropy(labels) : -n * Math.log(Math.max(2, K));
  const statistic = Math.max(0, 2 * (logLikelihood - nullLogLikelihood));
  const degrees = p - ofIntercept;
  return {
    overall:
      degrees === 0
        ? null
        : {
            test: 'likelihood ratio',
            statistic,
            degrees,
            residualDegrees: null,
            pValue: chiSquaredTail(statistic, degrees),
          },
    logLikelihood,
    nullLogLikelihood,
    aic: 2 * p - 2 * logLikelihood,
    bic: Math.log(n) * p - 2 * logLikelihood,
    rSquared: nullLogLikelihood === 0 ? null : 1 - logLikelihood / nullLogLikelihood,
  };
}

/** Sum over rows of -log of the share of the row's class. */
function entropy(labels: Float32Array | Float64Array): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - count * Math.log(count / labels.length), 0);
}
