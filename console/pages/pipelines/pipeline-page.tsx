import { Button, Skeleton, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useParams } from 'wouter';
import { call } from '../../api/call.ts';
import { useAddress } from '../../parts/address.ts';
import { Age } from '../../parts/age.tsx';
import { Fault } from '../../parts/fault.tsx';
import { Heading } from '../../parts/heading.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { Section } from '../../parts/section.tsx';
import { State } from '../../parts/state.tsx';
import { plural } from '../../parts/words.ts';

interface Execution {
  PipelineExecutionArn: string;
  PipelineExecutionStatus: string;
  PipelineExecutionDisplayName?: string;
  StartTime: number;
  PipelineExecutionFailureReason?: string;
}

interface Step {
  StepName: string;
  StepStatus: string;
  StartTime?: number;
  EndTime?: number;
  FailureReason?: string;
  Metadata?: Record<string, { Arn?: string }>;
}

const runsMax = 50;
const everyMs = 2000;

/** The runs of a pipeline, and the steps of one of them. */
export function PipelinePage(): ReactElement {
  const name = decodeURIComponent(useParams().name ?? '');
  const [{ run }, change] = useAddress({ run: '' });
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['executions', name],
    queryFn: async ({ signal }) => {
      const input = { PipelineName: name, SortBy: 'CreationTime', SortOrder: 'Descending', MaxResults: runsMax };
      return (
        await call<{ PipelineExecutionSummaries: Execution[] }>('sagemaker', 'ListPipelineExecutions', input, signal)
      ).PipelineExecutionSummaries;
    },
    refetchInterval: everyMs,
  });
  const start = useMutation({
    mutationFn: () =>
      call('sagemaker', 'StartPipelineExecution', { PipelineName: name, ClientRequestToken: crypto.randomUUID() }),
    onSettled: () => client.invalidateQueries({ queryKey: ['executions', name] }),
  });
  const chosen = data?.find(({ PipelineExecutionArn }) => idOf(PipelineExecutionArn) === run) ?? data?.[0];
  return (
    <>
      <Heading
        title={name}
        above={<To href="/pipelines">Pipelines</To>}
        says={data && (data.length === 0 ? 'It has never run.' : `${plural(data.length, 'run')}, the newest first.`)}
        actions={
          <Button loading={start.isPending} onClick={() => start.mutate()}>
            Run it
          </Button>
        }
      />
      {start.error && <Fault error={start.error} title="The pipeline was not started" />}
      {error && <Fault error={error} title="The runs could not be read" onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton h={200} />}
      {chosen && <Steps execution={chosen} />}
      {data !== undefined && data.length > 0 && (
        <Section title="Runs">
          <Table aria-label="Runs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Run</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th>Started</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.map((execution) => {
                const id = idOf(execution.PipelineExecutionArn);
                return (
                  <Table.Tr key={id}>
                    <Table.Td>
                      <Button
                        variant="subtle"
                        size="compact-sm"
                        aria-pressed={execution === chosen}
                        onClick={() => change({ run: id })}
                      >
                        {execution.PipelineExecutionDisplayName ?? id}
                      </Button>
                    </Table.Td>
                    <Table.Td>
                      <State status={execution.PipelineExecutionStatus} />
                    </Table.Td>
                    <Table.Td>
                      <Age seconds={execution.StartTime} />
                    </Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </Section>
      )}
    </>
  );
}

const idOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

function Steps({ execution }: { execution: Execution }): ReactElement {
  const { PipelineExecutionArn, PipelineExecutionStatus, PipelineExecutionFailureReason } = execution;
  const { data, error } = useQuery({
    queryKey: ['steps', PipelineExecutionArn],
    queryFn: async ({ signal }) =>
      (
        await call<{ PipelineExecutionSteps: Step[] }>(
          'sagemaker',
          'ListPipelineExecutionSteps',
          { PipelineExecutionArn, MaxResults: 100, SortOrder: 'Ascending' },
          signal,
        )
      ).PipelineExecutionSteps,
    refetchInterval: PipelineExecutionStatus === 'Executing' ? everyMs : false,
  });
  return (
    <Section title={`Steps of ${execution.PipelineExecutionDisplayName ?? idOf(PipelineExecutionArn)}`}>
      {PipelineExecutionFailureReason && (
        <Text c="var(--linnet-bad)" className="name">
          {PipelineExecutionFailureReason}
        </Text>
      )}
      {error && <Fault error={error} title="The steps could not be read" />}
      {data && (
        <Table aria-label="Steps">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Step</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th visibleFrom="xs">Started</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map((step) => (
              <Table.Tr key={step.StepName}>
                <Table.Td>
                  <StepName step={step} />
                  {step.FailureReason && (
                    <Text size="xs" c="dimmed" className="name">
                      {step.FailureReason}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  <State status={step.StepStatus} />
                </Table.Td>
                <Table.Td visibleFrom="xs">{step.StartTime !== undefined && <Age seconds={step.StartTime} />}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}

/** The kinds of jobs that steps start, by the member of their metadata. */
const kinds: Readonly<Record<string, string>> = {
  TrainingJob: 'training',
  ProcessingJob: 'processing',
  TransformJob: 'transform',
  TuningJob: 'tuning',
};

/** A step's name, as a link to the job that it started. */
function StepName({ step: { StepName: name, Metadata = {} } }: { step: Step }): ReactElement {
  const [member, made] = Object.entries(Metadata).find(([each]) => each in kinds) ?? [];
  if (member === undefined || made?.Arn === undefined) return <span className="name">{name}</span>;
  return <To href={pathOf('jobs', kinds[member]!, idOf(made.Arn))}>{name}</To>;
}
