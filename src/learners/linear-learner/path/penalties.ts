import type { Design } from '../../../kernels/index.ts';
import { makeRounded, type ScalarLoss } from '../losses/index.ts';
import type { Candidate } from '../model.ts';
import type { LinearLearnerSettings } from '../settings.ts';

/** One problem of the search: a penalty and a weight of positive rows. */
export interface Penalty {
  wd: number;
  l1: number;
  positiveWeight: number;
}

/** What the data say before any weight is fitted. */
export interface NullFit {
  /** Mean curvature of the loss in the score, at the best model without features. */
  curvature: number;
  /** Largest slope of the mean loss in any weight there: from this l1 on, all weights are 0. */
  slopeMax: number;
  /** Largest eigenvalue of X'X / rows, X without the intercept. */
  eigenvalueMax: number;
  rowCount: number;
  featureCount: number;
}

/**
 * The penalties that are solved to their optimum, strongest first.
 *
 * What the job fixes is fixed. Otherwise a ridge path and, for smooth losses, a lasso path, as wide as these data can
 * tell apart: wd from the one that halves an average direction of the data (curvature; with few rows for each
 * feature up to the largest eigenvalue of X'X / n times that) down to a hundredth of what one row carries (curvature / (100 n), not below 1e-6 of the curvature); l1 from half
 * of the one that silences every feature down to its thousandth (its hundredth with few rows for each feature). Ratios between neighbours are equal. The job's own
 * configuration, candidate 0, is always among them.
 */
export function penaltiesOf(
  settings: Pick<LinearLearnerSettings, 'wd' | 'l1'>,
  candidates: readonly Candidate[],
  fit: NullFit,
  { count, lasso }: { count: number; lasso: boolean },
): Penalty[] {
  const weights = [...new Set(candidates.map(({ positiveExampleWeightMult }) => positiveExampleWeightMult))];
  const each = Math.max(1, Math.floor(count / weights.length));
  const [own] = candidates;
  const points = [{ wd: own.wd, l1: own.l1 }, ...freePoints(settings, own, fit, { count: each - 1, lasso })];
  const distinct = new Map(points.map((point) => [`${point.wd} ${point.l1}`, point]));
  return weights.flatMap((positiveWeight) =>
    [...distinct.values()].sort((a, b) => a.l1 - b.l1 || b.wd - a.wd).map((point) => ({ ...point, positiveWeight })),
  );
}

type Point = Pick<Penalty, 'wd' | 'l1'>;

function freePoints(
  settings: Pick<LinearLearnerSettings, 'wd' | 'l1'>,
  own: Candidate,
  { curvature, slopeMax, eigenvalueMax, rowCount, featureCount }: NullFit,
  { count, lasso }: { count: number; lasso: boolean },
): Point[] {
  const strongest = curvature * Math.min(eigenvalueMax, 1 + (10 * featureCount) / rowCount);
  const ridges = (length: number): number[] =>
    spaced(strongest, Math.min(curvature * Math.max(1e-6, 0.01 / rowCount), 1e-3), length);
  // Where features are nearly as many as rows, weaker ones leave them all in, and are hardly ever the best.
  const weakest = rowCount < 5 * featureCount ? 100 : 1000;
  const lassos = (length: number): number[] => spaced(slopeMax / 2, slopeMax / weakest, length);
  const freeWd = settings.wd === 'auto';
  const freeL1 = settings.l1 === 'auto' && lasso && slopeMax > 0;
  if (freeWd && freeL1) {
    const lassoCount = Math.floor(count / 3);
    // A trace of wd keeps the lasso's answer unique where columns are copies of each other.
    const trace = 1e-6 * curvature;
    return [
      ...ridges(count - lassoCount).map((wd) => ({ wd, l1: 0 })),
      ...lassos(lassoCount).map((l1) => ({ wd: trace, l1 })),
    ];
  }
  if (freeWd) return ridges(count).map((wd) => ({ wd, l1: own.l1 }));
  return freeL1 ? lassos(count).map((l1) => ({ wd: own.wd, l1 })) : [];
}

