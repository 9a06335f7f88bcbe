import { outputsOf } from '../../../kernels/index.ts';
import {
  type Certificate,
  canCorrect,
  correctionOf,
  type ExactProblem,
  type LossSum,
  lossSumOf,
  nonZeroOf,
  penaltyOf,
  scaleOf,
} from '../../solvers/index.ts';
import type { Standardised } from '../fold.ts';
import type { FitObserver, SolvedBy } from '../model.ts';
import type { Penalty } from '../path/penalties.ts';
import { modelOf, problemOf, thetaOf } from '../path/solve-path.ts';
import type { Job } from '../problem.ts';
import { lossOverAllRows } from './over-all-rows.ts';
import type { SampledJob } from './sampled-job.ts';

/** Estimated share of the objective over all rows at which a model counts as at its optimum; where a loss has kinks, rows on them leave more. */
const toleranceOf = ({ trainingLoss }: Job): number => (trainingLoss?.pieces !== undefined ? 1e-6 : 1e-7);
/** The most passes over all rows; two usually suffice. */
const passesMax = 6;

/**
 * Carries a model that is at the optimum over a sample to that over all rows: each pass takes the objective and its
 * gradient over all rows, and steps by the sample's hessian, as long as the objective falls. Where a streamed model is
 * lower to begin with, it starts from that. Undefined when stopped.
 */
export async function carryOver(
  job: Job,
  sampled: SampledJob,
  penalty: Penalty,
  { solved, streamed, method }: { solved: Standardised; streamed: Standardised; method: string },
  observer: FitObserver,
  environment: { nowMs(): number; signal?: AbortSignal },
): Promise<{ model: Standardised; solved: SolvedBy } | undefined> {
  const problem = problemOf(job, sampled.rows.get(), penalty);
  const stopped = (): boolean => environment.signal?.aborted === true;
  let passes = 0;
  const look = async (...thetas: Float64Array[]): Promise<Point[] | undefined> => {
    passes += 1;
    const onRows = teller(passes, observer, environment);
    const sums = await lossOverAllRows(job, penalty, thetas, { stopped, onRows });
    return sums?.map((sum, at) => pointOf(problem, thetas[at], sum));
  };
  const starts = await look(thetaOf(solved), thetaOf(streamed));
  if (starts === undefined) return undefined;
  let point = starts[1].objective < starts[0].objective ? starts[1] : starts[0];
  const tolerance = toleranceOf(job);
  const scale = scaleOf(point.objective, objectiveAtZero(problem));
  let promised = Number.POSITIVE_INFINITY;
  let size = 1;
  while (canCorrect(problem) && !stopped()) {
    const correction = correctionOf(problem, point.theta, point.gradient);
    promised = correction.promised;
    if (!(promised > tolerance * scale) || passes >= passesMax) break;
    const theta = point.theta.map((value, at) => value + size * correction.step[at]);
    const [next] = (await look(theta)) ?? [];
    if (next === undefined) return undefined;
    if (next.objective < point.objective) {
      point = next;
      size = 1;
    } else size /= 4;
  }
  const certificate = certificateOf(problem, point, { relative: promised / scale, tolerance });
  const isAt = certificate.reached ? 'at the optimum' : 'near the optimum';
  observer.notice(
    `After ${passes} ${passes === 1 ? 'pass' : 'passes'} over all rows the model is ${isAt} over them: about ${shown(certificate.relative)} of the objective above it`,
  );
  return {
    model: modelOf(point.theta, job.outputs),
    solved: {
      method: `${method} over a sample, then ${passes} ${passes === 1 ? 'pass' : 'passes'} over all rows`,
      objective: point.objective,
      certificate,
      nonZero: nonZeroOf(point.theta, job.outputs),
      separable: false,
    },
  };
}

interface Point {
  theta: Float64Array;
  objective: number;
  /** The gradient of loss and smooth penalties. */
  gradient: Float64Array;
}

function pointOf(problem: ExactProblem, theta: Float64Array, { value, gradient }: LossSum): Point {
  const { wd, biasWd, useBias } = problem;
  const weights = problem.design.featureCount * (theta.length / (problem.design.featureCount + 1));
  return {
    theta,
    objective: value + penaltyOf(problem, theta),
    gradient: gradient.map((slope, at) => {
      if (at < weights) return slope + wd * theta[at];
      return useBias ? slope + biasWd * theta[at] : 0;
    }),
  };
}

const objectiveAtZero = (problem: ExactProblem): number => {
  const size = (problem.design.featureCount + 1) * outputsOf(problem.loss);
  return lossSumOf(problem, new Float64Array(size)).value / Math.max(1, problem.design.rowCount);
};

function certificateOf(
  problem: ExactProblem,
  { theta, gradient }: Point,
  { relative, tolerance }: { relative: number; tolerance: number },
): Certificate {
  const weights = problem.design.featureCount * (theta.length / (problem.design.featureCount + 1));
  // With l1 it is the part of a slope that the penalty does not balance.
  const left = gradient.map((slope, at) => {
    if (at >= weights || problem.l1 === 0) return Math.abs(slope);
    return theta[at] === 0
      ? Math.max(0, Math.abs(slope) - problem.l1)
      : Math.abs(slope + problem.l1 * Math.sign(theta[at]));
  });
  const value = left.reduce((most, slope) => Math.max(most, slope), 0);
  return { kind: 'gradient norm', value, relative: Math.max(0, relative), tolerance, reached: relative <= tolerance };
}

/** A pass that takes long logs its progress. */
function teller(pass: number, observer: FitObserver, { nowMs }: { nowMs(): number }): (rowCount: number) => void {
  let toldAtMs = nowMs();
  return (rowCount) => {
    if (nowMs() - toldAtMs < tellEveryMs) return;
    toldAtMs = nowMs();
    observer.notice(`Pass ${pass} over all rows for the optimum: ${rowCount} rows so far`);
  };
}

const tellEveryMs = 10_000;

const shown = (value: number): string => String(Number(value.toPrecision(2)));
