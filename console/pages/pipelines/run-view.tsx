import { Button, Group, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { call } from '../../api/call.ts';
import { Age } from '../../parts/age.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Fault } from '../../parts/fault.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { Section } from '../../parts/section.tsx';
import { State } from '../../parts/state.tsx';
import { duration } from '../../parts/words.ts';
import { readGraph } from './definition.ts';
import { StepGraph } from './step-graph.tsx';

export interface Execution {
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
  CacheHitResult?: object;
  Metadata?: Record<string, { Arn?: string; Outcome?: string }>;
}

const everyMs = 2000;
export const idOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
const isRunning = (status: string): boolean => status === 'Executing' || status === 'Stopping';

async function readRun(PipelineExecutionArn: string, signal: AbortSignal) {
  const input = { PipelineExecutionArn };
  const [{ PipelineExecutionSteps }, { PipelineParameters = [] }, { PipelineDefinition }] = await Promise.all([
    call<{ PipelineExecutionSteps: Step[] }>(
      'sagemaker',
      'ListPipelineExecutionSteps',
      { ...input, MaxResults: 100, SortOrder: 'Ascending' },
      signal,
    ),
    call<{ PipelineParameters?: { Name: string; Value: string }[] }>(
      'sagemaker',
      'ListPipelineParametersForExecution',
      input,
      signal,
    ),
    call<{ PipelineDefinition: string }>('sagemaker', 'DescribePipelineDefinitionForExecution', input, signal),
  ]);
  return { steps: PipelineExecutionSteps, parameters: PipelineParameters, graph: readGraph(PipelineDefinition) };
}

/** One run: its graph, its steps with the jobs that they started, its parameters, Stop and Retry. */
export function RunView({ execution }: { execution: Execution }): ReactElement {
  const { PipelineExecutionArn, PipelineExecutionStatus: status, PipelineExecutionFailureReason } = execution;
  const { data, error } = useQuery({
    queryKey: ['run', PipelineExecutionArn, status],
    queryFn: ({ signal }) => readRun(PipelineExecutionArn, signal),
    refetchInterval: isRunning(status) ? everyMs : false,
    placeholderData: (before) => before,
  });
  return (
    <>
      <Section
        title={`Run ${execution.PipelineExecutionDisplayName ?? idOf(PipelineExecutionArn)}`}
        actions={<Actions execution={execution} />}
        says={
          <>
            <State status={status} />, started <Age seconds={execution.StartTime} />
          </>
        }
      >
        {PipelineExecutionFailureReason && (
          <Text c="var(--linnet-bad)" className="name" role="alert" mb="sm">
            {PipelineExecutionFailureReason}
          </Text>
        )}
        {error && <Fault error={error} title="The run could not be read" />}
        {data && (
          <StepGraph
            graph={data.graph}
            states={new Map(data.steps.map(({ StepName, StepStatus }) => [StepName, StepStatus]))}
          />
        )}
      </Section>
      {data && <Steps steps={data.steps} />}
      {data !== undefined && data.parameters.length > 0 && (
        <Section title="Parameters">
          <Facts of={data.parameters.map(({ Name, Value }) => [Name, Value] as const)} />
        </Section>
      )}
    </>
  );
}

function Actions({ execution }: { execution: Execution }): ReactElement {
  const { PipelineExecutionArn, PipelineExecutionStatus: status } = execution;
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (operation: string) =>
      call('sagemaker', operation, { PipelineExecutionArn, ClientRequestToken: crypto.randomUUID() }),
    onSettled: () => client.invalidateQueries({ queryKey: ['executions'] }),
  });
  return (
    <Group gap="xs">
      {isRunning(status) && (
        <Button
          variant="default"
          size="xs"
          loading={act.isPending}
          disabled={status === 'Stopping'}
          onClick={() => act.mutate('StopPipelineExecution')}
        >
          {status === 'Stopping' ? 'Stopping' : 'Stop'}
        </Button>
      )}
      {(status === 'Failed' || status === 'Stopped') && (
        <Button
          variant="default"
          size="xs"
          loading={act.isPending}
          onClick={() => act.mutate('RetryPipelineExecution')}
        >
          Try again from where it ended
        </Button>
      )}
      {act.error && <Fault error={act.error} title="Nothing was changed" />}
    </Group>
  );
}

function Steps({ steps }: { steps: readonly Step[] }): ReactElement {
  return (
    <Section title="Steps">
      {steps.length === 0 && <Text c="dimmed">No step has started yet.</Text>}
      {steps.length > 0 && (
        <Table aria-label="Steps">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Step</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th visibleFrom="xs">Started</Table.Th>
              <Table.Th className="number" visibleFrom="sm">
                Took
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {steps.map((step) => (
              <Table.Tr key={step.StepName}>
                <Table.Td>
                  <StepName step={step} />
                  <Text size="xs" c="dimmed" className="name">
                    {step.FailureReason ?? noteOf(step)}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <State status={step.StepStatus} />
                </Table.Td>
                <Table.Td visibleFrom="xs">{step.StartTime !== undefined && <Age seconds={step.StartTime} />}</Table.Td>
                <Table.Td className="number" visibleFrom="sm">
                  {step.StartTime !== undefined &&
                    step.EndTime !== undefined &&
                    duration(step.EndTime - step.StartTime)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}

function noteOf({ CacheHitResult, Metadata = {} }: Step): string {
  if (CacheHitResult !== undefined) return 'The result of an earlier run was used';
  const outcome = Metadata.Condition?.Outcome;
  return outcome === undefined ? '' : `The condition came out ${outcome.toLowerCase()}`;
}

/** The kinds of jobs that steps start, by the member of their metadata. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  TrainingJob: ['jobs', 'training'],
  ProcessingJob: ['jobs', 'processing'],
  TransformJob: ['jobs', 'transform'],
  TuningJob: ['jobs', 'tuning'],
  Model: ['models'],
};

/** A step's name, as a link to the job or model that it made. */
function StepName({ step: { StepName: name, Metadata = {} } }: { step: Step }): ReactElement {
  const [member, made] = Object.entries(Metadata).find(([each]) => each in kinds) ?? [];
  if (member === undefined || made?.Arn === undefined) return <span className="name">{name}</span>;
  return <To href={pathOf(...kinds[member]!, idOf(made.Arn))}>{name}</To>;
}
