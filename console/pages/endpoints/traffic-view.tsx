import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { LineChart, type Series } from '../../parts/charts/line-chart.tsx';
import { Fault } from '../../parts/fault.tsx';
import { Freshness } from '../../parts/freshness.tsx';
import { Section } from '../../parts/section.tsx';
import { figure, plural } from '../../parts/words.ts';
import { type Course, meanLatency, readCourse } from './traffic.ts';

const everyMs = 5000;

/** Requests, errors and latency of the last hour. */
export function Traffic({ name, variants }: { name: string; variants: readonly string[] }): ReactElement {
  const { data, error, dataUpdatedAt } = useQuery({
    queryKey: ['traffic', name, ...variants],
    queryFn: ({ signal }) => readCourse(name, variants, signal),
    refetchInterval: everyMs,
  });
  if (error && !data) return <Fault error={error} title="The metrics could not be read" />;
  if (!data) return <Skeleton h={260} />;
  const total = (pick: (course: Course) => readonly [number, number][]): number =>
    data.flatMap(pick).reduce((sum, [, value]) => sum + value, 0);
  const requests = total((course) => course.requests);
  const errors = total((course) => course.errors);
  if (requests === 0)
    return <Text c="dimmed">Nobody asked this endpoint in the last hour. Try it, and look here again.</Text>;
  const slowest = Math.max(...data.flatMap((course) => course.slowest.map(([, value]) => value)));
  const by = (what: string, pick: (course: Course) => [number, number][]): Series[] =>
    data.map((course) => ({ name: data.length === 1 ? what : course.variant, points: pick(course) }));
  const now = Math.ceil(Date.now() / 60_000) * 60_000;
  const hour: readonly [number, number] = [now - 3_600_000, now];
  return (
    <>
      <Freshness updatedMs={dataUpdatedAt} everyMs={everyMs} />
      <Section title="Requests">
        <LineChart
          title={`${plural(requests, 'request')} in the last hour${errors === 0 ? ', none refused or failed.' : `; ${errors} ${errors === 1 ? 'was' : 'were'} refused or failed.`}`}
          xName="Time"
          xKind="time"
          xDomain={hour}
          yName="a minute"
          fromZero
          series={[
            ...by('requests', (course) => course.requests),
            ...(errors > 0 ? by('errors', (course) => course.errors) : []),
          ]}
        />
      </Section>
      <Section title="Latency of the model">
        <LineChart
          title={`The model took ${figure(meanLatency(data))} ms on average, and ${figure(slowest)} ms at the slowest.`}
          xName="Time"
          xKind="time"
          xDomain={hour}
          yName="ms"
          fromZero
          series={[
            ...by('average', (course) => course.latency),
            ...(data.length === 1 ? by('slowest', (course) => course.slowest) : []),
          ]}
        />
      </Section>
    </>
  );
}
