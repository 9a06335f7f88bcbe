/** The charts of predicted numbers. */
import type { RegressionNumbers } from '../../numbers/document.ts';
import { colours, drawn, type Figure, Plot } from '../chart.ts';
import { count, measured, number } from '../words.ts';

export function predictionFigure({ byPrediction: bins }: RegressionNumbers, label: string): Figure {
  const title = `Predicted against observed: on the line, ${label} is as predicted`;
  const all = bins.flatMap((bin) => [
    bin.predicted,
    bin.label.low ?? bin.label.value,
    bin.label.high ?? bin.label.value,
  ]);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return {
    title,
    chart: drawn(title, {
      x: { label: `predicted ${label}`, nice: true },
      y: { label: `mean observed ${label}`, nice: true },
      marks: [
        Plot.link([0], { x1: low, y1: low, x2: high, y2: high, stroke: colours.muted, strokeDasharray: '3,3' }),
        Plot.link(bins, {
          x1: 'predicted',
          x2: 'predicted',
          y1: (bin) => bin.label.low,
          y2: (bin) => bin.label.high,
          stroke: colours.first,
          strokeOpacity: 0.5,
          strokeWidth: 3,
        }),
        Plot.dot(bins, { x: 'predicted', y: (bin) => bin.label.value, r: 3.5, fill: colours.first }),
      ],
    }),
    note: 'Rows in groups of equal size by prediction, with the interval of each mean.',
    twin: {
      head: ['mean prediction', 'mean observed', 'rows'],
      rows: bins.map((bin) => [number(bin.predicted), measured(bin.label), count(bin.rows)]),
    },
  };
}

export function errorFigure({ byPrediction: bins }: RegressionNumbers, label: string): Figure {
  const [first, last] = [bins[0], bins.at(-1)];
  const width = (bin: typeof first | undefined): number =>
    bin === undefined ? 0 : bin.residual.p90 - bin.residual.p10;
  const title =
    width(last) > 1.5 * width(first)
      ? 'Errors are wider where predictions are high'
      : width(first) > 1.5 * width(last)
        ? 'Errors are wider where predictions are low'
        : 'Errors are about as wide everywhere';
  return {
    title,
    chart: drawn(title, {
      x: { label: `predicted ${label}`, nice: true },
      y: { label: 'prediction less observed', nice: true },
      marks: [
        Plot.areaY(bins, {
          x: 'predicted',
          y1: (bin) => bin.residual.p10,
          y2: (bin) => bin.residual.p90,
          fill: colours.first,
          fillOpacity: 0.25,
        }),
        Plot.ruleY([0], { stroke: 'currentColor' }),
        Plot.line(bins, { x: 'predicted', y: (bin) => bin.residual.median, stroke: colours.first, strokeWidth: 2 }),
        Plot.dot(bins, { x: 'predicted', y: (bin) => bin.residual.median, r: 3, fill: colours.first }),
      ],
    }),
    note: 'The line is the median error, the band holds the middle 80 %.',
    twin: {
      head: ['mean prediction', '10 %', 'median', '90 %'],
      rows: bins.map((bin) => [
        number(bin.predicted),
        number(bin.residual.p10),
        number(bin.residual.median),
        number(bin.residual.p90),
      ]),
    },
  };
}

export function residualsFigure({ residuals }: RegressionNumbers): Figure {
  const { edges, rows, mean, deviation } = residuals;
  const title = `Errors have a mean of ${number(mean)} and a standard deviation of ${number(deviation)}`;
  const least = Math.min(...edges.slice(1).map((edge, at) => edge - edges[at]));
  const bars = rows.map((own, bin) => ({
    from: edges[bin],
    to: edges[bin + 1],
    height: (own * least) / (edges[bin + 1] - edges[bin]),
  }));
  return {
    title,
    chart: drawn(title, {
      x: { label: 'prediction less observed' },
      y: { label: 'rows', ticks: 5 },
      marks: [
        Plot.rectY(bars, { x1: 'from', x2: 'to', y: 'height', fill: colours.first, inset: 0.5 }),
        Plot.ruleY([0], { stroke: 'currentColor' }),
        Plot.ruleX([0], { stroke: 'currentColor', strokeDasharray: '2,3' }),
      ],
    }),
    twin: {
      head: ['error', 'rows'],
      rows: rows.map((own, bin) => [`${number(edges[bin])} to ${number(edges[bin + 1])}`, count(own)]),
    },
  };
}

export function quantilesFigure({ quantiles }: RegressionNumbers): Figure {
  const far = Math.max(0, ...quantiles.map(([x, y]) => Math.abs(y - x)));
  const title =
    far < 0.15
      ? 'Errors are close to normally distributed'
      : 'Errors are not normally distributed: their quantiles leave the line';
  const end = Math.max(2.5, ...quantiles.flat().map(Math.abs));
  return {
    title,
    chart: drawn(title, {
      x: { label: 'quantile of the normal distribution', domain: [-2.5, 2.5] },
      y: { label: 'quantile of standardised errors', domain: [-end, end] },
      marks: [
        Plot.link([0], { x1: -2.5, y1: -2.5, x2: 2.5, y2: 2.5, stroke: colours.muted, strokeDasharray: '3,3' }),
        Plot.dot(quantiles, { r: 2.5, fill: colours.first }),
      ],
    }),
    twin: { head: ['normal', 'errors'], rows: quantiles.map(([x, y]) => [number(x), number(y)]) },
  };
}
