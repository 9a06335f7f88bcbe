import { Table } from '@mantine/core';
import { axisX, axisY, line, pointer, text, tip } from '@observablehq/plot';
import { type ReactElement, useMemo } from 'react';
import { useChartColours } from '../../parts/charts/colours.ts';
import { Drawing } from '../../parts/charts/plot.tsx';
import { Section } from '../../parts/section.tsx';
import { figure } from '../../parts/words.ts';
import type { Candidates } from './candidates.ts';

/** All candidates as thin lines, and the best so far as a thick one. */
export function CandidateChart({ of }: { of: Candidates }): ReactElement {
  const { channel, candidates, best } = of;
  const [colour] = useChartColours();
  const options = useMemo(() => {
    const rows = candidates.flatMap(({ number, points }) => points.map(([epoch, value]) => ({ number, epoch, value })));
    const bestRows = rows.filter(({ number }) => number === best.number);
    const epochs = [...new Set(rows.map(({ epoch }) => epoch))];
    const place = { x: 'epoch', y: 'value', z: 'number' } as const;
    return {
      marginRight: 60,
      marginLeft: 56,
      x: { label: 'Epoch' },
      y: { label: `${channel} objective`, grid: true, nice: true },
      marks: [
        axisX(epochs.length < 12 ? { ticks: epochs, tickFormat: (epoch: number) => String(epoch) } : { ticks: 6 }),
        axisY({ ticks: 5, tickFormat: (value: number) => figure(value) }),
        line(rows, { ...place, stroke: 'currentColor', strokeOpacity: 0.35, strokeWidth: 1 }),
        line(bestRows, { ...place, stroke: colour!, strokeWidth: 3 }),
        text(bestRows.slice(-1), {
          x: 'epoch',
          y: 'value',
          text: () => `best: ${best.number}`,
          dx: 8,
          textAnchor: 'start',
          fill: 'currentColor',
        }),
        tip(
          rows,
          pointer({
            x: 'epoch',
            y: 'value',
            title: ({ number, value }: { number: number; value: number }) => `candidate ${number}: ${figure(value)}`,
            fill: 'var(--mantine-color-body)',
          }),
        ),
      ],
    };
  }, [candidates, best, channel, colour]);
  const lasts = candidates.map(({ points }) => points.at(-1)![1]).sort((a, b) => a - b);
  const title = `Candidate ${best.number} of ${candidates.length} ends lowest on ${channel}: ${figure(lasts[0])}; half of them end above ${figure(lasts[lasts.length >> 1])}.`;
  return (
    <Section title="Every candidate">
      <figure className="figure">
        <figcaption>{title}</figcaption>
        <Drawing label={`${title} The same numbers stand in the table below.`} height={280} options={options} />
        <details>
          <summary>As a table</summary>
          <Table.ScrollContainer minWidth={0} maxHeight={320}>
            <Table aria-label="Candidates">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Candidate</Table.Th>
                  <Table.Th className="number">First</Table.Th>
                  <Table.Th className="number">Last</Table.Th>
                  <Table.Th className="number">Epochs</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {candidates.map(({ number, points }) => (
                  <Table.Tr key={number}>
                    <Table.Td>{number === best.number ? `${number}, the best` : number}</Table.Td>
                    <Table.Td className="number">{figure(points[0]![1])}</Table.Td>
                    <Table.Td className="number">{figure(points.at(-1)![1])}</Table.Td>
                    <Table.Td className="number">{points.length}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </details>
      </figure>
    </Section>
  );
}
