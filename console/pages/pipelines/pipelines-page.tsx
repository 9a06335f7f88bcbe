import { Group, Skeleton, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { call } from '../../api/call.ts';
import { pageSize, readPages } from '../../api/paged.ts';
import { useAddress } from '../../parts/address.ts';
import { Age } from '../../parts/age.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Fault } from '../../parts/fault.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { Heading } from '../../parts/heading.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { Pager } from '../../parts/pager.tsx';

interface Line {
  PipelineName: string;
  CreationTime: number;
  LastExecutionTime?: number;
}

export function PipelinesPage(): ReactElement {
  const [{ name, page: pageText }, change] = useAddress({ name: '', page: '1' });
  const page = Math.max(1, Number.parseInt(pageText, 10) || 1);
  const { data, error, refetch } = useQuery({
    queryKey: ['pipelines', name, page],
    queryFn: ({ signal }) =>
      readPages(`pipelines ${name}`, page, async (NextToken) => {
        const input = {
          PipelineNamePrefix: name || undefined,
          SortBy: 'CreationTime',
          SortOrder: 'Descending',
          MaxResults: pageSize,
          NextToken,
        };
        const output = await call<{ PipelineSummaries: Line[]; NextToken?: string }>(
          'sagemaker',
          'ListPipelines',
          input,
          signal,
        );
        return { items: output.PipelineSummaries, next: output.NextToken };
      }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  return (
    <>
      <Heading title="Pipelines" says="Steps that run one after the other, as the SageMaker SDK writes them." />
      <Group mb="md">
        <FilterField label="Start of the name" value={name} onChange={(value) => change({ name: value, page: '1' })} />
      </Group>
      {error && <Fault error={error} title="The pipelines could not be read" onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton h={200} />}
      {data?.items.length === 0 &&
        page === 1 &&
        (name === '' ? (
          <Empty
            title="No pipelines yet"
            says="A pipeline prepares data, trains, tests and registers a model in steps that are written once. The SageMaker SDK makes one with Pipeline(...).upsert()."
          />
        ) : (
          <Text>No pipeline’s name starts with “{name}”.</Text>
        ))}
      {data !== undefined && data.items.length > 0 && (
        <Table aria-label="Pipelines" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Last run</Table.Th>
              <Table.Th visibleFrom="xs">Created</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.items.map(({ PipelineName, CreationTime, LastExecutionTime }) => (
              <Table.Tr key={PipelineName}>
                <Table.Td>
                  <To href={pathOf('pipelines', PipelineName)}>{PipelineName}</To>
                </Table.Td>
                <Table.Td>{LastExecutionTime === undefined ? 'never' : <Age seconds={LastExecutionTime} />}</Table.Td>
                <Table.Td visibleFrom="xs">
                  <Age seconds={CreationTime} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {data && (
        <Pager
          page={page}
          size={pageSize}
          shown={data.items.length}
          hasNext={data.next !== undefined}
          noun="Pipelines"
          onPage={(next) => change({ page: String(next) })}
        />
      )}
    </>
  );
}
