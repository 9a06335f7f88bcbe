import { Skeleton, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { call } from '../../api/call.ts';
import type { TrainingJob } from '../../api/types.ts';
import { useAddress } from '../../parts/address.ts';
import { Fault } from '../../parts/fault.tsx';
import { Heading } from '../../parts/heading.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { Section } from '../../parts/section.tsx';
import { State } from '../../parts/state.tsx';
import { duration, figure } from '../../parts/words.ts';

const jobsMax = 12;

/** Training jobs side by side: what differs in their settings, and in what came of it. */
export function ComparePage(): ReactElement {
  const [{ names: text }] = useAddress({ names: '' });
  const names = text
    .split(',')
    .filter((name) => name !== '')
    .slice(0, jobsMax);
  const {
    data: jobs,
    error,
    refetch,
  } = useQuery({
    queryKey: ['compare', ...names],
    queryFn: ({ signal }) =>
      Promise.all(
        names.map((TrainingJobName) =>
          call<TrainingJob>('sagemaker', 'DescribeTrainingJob', { TrainingJobName }, signal),
        ),
      ),
  });
  return (
    <>
      <Heading
        title="Compare"
        above={<To href="/jobs">Jobs</To>}
        says={`${names.length} training jobs side by side. Settings that are the same for all are left out.`}
      />
      {error && <Fault error={error} title="The jobs could not be read" onRetry={() => void refetch()} />}
      {!jobs && !error && <Skeleton h={240} />}
      {jobs && <Comparison jobs={jobs} />}
    </>
  );
}

function Comparison({ jobs }: { jobs: readonly TrainingJob[] }): ReactElement {
  const took = jobs.map(({ CreationTime, TrainingEndTime }) =>
    TrainingEndTime === undefined ? '' : duration(TrainingEndTime - CreationTime!),
  );
  const metrics = rowsOf(
    jobs.map(({ FinalMetricDataList = [] }) =>
      FinalMetricDataList.map((each) => [each.MetricName!, figure(each.Value)]),
    ),
  );
  const settings = rowsOf(
    jobs.map((job) => [
      ['algorithm', job.AlgorithmSpecification?.TrainingImage ?? ''],
      ...(job.InputDataConfig ?? []).map(
        (channel) =>
          [`channel ${channel.ChannelName}`, channel.DataSource?.S3DataSource?.S3Uri ?? ''] as [string, string],
      ),
      ...Object.entries(job.HyperParameters ?? {}),
    ]),
  ).filter(([, values]) => new Set(values).size > 1);
  return (
    <>
      <Section title="Results">
        <Rows label="Results" jobs={jobs} rows={[['took', took], ...metrics]} withState />
      </Section>
      <Section title="Settings that differ">
        {settings.length === 0 ? (
          <Text>None: the jobs have the same algorithm, data and hyperparameters.</Text>
        ) : (
          <Rows
            label="Settings that differ"
            jobs={jobs}
            rows={settings.map(([name, values]) => [name, values.map((value) => (value === '' ? 'not set' : value))])}
          />
        )}
      </Section>
    </>
  );
}

type Row = readonly [name: string, values: readonly string[]];

/** One row for each name that any job has. */
function rowsOf(each: readonly (readonly (readonly [string, string])[])[]): Row[] {
  const maps = each.map((entries) => new Map(entries));
  const names = [...new Set(maps.flatMap((map) => [...map.keys()]))];
  return names.map((name) => [name, maps.map((map) => map.get(name) ?? '')]);
}

function Rows(props: {
  label: string;
  jobs: readonly TrainingJob[];
  rows: readonly Row[];
  withState?: boolean;
}): ReactElement {
  const { label, jobs, rows, withState } = props;
  return (
    <Table.ScrollContainer minWidth={0}>
      <Table aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            <Table.Td />
            {jobs.map(({ TrainingJobName = '', TrainingJobStatus = '' }) => (
              <Table.Th key={TrainingJobName} miw={140}>
                <To href={pathOf('jobs', 'training', TrainingJobName)}>{TrainingJobName}</To>
                {withState && (
                  <div>
                    <State status={TrainingJobStatus} />
                  </div>
                )}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([name, values]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={500} miw={140} className="name">
                {name}
              </Table.Th>
              {values.map((value, place) => (
                <Table.Td key={jobs[place]!.TrainingJobName} className="name">
                  {value}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
