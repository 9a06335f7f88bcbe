import { Card, SimpleGrid, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense } from 'react';
import { call } from '../../api/call.ts';
import { type JobSummary, jobKinds, listJobs } from '../../api/job-kinds.ts';
import { Age } from '../../parts/age.tsx';
import { Fault } from '../../parts/fault.tsx';
import { Heading } from '../../parts/heading.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { Section } from '../../parts/section.tsx';
import { State } from '../../parts/state.tsx';
import { plural } from '../../parts/words.ts';
import { useExample } from './example.ts';

const ExamplePanel = lazy(async () => ({ default: (await import('./example-panel.tsx')).ExamplePanel }));

interface EndpointLine {
  EndpointName: string;
  EndpointStatus: string;
  LastModifiedTime: number;
}

/** The first jobs of each kind, and whether there are more. */
interface Some {
  jobs: JobSummary[];
  areAll: boolean;
}

interface Overview {
  running: Some;
  failed: Some;
  newest: JobSummary[];
  endpoints: EndpointLine[];
}

const shownMax = 5;
/** Of each kind of jobs; of more, the page says that there are more. */
const countedMax = 50;
const lately = 24 * 60 * 60;

async function readOverview(signal: AbortSignal): Promise<Overview> {
  const newestFirst = { SortBy: 'CreationTime', SortOrder: 'Descending', MaxResults: countedMax };
  const since = Date.now() / 1000 - lately;
  const ofAll = async (input: object): Promise<Some> => {
    const lists = await Promise.all(jobKinds.map((kind) => listJobs(kind, { ...newestFirst, ...input }, signal)));
    return {
      jobs: lists.flatMap(({ jobs }) => jobs).sort((a, b) => b.created - a.created),
      areAll: lists.every(({ next }) => next === undefined),
    };
  };
  const [running, failed, newest, { Endpoints }] = await Promise.all([
    ofAll({ StatusEquals: 'InProgress' }),
    ofAll({ StatusEquals: 'Failed', LastModifiedTimeAfter: since }),
    ofAll({ MaxResults: shownMax }),
    call<{ Endpoints: EndpointLine[] }>('sagemaker', 'ListEndpoints', newestFirst, signal),
  ]);
  return { running, failed, newest: newest.jobs, endpoints: Endpoints };
}

/** What runs, what failed, and what to do next. */
export function HomePage(): ReactElement {
  const { data, error, refetch } = useQuery({
    queryKey: ['home'],
    queryFn: ({ signal }) => readOverview(signal),
    refetchInterval: 3000,
  });
  const example = useExample();
  if (data === undefined)
    return (
      <>
        <Heading title="Home" />
        {error ? (
          <Fault error={error} title="The overview could not be read" onRetry={() => void refetch()} />
        ) : (
          <Skeleton h={180} />
        )}
      </>
    );
  const isEmpty = data.newest.length === 0 && data.endpoints.length === 0;
  return (
    <>
      <Heading title="Home" says={isEmpty ? 'Nothing has run here yet.' : sentenceOf(data)} />
      {error && <Fault error={error} title="This is not the latest: the server did not answer" />}
      {(isEmpty || example.state !== 'idle') && (
        <Suspense fallback={<Skeleton h={180} />}>
          <ExamplePanel />
        </Suspense>
      )}
      {data.running.jobs.length > 0 && (
        <Section title={`Running: ${countOf(data.running)}`}>
          <JobTable jobs={data.running.jobs.slice(0, shownMax)} label="Jobs that run" />
        </Section>
      )}
      {data.failed.jobs.length > 0 && (
        <Section title={`Failed in the last day: ${countOf(data.failed)}`}>
          <JobTable jobs={data.failed.jobs.slice(0, shownMax)} label="Jobs that failed" />
        </Section>
      )}
      {data.endpoints.length > 0 && (
        <Section title="Endpoints">
          <Table.ScrollContainer minWidth={0} tabIndex={undefined}>
            <Table aria-label="Endpoints">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th visibleFrom="xs">Changed</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.endpoints.slice(0, shownMax).map(({ EndpointName, EndpointStatus, LastModifiedTime }) => (
                  <Table.Tr key={EndpointName}>
                    <Table.Td>
                      <To href={pathOf('endpoints', EndpointName)}>{EndpointName}</To>
                    </Table.Td>
                    <Table.Td>
                      <State status={EndpointStatus} />
                    </Table.Td>
                    <Table.Td visibleFrom="xs">
                      <Age seconds={LastModifiedTime} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Section>
      )}
      {!isEmpty && data.running.jobs.length === 0 && (
        <Section title="Newest jobs">
          <JobTable jobs={data.newest.slice(0, shownMax)} label="Newest jobs" />
        </Section>
      )}
      <Section title="What to do next">
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <Next href="/train" title="Train a model" says="Choose a table and the column to predict." />
          <Next href="/data" title="Bring data" says="Drop files into a bucket and look at their columns." />
          <Next href="/endpoints" title="Ask an endpoint" says="Fill in a form and see the prediction." />
        </SimpleGrid>
      </Section>
    </>
  );
}

const countOf = ({ jobs, areAll }: Some): string => `${areAll ? '' : 'more than '}${jobs.length}`;
const jobsOf = ({ jobs, areAll }: Some): string => `${areAll ? '' : 'More than '}${plural(jobs.length, 'job')}`;

function sentenceOf({ running, failed, endpoints }: Overview): string {
  const serving = endpoints.filter(({ EndpointStatus }) => EndpointStatus === 'InService').length;
  const parts = [
    running.jobs.length === 0 ? 'No job runs' : `${jobsOf(running)} ${running.jobs.length === 1 ? 'runs' : 'run'}`,
    failed.jobs.length === 0 ? 'none failed in the last day' : `${countOf(failed)} failed in the last day`,
    serving === 0 ? 'no endpoint is in service' : `${plural(serving, 'endpoint')} in service`,
  ];
  return `${parts.join('; ')}.`;
}

function JobTable({ jobs, label }: { jobs: readonly JobSummary[]; label: string }): ReactElement {
  return (
    <Table aria-label={label}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th>State</Table.Th>
          <Table.Th visibleFrom="xs">Started</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {jobs.map(({ kind, name, status, created, failure }) => (
          <Table.Tr key={`${kind.id} ${name}`}>
            <Table.Td>
              <To href={pathOf('jobs', kind.id, name)}>{name}</To>
              <Text size="xs" c="dimmed" lineClamp={2} className="name">
                {kind.title}
                {failure !== undefined && `: ${failure}`}
              </Text>
            </Table.Td>
            <Table.Td>
              <State status={status} />
            </Table.Td>
            <Table.Td visibleFrom="xs">
              <Age seconds={created} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

const Next = ({ href, title, says }: { href: string; title: string; says: string }): ReactElement => (
  <Card withBorder>
    <Stack gap={4}>
      <To href={href}>{title}</To>
      <Text size="sm" c="dimmed">
        {says}
      </Text>
    </Stack>
  </Card>
);
