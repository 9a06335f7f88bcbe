import { Select, Text } from '@mantine/core';
import { type ReactElement, useMemo } from 'react';
import type { LogLine } from '../../api/logs.ts';
import type { TrainingJob } from '../../api/types.ts';
import { useAddress } from '../../parts/address.ts';
import { LineChart } from '../../parts/charts/line-chart.tsx';
import { Facts } from '../../parts/facts.tsx';
import { FinalMetrics } from '../../parts/final-metrics.tsx';
import { Place } from '../../parts/place.tsx';
import { Section } from '../../parts/section.tsx';
import { figure } from '../../parts/words.ts';
import { CandidateChart } from './candidate-chart.tsx';
import { candidatesOf } from './candidates.ts';
import { mainMetric } from './job-list.ts';
import { type Curves, curvesOf } from './metric-curves.ts';

/** What a training job came to: its metrics, and how they went. */
export function TrainingSummary({ job, lines }: { job: TrainingJob; lines: readonly LogLine[] }): ReactElement {
  const definitions = job.AlgorithmSpecification?.MetricDefinitions;
  const curves = useMemo(() => curvesOf(lines, definitions ?? []), [lines, definitions]);
  const candidates = useMemo(() => candidatesOf(lines), [lines]);
  const main = mainMetric(job);
  const model = job.ModelArtifacts?.S3ModelArtifacts;
  return (
    <>
      {main && (
        <Text mb="lg">
          The final <span className="mono">{main.name}</span> is <strong>{figure(main.value)}</strong>
          {job.FinalMetricDataList && job.FinalMetricDataList.length > 1
            ? `; ${job.FinalMetricDataList.length - 1} more metrics stand below.`
            : '.'}
        </Text>
      )}
      {curves.length > 0 && <CurveView curves={curves} />}
      {candidates && <CandidateChart of={candidates} />}
      {curves.length === 0 && (
        <Text mb="lg" c="dimmed">
          No curve: the log has no metric that was measured twice.
        </Text>
      )}
      {job.FinalMetricDataList !== undefined && job.FinalMetricDataList.length > 0 && (
        <FinalMetrics title="Final metrics" job={job} />
      )}
      <Section title="What it read and wrote">
        <Facts
          of={[
            ...(job.InputDataConfig ?? []).map(
              ({ ChannelName, DataSource }) =>
                [`Channel ${ChannelName}`, <Place key={ChannelName} uri={DataSource?.S3DataSource?.S3Uri} />] as const,
            ),
            ['Model', model && <Place uri={model} />],
            ['Seconds billed', job.BillableTimeInSeconds],
          ]}
        />
      </Section>
    </>
  );
}

function CurveView({ curves }: { curves: readonly Curves[] }): ReactElement {
  const [{ metric }, change] = useAddress({ metric: '' });
  const first = curves.find((each) => /objective_loss|logloss|rmse|mlogloss|loss/.test(each.metric)) ?? curves[0]!;
  const shown = curves.find((each) => each.metric === metric) ?? first;
  return (
    <Section
      title="How it went"
      actions={
        curves.length > 1 && (
          <Select
            aria-label="Metric"
            size="xs"
            w={240}
            data={curves.map((each) => each.metric)}
            value={shown.metric}
            allowDeselect={false}
            onChange={(value) => change({ metric: value ?? '' })}
          />
        )
      }
    >
      <LineChart title={findingOf(shown)} xName="Measured" yName={shown.metric} series={shown.series} />
    </Section>
  );
}

/** Such as: validation objective_loss went from 0.52 to 0.084. */
function findingOf({ metric, series }: Curves): string {
  const { name, points } = series.find((each) => each.name === 'validation') ?? series[0]!;
  const [first, last] = [points[0]![1], points.at(-1)![1]];
  const where = name === metric ? '' : `On ${name}, `;
  return `${where}${metric} went from ${figure(first)} to ${figure(last)} in ${points.length} measurements.`;
}
