/** Small pictures of columns: distributions, and what the model makes of their values. */
import type { ColumnNumbers, Driver, LearningCurve, Point, Subgroups } from '../../numbers/document.ts';
import { colours, drawn, type Figure, Plot, type Table } from '../chart.ts';
import { count, counted, measured, number, percent } from '../words.ts';
import { narrowest } from './binary.ts';

const palette = [colours.first, colours.second, colours.third];

/** One column's distribution: each class as a line of densities, or bars of shares; several classes together. */
export function columnFigure(column: ColumnNumbers, classes: readonly string[]): Figure | undefined {
  const split = classes.length === 2;
  const names = split ? classes : ['rows'];
  const together = (rows: readonly number[]): number[] =>
    split ? [...rows] : [rows.reduce((sum, own) => sum + own, 0)];
  if (column.bins !== null) return numberFigure(column, column.bins, names, split);
  if (column.values === null || column.kind === 'constant') return undefined;
  const totals = names.map((_, k) =>
    Math.max(
      1,
      (column.values ?? []).reduce((sum, { rows }) => sum + together(rows)[k], 0),
    ),
  );
  const title = titleOf(column, classes);
  const bars = column.values.flatMap(({ value, rows }) =>
    together(rows).map((own, k) => ({
      value: value === null ? 'others' : number(value),
      k: names[k],
      share: own / totals[k],
      fill: palette[k],
    })),
  );
  return {
    title,
    chart: drawn(title, {
      height: 130,
      marginTop: 12,
      x: { label: null, axis: null },
      fx: { label: null },
      y: { label: null, percent: true, ticks: 3 },
      color: { type: 'identity' },
      marks: [
        Plot.barY(bars, { fx: 'value', x: 'k', y: 'share', fill: 'fill' }),
        Plot.ruleY([0], { stroke: 'currentColor' }),
      ],
    }),
    twin: {
      head: ['value', ...names],
      rows: column.values.map(({ value, rows }) => [
        value === null ? 'others' : number(value),
        ...together(rows).map(count),
      ]),
    },
  };
}

function numberFigure(
  column: ColumnNumbers,
  bins: NonNullable<ColumnNumbers['bins']>,
  names: readonly string[],
  split: boolean,
): Figure {
  const { edges } = bins;
  const rows = split ? bins.rows : [edges.slice(1).map((_, bin) => bins.rows.reduce((sum, own) => sum + own[bin], 0))];
  const least = narrowest(edges);
  const steps = rows.flatMap((own, k) => {
    const total = Math.max(
      1,
      own.reduce((sum, each) => sum + each, 0),
    );
    return own.map((each, bin) => ({
      from: edges[bin],
      to: edges[bin + 1],
      height: ((each / total) * least) / (edges[bin + 1] - edges[bin]),
      fill: palette[k],
    }));
  });
  const title = titleOf(column, split ? names : []);
  return {
    title,
    chart: drawn(title, {
      height: 118,
      marginTop: 12,
      marginBottom: 24,
      x: { label: null, ticks: 5 },
      y: { label: null, ticks: 3, percent: true },
      color: { type: 'identity' },
      marks: [
        Plot.rectY(steps, {
          x1: 'from',
          x2: 'to',
          y1: 0,
          y2: 'height',
          fill: 'fill',
          fillOpacity: split ? 0.55 : 0.8,
          inset: 0.4,
        }),
        Plot.ruleY([0], { stroke: 'currentColor' }),
      ],
    }),
    twin: {
      head: ['value', ...names],
      rows: edges
        .slice(1)
        .map((edge, bin) => [`${number(edges[bin])} to ${number(edge)}`, ...rows.map((own) => count(own[bin]))]),
    },
  };
}

function titleOf({ name, mean, classMeans, missing }: ColumnNumbers, classes: readonly string[]): string {
  const gone = missing > 0 ? `, missing in ${counted(missing, 'row')}` : '';
  const [a, b] = classMeans ?? [];
  if (classes.length === 2 && typeof a === 'number' && typeof b === 'number')
    return `${name}: mean ${number(a)} where ${classes[0]}, ${number(b)} where ${classes[1]}${gone}`;
  return mean === null ? name : `${name}: mean ${number(mean)}${gone}`;
}

export function dependenceFigure({ name, dependence }: Driver, answer: string): Figure {
  const [first, last] = [dependence[0], dependence.at(-1) ?? dependence[0]];
  const title = `${name}: from ${number(first[0])} to ${number(last[0])}, the mean answer goes from ${number(first[1])} to ${number(last[1])}`;
  return {
    title,
    chart: drawn(title, {
      height: 150,
      marginTop: 16,
      x: { label: name },
      y: { label: answer, ticks: 4, nice: true },
      marks: [
        Plot.line(dependence, { stroke: colours.first, strokeWidth: 2, curve: 'step' }),
        Plot.dot(dependence, { r: 2.5, fill: colours.first }),
      ],
    }),
    twin: { head: [name, answer], rows: dependence.map(([x, y]) => [number(x), number(y)]) },
  };
}

