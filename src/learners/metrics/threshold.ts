import type { Numbers } from '../../formats/index.ts';
import { sortDoubles } from '../../kernels/index.ts';
import { roomLike } from '../rows/rows.ts';

export type SelectionCriterion =
  | 'accuracy'
  | 'f_beta'
  | 'precision_at_target_recall'
  | 'recall_at_target_precision'
  | 'loss_function';

/** What the threshold of a binary classifier is tuned for. */
export interface ThresholdSettings {
  selection: SelectionCriterion;
  targetRecall: number;
  targetPrecision: number;
  fBeta: number;
}

/** Counts at one cut: how many are called positive, and how many of those rightly. */
export interface Counts {
  truePositive: number;
  falsePositive: number;
  positives: number;
  negatives: number;
}

/** A threshold, what it reaches, and whether the constraint could be met. */
export interface Cut {
  threshold: number;
  value: number;
  met: boolean;
}

export const accuracyOf = ({ truePositive, falsePositive, positives, negatives }: Counts): number =>
  (truePositive + negatives - falsePositive) / Math.max(1, positives + negatives);
export const precisionOf = ({ truePositive, falsePositive }: Counts): number =>
  truePositive / Math.max(1, truePositive + falsePositive);
export const recallOf = ({ truePositive, positives }: Counts): number => truePositive / Math.max(1, positives);

/** F_beta = (1 + b^2) P R / (b^2 P + R). */
export function fScoreOf(counts: Counts, beta: number): number {
  const precision = precisionOf(counts);
  const recall = recallOf(counts);
  const weight = beta * beta;
  return precision + recall === 0 ? 0 : ((1 + weight) * precision * recall) / (weight * precision + recall);
}

/** What a criterion asks of a cut: a value to maximise, and a constraint to keep (`room` >= 0 when kept). */
type Goal = (counts: Counts) => { value: number; room: number };

function goalOf(settings: ThresholdSettings): Goal {
  switch (settings.selection) {
    case 'f_beta':
      return (counts) => ({ value: fScoreOf(counts, settings.fBeta), room: 0 });
    case 'precision_at_target_recall':
      return (counts) => ({ value: precisionOf(counts), room: recallOf(counts) - settings.targetRecall });
    case 'recall_at_target_precision':
      return (counts) => ({ value: recallOf(counts), room: precisionOf(counts) - settings.targetPrecision });
    default:
      return (counts) => ({ value: accuracyOf(counts), room: 0 });
  }
}

/**
 * The best threshold for the criterion, exactly: every cut between two different scores, and "all" and "none".
 * The cut is the single-precision middle of its gap; among equals the one nearest to 0.5 wins. When no cut keeps the
 * constraint, the one that comes nearest to it. A score equal to the threshold counts as positive. Scores are finite.
 */
export function bestCut(scores: Numbers, labels: Numbers, settings: ThresholdSettings): Cut {
  const goal = goalOf(settings);
  // Each class is sorted as plain numbers, which is far faster than rows by a comparison, and merged from the top down.
  const { positive, negative } = byClass(scores, labels);
  const counts: Counts = {
    truePositive: 0,
    falsePositive: 0,
    positives: positive.length,
    negatives: negative.length,
  };
  let best: (Cut & { room: number }) | undefined;
  const consider = (low: number, high: number): void => {
    const threshold = cutBetween(low, high);
    const { value, room } = goal(counts);
    const met = room >= 0;
    const better =
      best === undefined ||
      (met !== best.met
        ? met
        : !met && room !== best.room
          ? room > best.room
          : value !== best.value
            ? value > best.value
            : Math.abs(threshold - 0.5) < Math.abs(best.threshold - 0.5));
    if (better) best = { threshold, value, met, room };
  };
  let high = Number.POSITIVE_INFINITY;
  for (;;) {
    const p = positive.length - 1 - counts.truePositive;
    const n = negative.length - 1 - counts.falsePositive;
    const low = Math.max(
      p >= 0 ? positive[p] : Number.NEGATIVE_INFINITY,
      n >= 0 ? negative[n] : Number.NEGATIVE_INFINITY,
    );
    consider(low, high);
    if (p < 0 && n < 0) break;
    while (positive[positive.length - 1 - counts.truePositive] === low) counts.truePositive += 1;
    while (negative[negative.length - 1 - counts.falsePositive] === low) counts.falsePositive += 1;
    high = low;
  }
  return { threshold: best!.threshold, value: best!.value, met: best!.met };
}

/** Scores of each class, ascending. Not by `filter`, which gathers numbers in a list of ten times their size first. */
function byClass(scores: Numbers, labels: Numbers): { positive: Numbers; negative: Numbers } {
  let positives = 0;
  for (let row = 0; row < scores.length; row += 1) if (labels[row] === 1) positives += 1;
  const positive = roomLike(scores, positives);
  const negative = roomLike(scores, scores.length - positives);
  let p = 0;
  for (let row = 0; row < scores.length; row += 1) {
    if (labels[row] === 1) {
      positive[p] = scores[row];
      p += 1;
    } else negative[row - p] = scores[row];
  }
  return { positive: sorted(positive), negative: sorted(negative) };
}

const sorted = (scores: Numbers): Numbers => (scores instanceof Float64Array ? sortDoubles(scores) : scores.sort());

/** A number above `low` and at most `high`, of single precision where there is one: 0.5 if it lies between, else the middle. */
function cutBetween(low: number, high: number): number {
  if (low < 0.5 && high >= 0.5) return 0.5;
  if (high === Number.POSITIVE_INFINITY) return nextFloat(low);
  if (low === Number.NEGATIVE_INFINITY) return high;
  return clampMiddle(low, high);
}

function clampMiddle(low: number, high: number): number {
  const middle = Math.fround((low + high) / 2);
  return middle > low && middle <= high ? middle : high;
}

/** The next single-precision number above. */
function nextFloat(value: number): number {
  const bits = new Int32Array(1);
  const floats = new Float32Array(bits.buffer);
  floats[0] = value;
  if (value === 0) bits[0] = 1;
  else bits[0] += value > 0 ? 1 : -1;
  return floats[0];
}
