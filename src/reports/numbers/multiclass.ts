/** Everything that is measured of a classifier of several classes. */
import { rocOf } from './curves.ts';
import type { Metric, MulticlassNumbers } from './document.ts';
import type { Answers, Baseline } from './input.ts';
import { mean, share } from './intervals.ts';
import { ranked } from './ranked.ts';
import { stabilityOf } from './stability.ts';

const leastProbability = 1e-15;

/** The first class of the highest probability. */
export function calledClass(scores: Float64Array, row: number, classCount: number): number {
  let best = 0;
  for (let k = 1; k < classCount; k += 1) if (scores[row * classCount + k] > scores[row * classCount + best]) best = k;
  return best;
}

export interface MulticlassInput {
  answers: Answers;
  labels: Float64Array;
  classCount: number;
  baseline: Baseline;
  random: () => number;
}

export function multiclassNumbers({ answers, labels, classCount, random }: MulticlassInput): MulticlassNumbers {
  const { scores } = answers;
  const called = Uint32Array.from(labels, (_, row) => calledClass(scores, row, classCount));
  const confusion = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  for (let row = 0; row < labels.length; row += 1) confusion[labels[row]][called[row]] += 1;
  return {
    confusion,
    perClass: confusion.map((own, label) => {
      const rows = own.reduce((sum, count) => sum + count, 0);
      const calls = confusion.reduce((sum, other) => sum + other[label], 0);
      const one = ranked(
        Float64Array.from(labels, (_, row) => scores[row * classCount + label]),
        labels.map((value) => Number(value === label)),
      );
      const [recall, precision] = [share(own[label], rows), share(own[label], calls)];
      const f1 = rows + calls === 0 ? 0 : (2 * own[label]) / (rows + calls);
      const area = rows > 0 && rows < labels.length ? rocOf(one).area : null;
      const intervals = {
        f1: f1Interval(own[label], rows + calls - own[label]),
        area: area && area.low !== null && area.high !== null ? ([area.low, area.high] as const) : null,
      };
      return { label, rows, recall, precision, f1, area: area?.value ?? null, intervals };
    }),
    stability: stabilityOf(
      labels.length,
      (counts) => {
        let [right, total] = [0, 0];
        for (let row = 0; row < labels.length; row += 1) {
          total += counts[row];
          if (called[row] === labels[row]) right += counts[row];
        }
        return { accuracy: right / total };
      },
      random,
    ),
  };
}

/** Metrics of the held-out rows, each beside what the training shares of the classes alone would have. */
export function multiclassMetrics(input: MulticlassInput, numbers: MulticlassNumbers): Metric[] {
  const { answers, labels, classCount, baseline } = input;
  const n = labels.length;
  const right = numbers.confusion.reduce((sum, own, label) => sum + own[label], 0);
  const largest = baseline.shares.indexOf(Math.max(...baseline.shares));
  const seen = numbers.perClass.filter(({ rows }) => rows > 0);
  const recalls = seen.reduce((sum, { recall }) => sum + recall.value, 0) / Math.max(1, seen.length);
  const f1 = seen.reduce((sum, each) => sum + each.f1, 0) / Math.max(1, seen.length);
  const losses = (of: (row: number) => number): Float64Array =>
    Float64Array.from(labels, (_, row) => -Math.log(Math.max(leastProbability, of(row))));
  const metrics: Metric[] = [
    {
      name: 'accuracy',
      ...share(right, n),
      baseline: (numbers.perClass[largest]?.rows ?? 0) / Math.max(1, n),
      better: 'higher',
    },
    {
      name: 'mean recall of the classes',
      value: recalls,
      low: null,
      high: null,
      baseline: 1 / Math.max(1, seen.length),
      better: 'higher',
    },
    { name: 'mean F1 of the classes', value: f1, low: null, high: null, baseline: null, better: 'higher' },
  ];
  if (!answers.probabilities) return metrics;
  return [
    ...metrics,
    {
      name: 'log-loss',
      ...mean(losses((row) => answers.scores[row * classCount + labels[row]])),
      baseline: mean(losses((row) => baseline.shares[labels[row]] ?? 0)).value,
      better: 'lower',
    },
  ];
}

/** F1 rises with the share of right calls among the rows that are of the class or called so: Wilson's ends of that share, turned into F1. */
function f1Interval(right: number, whole: number): [number, number] {
  const { low, high } = share(right, whole);
  const turned = (jaccard: number): number => (2 * jaccard) / (1 + jaccard);
  return [turned(low!), turned(high!)];
}
