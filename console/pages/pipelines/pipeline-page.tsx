import { Skeleton, Table, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
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
import { readGraph } from './definition.ts';
import { RunPipeline } from './run-pipeline.tsx';
import { type Execution, idOf, RunView } from './run-view.tsx';
import { StepGraph } from './step-graph.tsx';

const runsMax = 50;
const everyMs = 2000;

/** The runs of a pipeline, one of them in full, and a new one. */
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
  const pipeline = useQuery({
    queryKey: ['pipeline', name],
    queryFn: async ({ signal }) =>
      readGraph(
        (await call<{ PipelineDefinition: string }>('sagemaker', 'DescribePipeline', { PipelineName: name }, signal))
          .PipelineDefinition,
      ),
  });
  const chosen = data?.find(({ PipelineExecutionArn }) => idOf(PipelineExecutionArn) === run) ?? data?.[0];
  return (
    <>
      <Heading
        title={name}
        above={<To href="/pipelines">Pipelines</To>}
        says={data && (data.length === 0 ? 'It has never run.' : `${plural(data.length, 'run')}, the newest first.`)}
        actions={
          pipeline.data && (
            <RunPipeline
              name={name}
              parameters={pipeline.data.parameters}
              onStarted={(arn) => {
                change({ run: idOf(arn) });
                void client.invalidateQueries({ queryKey: ['executions', name] });
              }}
            />
          )
        }
      />
      {pipeline.error && <Fault error={pipeline.error} title="The pipeline could not be read" />}
      {error && <Fault error={error} title="The runs could not be read" onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton h={200} />}
      {chosen && <RunView execution={chosen} />}
      {data?.length === 0 && pipeline.data && (
        <Section title="Steps">
          <StepGraph graph={pipeline.data} states={new Map()} />
        </Section>
      )}
      {data !== undefined && data.length > 0 && (
        <Section title="Runs">
          <Table aria-label="Runs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Run</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th visibleFrom="xs">Started</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.map((execution) => {
                const id = idOf(execution.PipelineExecutionArn);
                return (
                  <Table.Tr key={id}>
                    <Table.Td>
                      <To href={`${pathOf('pipelines', name)}?run=${id}`}>
                        {execution.PipelineExecutionDisplayName ?? id}
                      </To>
                      {execution === chosen && data.length > 1 && (
                        <Text size="xs" c="dimmed">
                          shown above
                        </Text>
                      )}
                    </Table.Td>
                    <Table.Td>
                      <State status={execution.PipelineExecutionStatus} />
                    </Table.Td>
                    <Table.Td visibleFrom="xs">
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
