/** A chart as data. */
export type Plot = LinePlot | BarPlot;

export interface LinePlot {
  kind: 'lines';
  title: string;
  x: Axis;
  y: Axis;
  series: readonly { name: string; points: readonly (readonly [number, number])[] }[];
}

/** Horizontal bars from 1, on a logarithmic scale; those below 1 in another colour. */
export interface BarPlot {
  kind: 'bars';
  title: string;
  label: string;
  bars: readonly { name: string; value: number }[];
}

export interface Axis {
  label: string;
  log?: boolean;
}

const width = 760;
const colours = [
  '#0b62a4',
  '#d9541e',
  '#2e8b57',
  '#8e44ad',
  '#b8860b',
  '#c2185b',
  '#00838f',
  '#5d4037',
  '#607d8b',
  '#333',
];

/** The chart as SVG, readable on light and dark pages alike: it has a ground of its own. */
export const drawPlot = (plot: Plot): string => (plot.kind === 'lines' ? drawLines(plot) : drawBars(plot));

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const label = (x: number, y: number, text: string, more = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(text)}</text>`;

const page = (height: number, title: string, body: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#222">`,
    `<rect x="0" y="0" width="${width}" height="${height}" fill="#ffffff"/>`,
    label(16, 24, title, 'font-size="15" font-weight="bold"'),
    ...body,
    '</svg>',
    '',
  ].join('\n');

function drawLines({ title, x, y, series }: LinePlot): string {
  const shownSeries = series.filter(({ points }) => points.length > 0);
  const legendHeight = 18 * shownSeries.length;
  const height = Math.max(430, 110 + legendHeight);
  const area = { left: 74, right: width - 210, top: 44, bottom: height - 56 };
  const points = shownSeries.flatMap((one) => one.points);
  const across = scaleOf(
    points.map(([at]) => at),
    x.log === true,
    area.left,
    area.right,
  );
  const up = scaleOf(
    points.map(([, at]) => at),
    y.log === true,
    area.bottom,
    area.top,
  );
  const body: string[] = [];
  for (const tick of across.ticks) {
    const at = across.place(tick);
    body.push(line(at, area.top, at, area.bottom, '#e3e3e3'));
    body.push(label(at, area.bottom + 18, tickText(tick), 'text-anchor="middle"'));
  }
  for (const tick of up.ticks) {
    const at = up.place(tick);
    body.push(line(area.left, at, area.right, at, '#e3e3e3'));
    body.push(label(area.left - 8, at + 4, tickText(tick), 'text-anchor="end"'));
  }
  body.push(line(area.left, area.bottom, area.right, area.bottom, '#222'));
  body.push(line(area.left, area.top, area.left, area.bottom, '#222'));
  body.push(label((area.left + area.right) / 2, height - 14, x.label, 'text-anchor="middle"'));
  const middle = (area.top + area.bottom) / 2;
  body.push(label(18, middle, y.label, `text-anchor="middle" transform="rotate(-90 18 ${middle.toFixed(1)})"`));
  shownSeries.forEach(({ name, points: own }, index) => {
    const colour = colours[index % colours.length] ?? '#000';
    // Beyond the colours there are, lines are broken.
    const dashed = index < colours.length ? '' : ' stroke-dasharray="5 3"';
    const placed = own.map(([a, b]) => [across.place(a).toFixed(1), up.place(b).toFixed(1)] as const);
    body.push(
      `<polyline fill="none" stroke="${colour}" stroke-width="${index === 0 ? 3 : 1.8}"${dashed} points="${placed.map((point) => point.join(',')).join(' ')}"/>`,
    );
    for (const [a, b] of placed) body.push(`<circle cx="${a}" cy="${b}" r="3.2" fill="${colour}"/>`);
    const at = area.top + 8 + 18 * index;
    body.push(line(area.right + 14, at, area.right + 34, at, colour, 3, dashed));
    body.push(label(area.right + 40, at + 4, name));
  });
  return page(height, title, body);
}

function drawBars({ title, label: axis, bars }: BarPlot): string {
  const rowHeight = 24;
  const height = 100 + rowHeight * bars.length;
  const area = { left: 300, right: width - 70, top: 44, bottom: height - 52 };
  const across = scaleOf([1, ...bars.map(({ value }) => value)], true, area.left, area.right);
  const body: string[] = [];
  for (const tick of across.ticks) {
    const at = across.place(tick);
    body.push(line(at, area.top, at, area.bottom, '#e3e3e3'));
    body.push(label(at, area.bottom + 18, tickText(tick), 'text-anchor="middle"'));
  }
  bars.forEach(({ name, value }, index) => {
    const at = area.top + rowHeight * index + 4;
    const from = across.place(1);
    const to = across.place(value);
    const colour = value < 1 ? '#d9541e' : '#0b62a4';
    body.push(
      `<rect x="${Math.min(from, to).toFixed(1)}" y="${at}" width="${Math.abs(to - from).toFixed(1)}" height="${rowHeight - 8}" fill="${colour}"/>`,
    );
    body.push(label(area.left - 8, at + 12, name, 'text-anchor="end"'));
    body.push(label(Math.max(from, to) + 6, at + 12, `${Number(value.toPrecision(3))}×`));
  });
  body.push(label((area.left + area.right) / 2, height - 14, axis, 'text-anchor="middle"'));
  return page(height, title, body);
}

const line = (x1: number, y1: number, x2: number, y2: number, colour: string, thickness = 1, more = ''): string =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${colour}" stroke-width="${thickness}"${more}/>`;

interface Scale {
  ticks: readonly number[];
  place(value: number): number;
}

function scaleOf(values: readonly number[], log: boolean, from: number, to: number): Scale {
  const finite = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  return log ? logScale(low, high, from, to) : evenScale(low, high, from, to);
}

function logScale(low: number, high: number, from: number, to: number): Scale {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(high) - 1e-9));
  const decades = Array.from({ length: last - first + 1 }, (_, place) => 10 ** (first + place));
  const fine = decades.length <= 3 ? decades.flatMap((tick) => [tick, 2 * tick, 5 * tick]) : decades;
  const step = Math.ceil(decades.length / 9);
  return {
    ticks: fine.filter((tick, place) => tick <= 10 ** last * 1.0001 && (decades.length <= 3 || place % step === 0)),
    place: (value) => from + ((to - from) * (Math.log10(value) - first)) / (last - first),
  };
}

function evenScale(low: number, high: number, from: number, to: number): Scale {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  const first = Math.floor(low / step + 1e-9) * step;
  const last = Math.max(first + step, Math.ceil(high / step - 1e-9) * step);
  const count = Math.round((last - first) / step);
  return {
    ticks: Array.from({ length: count + 1 }, (_, place) => first + place * step),
    place: (value) => from + ((to - from) * (value - first)) / (last - first),
  };
}

function tickText(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size >= 1e4 || size < 1e-3)
    return value
      .toExponential()
      .replace('e+', 'e')
      .replace(/\.\d{6,}/, '');
  return String(Number(value.toPrecision(6)));
}
