/** The charts of a classifier of two classes. */
import type { BinaryNumbers, Point } from '../../numbers/document.ts';
import { colours, drawn, type Figure, Plot } from '../chart.ts';
import { count, measured, number, percent } from '../words.ts';

const shares = { domain: [0, 1], ticks: 5, tickFormat: (value: number) => `${Math.round(100 * value)}` };
const twinPoints = (points: readonly Point[]): string[][] =>
  every(points, 21).map(([x, y]) => [percent(x), percent(y)]);

/** At most so many, evenly. */
function every<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, at) => all[Math.round((at * (all.length - 1)) / (most - 1))]);
}

const diagonal = (): Plot.Markish =>
  Plot.link([0], { x1: 0, y1: 0, x2: 1, y2: 1, stroke: colours.muted, strokeDasharray: '3,3' });

export function rocFigure({ roc, confusion }: BinaryNumbers): Figure {
  const title = `A random positive scores above a random negative ${percent(roc.area.value)} of the time`;
  const here = confusionShares(confusion);
  return {
    title,
    chart: drawn(title, {
      x: { label: 'negatives called positive, %', ...shares },
      y: { label: 'positives found, %', ...shares },
      marks: [
        Plot.ruleY([0], { stroke: colours.line }),
        diagonal(),
        Plot.text([[0.62, 0.55]], { text: ['by chance'], fill: colours.muted, rotate: -30 }),
        Plot.line(roc.points, { stroke: colours.first, strokeWidth: 2 }),
        Plot.dot([here], { r: 4, fill: colours.second }),
        Plot.text([here], { text: ['threshold'], dx: 8, dy: 12, textAnchor: 'start', fill: 'currentColor' }),
      ],
    }),
    note: `Area under the ROC curve ${measured(roc.area)}; 0.5 is chance.`,
    twin: { head: ['negatives called positive', 'positives found'], rows: twinPoints(roc.points) },
  };
}

const confusionShares = (counts: BinaryNumbers['confusion']): Point => [
  counts.falsePositive / Math.max(1, counts.falsePositive + counts.trueNegative),
  counts.truePositive / Math.max(1, counts.truePositive + counts.falseNegative),
];

export function precisionFigure({ precisionRecall, confusion }: BinaryNumbers): Figure {
  const { truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: tn } = confusion;
  const prior = (tp + fn) / Math.max(1, tp + fn + fp + tn);
  const title = `Finding ${percent(tp / Math.max(1, tp + fn))} of the positives, ${percent(tp / Math.max(1, tp + fp))} of its calls are right`;
  return {
    title,
    chart: drawn(title, {
      x: { label: 'positives found (recall), %', ...shares },
      y: { label: 'calls that are right (precision), %', ...shares },
      marks: [
        Plot.ruleY([0], { stroke: colours.line }),
        Plot.ruleY([prior], { stroke: colours.muted, strokeDasharray: '3,3' }),
        Plot.text([[0.02, prior]], { text: ['calling all'], dy: -8, textAnchor: 'start', fill: colours.muted }),
        Plot.line(precisionRecall.points, { stroke: colours.first, strokeWidth: 2 }),
        Plot.dot([[tp / Math.max(1, tp + fn), tp / Math.max(1, tp + fp)]], { r: 4, fill: colours.second }),
      ],
    }),
    note: `Average precision ${number(precisionRecall.averagePrecision)}; the dot is the model's threshold.`,
    twin: { head: ['recall', 'precision'], rows: twinPoints(precisionRecall.points) },
  };
}

export function histogramFigure(
  { histogram, confusion, probabilities }: BinaryNumbers,
  [negative, positive]: readonly string[],
): Figure {
  const { edges } = histogram;
  const bars = [negative, positive].flatMap((name, k) =>
    (k === 0 ? histogram.negative : histogram.positive).map((rows, bin) => ({
      name,
      from: edges[bin],
      to: edges[bin + 1],
      // Joined bins are wider: their height is rows for each width of the narrowest.
      height: (rows * narrowest(edges)) / (edges[bin + 1] - edges[bin]),
      sign: k === 0 ? -1 : 1,
    })),
  );
  const most = Math.max(1, ...bars.map(({ height }) => height));
  const title = `Rows by score: ${positive} above the line, ${negative} below it`;
  return {
    title,
    chart: drawn(title, {
      x: { label: probabilities ? `predicted probability of ${positive}` : 'score' },
      y: { label: 'rows', domain: [-most, most], tickFormat: (value: number) => String(Math.abs(value)), ticks: 5 },
      marks: [
        Plot.rectY(bars, {
          x1: 'from',
          x2: 'to',
          y1: 0,
          y2: (bar: (typeof bars)[number]) => bar.sign * bar.height,
          fill: (bar: (typeof bars)[number]) => (bar.sign > 0 ? colours.second : colours.first),
          inset: 0.5,
        }),
        Plot.ruleY([0], { stroke: 'currentColor' }),
        Plot.ruleX([confusion.threshold], { stroke: 'currentColor', strokeDasharray: '2,3' }),
        Plot.text([[confusion.threshold, most]], {
          text: ['threshold'],
          dx: 4,
          textAnchor: 'start',
          lineAnchor: 'top',
        }),
      ],
      color: { type: 'identity' },
    }),
    twin: {
      head: ['score', negative, positive],
      rows: histogram.negative.map((rows, bin) => [
        `${number(edges[bin])} to ${number(edges[bin + 1])}`,
        count(rows),
        count(histogram.positive[bin]),
      ]),
    },
  };
}

