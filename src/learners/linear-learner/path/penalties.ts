import type { Candidate } from '../model.ts';
import type { LinearLearnerSettings } from '../settings.ts';
import { type NullFit, widestOf } from './null-fit.ts';

/** One problem of the search: a penalty and a weight of positive rows. */
export interface Penalty {
  wd: number;
  l1: number;
  positiveWeight: number;
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
  const strongest = curvature * Math.min(eigenvalueMax, widestOf({ rowCount, featureCount }));
  const ridges = (length: number): number[] =>
    spaced(strongest, Math.min(curvature * Math.max(1e-6, 0.01 / rowCount), 1e-3), length);
  // Where features are nearly as many as rows, weaker ones leave them all in, and are hardly ever the best.
  const weakest = rowCount < 5 * featureCount ? 100 : 1000;
  const lassos = (length: number): number[] => spaced(slopeMax / 2, slopeMax / weakest, length);
  const freeWd = settings.wd === 'auto';
  const freeL1 = settings.l1 === 'auto' && lasso && slopeMax > 0;
  if (freeWd && freeL1) {
    const lassoCount = Math.ceil(0.4 * count);
    // A trace of wd keeps the lasso's answer unique where columns are copies of each other.
    const trace = Number((1e-6 * curvature).toPrecision(4));
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
