import { Table } from '@mantine/core';
import type { ReactElement } from 'react';
import type { TrainingJob } from '../api/types.ts';
import { Section } from './section.tsx';
import { figure } from './words.ts';

/** The last value of each metric, by the channel in which it was measured. */
export function FinalMetrics({ title, job }: { title: string; job: TrainingJob }): ReactElement {
  const byMetric = new Map<string, Map<string, number>>();
  const channels = new Set<string>();
  for (const { MetricName = '', Value } of job.FinalMetricDataList ?? []) {
    const colon = MetricName.indexOf(':');
    const [channel, metric] = [colon < 0 ? 'value' : MetricName.slice(0, colon), MetricName.slice(colon + 1)];
    channels.add(channel);
    byMetric.set(metric, (byMetric.get(metric) ?? new Map()).set(channel, Value!));
  }
  return (
    <Section title={title}>
      <Table.ScrollContainer minWidth={0}>
        <Table aria-label={title}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Metric</Table.Th>
              {[...channels].map((channel) => (
                <Table.Th key={channel} className="number">
                  {channel}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {[...byMetric].map(([metric, values]) => (
              <Table.Tr key={metric}>
                <Table.Td className="name">{metric}</Table.Td>
                {[...channels].map((channel) => (
                  <Table.Td key={channel} className="number">
                    {figure(values.get(channel))}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Section>
  );
}