export const narrowest = (edges: readonly number[]): number =>
  Math.min(...edges.slice(1).map((edge, at) => edge - edges[at]));

export function calibrationFigure({ calibration }: BinaryNumbers, positive: string): Figure | undefined {
  if (calibration === null) return undefined;
  const { bins } = calibration;
  // The surest bin of which there is something to be unsure.
  const highest = bins.findLast(({ predicted }) => predicted < 0.99) ?? bins.at(-1);
  const title =
    highest === undefined
      ? 'There are no rows'
      : `Where it says ${percent(highest.predicted)}, ${percent(highest.observed.value)} are ${positive}`;
  return {
    title,
    chart: drawn(title, {
      x: { label: 'predicted, %', ...shares },
      y: { label: 'observed, %', ...shares },
      marks: [
        diagonal(),
        Plot.link(bins, {
          x1: 'predicted',
          x2: 'predicted',
          y1: (bin) => bin.observed.low,
          y2: (bin) => bin.observed.high,
          stroke: colours.first,
          strokeOpacity: 0.5,
          strokeWidth: 3,
        }),
        Plot.dot(bins, { x: 'predicted', y: (bin) => bin.observed.value, r: 3.5, fill: colours.first }),
        Plot.text([[0.3, 0.36]], { text: ['calibrated'], fill: colours.muted, rotate: -30 }),
      ],
    }),
    note: `Slope ${calibration.slope === null ? 'unknown (the scores separate the classes)' : measured(calibration.slope)}, 1 is right and less is too sure; intercept ${calibration.intercept === null ? 'unknown' : measured(calibration.intercept)}, 0 is right.`,
    twin: {
      head: ['predicted', 'observed', 'rows'],
      rows: bins.map((bin) => [percent(bin.predicted), measured(bin.observed, percent), count(bin.rows)]),
    },
  };
}

export function decisionFigure({ decision }: BinaryNumbers): Figure | undefined {
  if (decision === null) return undefined;
  const better = decision.filter(({ model, all }) => model > Math.max(0, all) + 1e-12);
  const title =
    better.length === 0
      ? 'At no threshold does acting on the model beat acting on all rows or on none'
      : `Acting on the model beats acting on all rows or none between ${percent(better[0].threshold)} and ${percent(better.at(-1)?.threshold ?? 0)}`;
  const least = -0.05;
  const label = (text: string, at: number, key: 'model' | 'all') => ({
    text,
    x: decision[at].threshold,
    y: Math.max(least, decision[at][key]),
  });
  return {
    title,
    chart: drawn(title, {
      x: { label: 'probability from which one would act, %', ...shares },
      y: {
        label: 'net benefit',
        domain: [least, Math.max(0.05, ...decision.map(({ model, all }) => Math.max(model, all)))],
        clamp: true,
        ticks: 5,
      },
      marks: [
        Plot.ruleY([0], { stroke: 'currentColor' }),
        Plot.line(
          decision.filter(({ all }) => all > least),
          { x: 'threshold', y: 'all', stroke: colours.muted, strokeDasharray: '3,3' },
        ),
        Plot.line(decision, { x: 'threshold', y: 'model', stroke: colours.first, strokeWidth: 2 }),
        Plot.text([label('model', 70, 'model')], { x: 'x', y: 'y', text: 'text', dy: -10 }),
        Plot.text([{ x: 0.98, y: 0 }], {
          x: 'x',
          y: 'y',
          text: () => 'no row',
          dy: 10,
          textAnchor: 'end',
          fill: colours.muted,
        }),
        Plot.text([label('all rows', 12, 'all')], {
          x: 'x',
          y: 'y',
          text: 'text',
          dx: 4,
          dy: 12,
          textAnchor: 'start',
          fill: colours.muted,
        }),
      ],
    }),
    note: 'Net benefit counts true calls, less false ones weighed by the odds of the threshold; higher is better.',
    twin: {
      head: ['threshold', 'model', 'all rows'],
      rows: every(decision, 20).map(({ threshold, model, all }) => [percent(threshold), number(model), number(all)]),
    },
  };
}

export function gainFigure({ gain }: BinaryNumbers): Figure {
  const fifth = gain.find(([x]) => x >= 0.2 - 1e-9);
  const title = `The fifth of the rows with the highest scores holds ${percent(fifth?.[1] ?? 0)} of the positives`;
  return {
    title,
    chart: drawn(title, {
      x: { label: 'rows by falling score, %', ...shares },
      y: { label: 'positives among them, %', ...shares },
      marks: [
        Plot.ruleY([0], { stroke: colours.line }),
        diagonal(),
        Plot.line(gain, { stroke: colours.first, strokeWidth: 2 }),
        Plot.text([[0.62, 0.55]], { text: ['in any order'], fill: colours.muted, rotate: -30 }),
      ],
    }),
    twin: { head: ['rows', 'positives'], rows: twinPoints(gain) },
  };
}
