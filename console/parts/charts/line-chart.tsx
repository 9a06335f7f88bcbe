import { Table } from '@mantine/core';
import { axisX, axisY, dot, lineY, pointerX, ruleX, ruleY, text, tip } from '@observablehq/plot';
import { type ReactElement, useMemo } from 'react';
import { figure } from '../words.ts';
import { useChartColours } from './colours.ts';
import { Drawing } from './plot.tsx';

export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

export interface LineChartProps {
  /** The finding, in a sentence. */
  title: string;
  xName: string;
  yName: string;
  /** `time` takes milliseconds since 1970. */
  xKind?: 'value' | 'time';
  /** Ends of the x axis; those of the points where left out. */
  xDomain?: readonly [number, number];
  /** Whether the y axis begins at zero. */
  fromZero?: boolean;
  series: readonly Series[];
}

/** Points are drawn while there are so few that each can be told from the next. */
const dotsMax = 60;
const tableRowsMax = 200;
const dashes = ['', '6 3', '2 3', '8 3 2 3'];

/** Lines with their names at their ends, and the same numbers as a table. */
export function LineChart(props: LineChartProps): ReactElement {
  const { title } = props;
  const options = useLineOptions(props);
  return (
    <figure className="figure">
      <figcaption>{title}</figcaption>
      <Drawing label={`${title} The same numbers stand in the table below.`} height={260} options={options} />
      <TableTwin {...props} />
    </figure>
  );
}

function useLineOptions({ xName, yName, xKind, xDomain, fromZero, series }: LineChartProps) {
  const [from, to] = xDomain ?? [];
  const colours = useChartColours();
  return useMemo(() => {
    const at = (x: number): number | Date => (xKind === 'time' ? new Date(x) : x);
    const points = series.flatMap(({ name, points: all }) => all.map(([x, y]) => ({ name, x: at(x), y })));
    const ends = series.flatMap(({ name, points: all }) =>
      all.length === 0 ? [] : [{ name, x: at(all.at(-1)![0]), y: all.at(-1)![1] }],
    );
    const xs = points.map(({ x }) => Number(x));
    const isWhole = xKind !== 'time' && Math.max(...xs) - Math.min(...xs) < 12;
    return {
      marginRight: 90,
      marginLeft: 56,
      color: { domain: series.map(({ name }) => name), range: [...colours] },
      x: {
        label: xName,
        type: xKind === 'time' ? ('time' as const) : ('linear' as const),
        ...(from !== undefined && { domain: [from, to] }),
      },
      y: { label: yName, zero: fromZero === true, grid: true, nice: true },
      marks: [
        axisX(isWhole ? { ticks: [...new Set(xs)], tickFormat: (x: number) => String(x) } : { ticks: 6 }),
        axisY({ ticks: 5, tickFormat: (y: number) => figure(y) }),
        ...(fromZero ? [ruleY([0])] : []),
        ...series.map(({ name }, place) =>
          lineY(
            points.filter((point) => point.name === name),
            { x: 'x', y: 'y', stroke: 'name', strokeWidth: 2, strokeDasharray: dashes[place % dashes.length]! },
          ),
        ),
        ...(points.length <= dotsMax ? [dot(points, { x: 'x', y: 'y', fill: 'name', symbol: 'name', r: 3 })] : []),
        text(spread(ends, points), {
          x: 'x',
          y: 'y',
          text: 'name',
          dx: 8,
          dy: 0,
          textAnchor: 'start',
          fill: 'currentColor',
          lineWidth: 7,
          textOverflow: 'ellipsis',
        }),
        ruleX(points, pointerX({ x: 'x', stroke: 'currentColor', strokeOpacity: 0.4 })),
        tip(
          points,
          pointerX({
            x: 'x',
            y: 'y',
            title: ({ name, y }: { name: string; y: number }) => `${name}: ${figure(y)}`,
            fill: 'var(--mantine-color-body)',
          }),
        ),
      ],
    };
  }, [series, colours, xName, yName, xKind, fromZero, from, to]);
}

/** Moves names that would lie on each other apart, by a share of the height of all values. */
function spread<End extends { y: number }>(ends: readonly End[], all: readonly { y: number }[]): End[] {
  const sorted = [...ends].sort((a, b) => a.y - b.y);
  const ys = all.map(({ y }) => y);
  const gap = Math.max(Math.max(...ys) - Math.min(...ys), 1e-12) / 14;
  for (let place = 1; place < sorted.length; place += 1) {
    const below = sorted[place - 1]!.y + gap;
    if (sorted[place]!.y < below) sorted[place] = { ...sorted[place]!, y: below };
  }
  return sorted;
}

function TableTwin({ xName, xKind, series }: LineChartProps): ReactElement {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const shown = xs.slice(-tableRowsMax);
  const values = series.map(({ points }) => new Map(points));
  return (
    <details>
      <summary>
        {xs.length > shown.length ? `As a table: the last ${shown.length} of ${xs.length} rows` : 'As a table'}
      </summary>
      <Table.ScrollContainer minWidth={0} maxHeight={320}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{xName}</Table.Th>
              {series.map(({ name }) => (
                <Table.Th key={name} className="number">
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((x) => (
              <Table.Tr key={x}>
                <Table.Td>{xKind === 'time' ? new Date(x).toLocaleTimeString('en-GB') : x}</Table.Td>
                {values.map((each, place) => (
                  <Table.Td key={series[place]!.name} className="number">
                    {figure(each.get(x))}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </details>
  );
}