export function subgroupFigure(groups: Subgroups): Figure {
  const isShare = groups.metric === 'accuracy';
  const write = isShare ? percent : number;
  const rows = groups.groups.map((each) => ({ ...each, label: groupName(each.group) }));
  const low = [...rows].sort((a, b) => a.score.value - b.score.value);
  const [least, most] = [low[0], low.at(-1) ?? low[0]];
  const title = `${groups.name}: ${groups.metric} from ${write(least.score.value)} (${least.label}) to ${write(most.score.value)} (${most.label})`;
  return {
    title,
    chart: drawn(title, {
      height: 40 + 24 * rows.length,
      marginLeft: 116,
      marginTop: 8,
      y: { label: null, domain: rows.map(({ label }) => label) },
      x: {
        label: isShare ? `${groups.metric}, %` : groups.metric,
        percent: isShare,
        ...(isShare && {
          domain: [Math.min(50, 100 * Math.min(...rows.map(({ score }) => score.low ?? score.value))), 100],
        }),
      },
      marks: [
        Plot.link(rows, {
          y1: 'label',
          y2: 'label',
          x1: ({ score }) => score.low ?? score.value,
          x2: ({ score }) => score.high ?? score.value,
          stroke: colours.first,
          strokeOpacity: 0.5,
          strokeWidth: 3,
        }),
        Plot.dot(rows, {
          y: 'label',
          x: ({ score }) => score.value,
          r: 4,
          fill: ({ small }) => (small ? 'var(--surface)' : colours.first),
          stroke: colours.first,
        }),
      ],
      color: { type: 'identity' },
    }),
    ...(rows.some(({ small }) => small) && {
      note: 'A hollow dot is a group of fewer than 30 rows: its figure is uncertain.',
    }),
    twin: subgroupTable(groups),
  };
}

export function subgroupTable({ groups, metric }: Subgroups): Table {
  const write = metric === 'accuracy' ? percent : number;
  const hasRecall = groups.some(({ recall }) => recall !== null);
  return {
    head: ['group', 'rows', metric, ...(hasRecall ? ['positives found'] : [])],
    rows: groups.map(({ group, rows, score, recall, small }) => [
      groupName(group),
      `${count(rows)}${small ? ' (few)' : ''}`,
      measured(score, write),
      ...(recall === null ? [] : [measured(recall, percent)]),
    ]),
  };
}

export function groupName(group: Subgroups['groups'][number]['group']): string {
  if (typeof group === 'string') return group;
  if ('value' in group) return number(group.value);
  if (group.from === null) return `below ${number(group.to ?? 0)}`;
  return group.to === null ? `from ${number(group.from)}` : `${number(group.from)} to ${number(group.to)}`;
}

/** All curves of one measure. */
export function curvesFigure(curves: readonly LearningCurve[]): Figure {
  const [first] = curves;
  const shown = curves.at(-1) ?? first;
  const end = ({ points }: LearningCurve): Point => points.at(-1) ?? points[0];
  const title = `On ${shown.name} the loss went from ${number(shown.points[0][1])} to ${number(end(shown)[1])} in ${counted(shown.points.length, shown.step)}`;
  const lines = curves.flatMap(({ name, points }, k) =>
    points.map(([x, y]) => ({ name, x, y, stroke: palette[k % palette.length] })),
  );
  const most = Math.max(...lines.map(({ x }) => x));
  const names = curves.map((curve, k) => ({
    name: curve.name,
    x: curve.points[0][0],
    y: curve.points[0][1],
    fill: palette[k % palette.length],
  }));
  return {
    title,
    chart: drawn(title, {
      x: {
        label: first.step,
        ticks: Math.min(5, most),
        tickFormat: (value: number) => (Number.isInteger(value) ? String(value) : ''),
      },
      y: { label: first.measure, ticks: 5, nice: true },
      color: { type: 'identity' },
      marks: [
        Plot.line(lines, { x: 'x', y: 'y', z: 'name', stroke: 'stroke', strokeWidth: 2 }),
        Plot.dot(names, { x: 'x', y: 'y', r: 3, fill: 'fill' }),
        Plot.text(names, { x: 'x', y: 'y', text: 'name', textAnchor: 'start', dx: 8, dy: -2 }),
      ],
    }),
    twin: {
      head: [first.step, ...curves.map(({ name }) => name)],
      rows: first.points.map(([x], at) => [
        String(x),
        ...curves.map(({ points }) => (points[at] === undefined ? '' : number(points[at][1]))),
      ]),
    },
  };
}