/** `length` numbers at equal ratios, the first and the last given. */
function spaced(from: number, to: number, length: number): number[] {
  if (length <= 1) return length === 1 ? [Number(Math.sqrt(from * to).toPrecision(4))] : [];
  // Engines differ in the last bit of a power: four digits are the same everywhere, and all that a penalty needs.
  return Array.from({ length }, (_, place) => Number((from * (to / from) ** (place / (length - 1))).toPrecision(4)));
}

/** Fits the intercept alone by Newton steps, and looks at the loss there. For a loss of one score. */
export function nullFitOf(design: Design, labels: ArrayLike<number>, loss: ScalarLoss, useBias: boolean): NullFit {
  const { rowCount } = design;
  const out = makeRounded();
  let intercept = 0;
  for (let step = 0; useBias && step < 30; step += 1) {
    let slope = 0;
    let curvature = 1e-12;
    for (let row = 0; row < rowCount; row += 1) {
      loss.rounded(intercept, labels[row], kinkWidth, out);
      slope += out.slope;
      curvature += out.curvature;
    }
    const move = Math.max(-2, Math.min(2, slope / curvature));
    intercept -= move;
    if (Math.abs(move) < 1e-6) break;
  }
  const slopes = new Float64Array(rowCount);
  let curvature = 0;
  for (let row = 0; row < rowCount; row += 1) {
    loss.rounded(intercept, labels[row], kinkWidth, out);
    slopes[row] = out.slope;
    curvature += out.curvature / rowCount;
  }
  return { curvature, ...directionsOf(design, slopes, 1), rowCount, featureCount: design.featureCount };
}

/** Kinks are rounded over half a standard deviation of the label for this first look. */
const kinkWidth = 0.5;

/** The same for softmax: class shares are the null model. */
export function softmaxNullFit(design: Design, labels: ArrayLike<number>, outputs: number): NullFit {
  const { rowCount } = design;
  const shares = new Float64Array(outputs);
  for (let row = 0; row < rowCount; row += 1) shares[labels[row]] += 1 / rowCount;
  const slopes = new Float64Array(rowCount * outputs);
  for (let row = 0; row < rowCount; row += 1) {
    for (let k = 0; k < outputs; k += 1) slopes[row * outputs + k] = shares[k] - (labels[row] === k ? 1 : 0);
  }
  const curvature = shares.reduce((sum, share) => sum + share * (1 - share), 0) / outputs;
  return {
    curvature: Math.max(curvature, 1e-6),
    ...directionsOf(design, slopes, outputs),
    rowCount,
    featureCount: design.featureCount,
  };
}

function directionsOf(design: Design, slopes: Float64Array, outputs: number) {
  const { rowCount, featureCount: d } = design;
  const gradient = new Float64Array((d + 1) * outputs);
  design.gradient(slopes, outputs, gradient);
  let slopeMax = 0;
  for (let at = 0; at < d * outputs; at += 1) slopeMax = Math.max(slopeMax, Math.abs(gradient[at]) / rowCount);
  return { slopeMax, eigenvalueMax: eigenvalueMaxOf(design) };
}

/** By power iteration; a few per cent are near enough for the end of a path. */
function eigenvalueMaxOf(design: Design): number {
  const { rowCount, featureCount: d } = design;
  const v = new Float64Array(d + 1);
  // Not a symmetric start, which may be at right angles to what is sought.
  for (let j = 0; j < d; j += 1) v[j] = 1 + ((j * 7) % 11) / 11;
  const scores = new Float64Array(rowCount);
  let eigenvalue = 0;
  for (let step = 0; step < 8; step += 1) {
    const norm = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    if (norm === 0) return 1;
    for (let j = 0; j <= d; j += 1) v[j] /= norm;
    design.scores(v, 1, scores);
    design.gradient(scores, 1, v);
    v[d] = 0;
    eigenvalue = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0)) / rowCount;
  }
  return Math.max(eigenvalue, 1e-3);
}
