import { Button, Group, SegmentedControl, Skeleton, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { call } from '../../api/call.ts';
import { type Page, pageSize, readPages } from '../../api/paged.ts';
import { useAddress } from '../../parts/address.ts';
import { Age } from '../../parts/age.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Fault } from '../../parts/fault.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { Heading } from '../../parts/heading.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { Pager } from '../../parts/pager.tsx';
import { SortHead } from '../../parts/sort-head.tsx';

interface Line {
  name: string;
  created: number;
  says: string | undefined;
}

interface ListQuery {
  name: string;
  sort: string;
  order: string;
  page: number;
}

/** The two lists of this page, as their operations name things. */
const lists = {
  models: { operation: 'ListModels', member: 'Models', name: 'ModelName', says: '', path: ['models'] },
  groups: {
    operation: 'ListModelPackageGroups',
    member: 'ModelPackageGroupSummaryList',
    name: 'ModelPackageGroupName',
    says: 'ModelPackageGroupDescription',
    path: ['models', 'groups'],
  },
} as const;

async function readList(
  list: keyof typeof lists,
  { name, sort, order, page }: ListQuery,
  signal: AbortSignal,
): Promise<Page<Line>> {
  const { operation, member, ...names } = lists[list];
  return readPages(`${list} ${name} ${sort} ${order}`, page, async (NextToken) => {
    const input = { NameContains: name || undefined, SortBy: sort, SortOrder: order, MaxResults: pageSize, NextToken };
    const output = await call<Record<string, Record<string, unknown>[]> & { NextToken?: string }>(
      'sagemaker',
      operation,
      input,
      signal,
    );
    const items = (output[member] ?? []).map((each) => ({
      name: each[names.name] as string,
      created: each.CreationTime as number,
      says: each[names.says] as string | undefined,
    }));
    return { items, next: output.NextToken };
  });
}

export function ModelsPage(): ReactElement {
  const [{ list: listText, name, sort, order, page: pageText }, change] = useAddress({
    list: 'models',
    name: '',
    sort: 'CreationTime',
    order: 'Descending',
    page: '1',
  });
  const list = listText === 'groups' ? 'groups' : 'models';
  const page = Math.max(1, Number.parseInt(pageText, 10) || 1);
  const { data, error, refetch } = useQuery({
    queryKey: [list, name, sort, order, page],
    queryFn: ({ signal }) => readList(list, { name, sort, order, page }, signal),
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  });
  const sorting = {
    sort,
    order,
    onSort: (column: string, direction: string) => change({ sort: column, order: direction, page: '1' }),
  };
  return (
    <>
      <Heading
        title="Models"
        says={list === 'models' ? 'What jobs made, ready to serve.' : 'Groups of versions, each approved or not.'}
      />
      <Group mb="md" gap="sm">
        <SegmentedControl
          aria-label="Models or groups of versions"
          value={list}
          onChange={(value) => change({ list: value, page: '1' })}
          data={[
            { value: 'models', label: 'Models' },
            { value: 'groups', label: 'Versions' },
          ]}
        />
        <FilterField
          key={list}
          label="Part of the name"
          value={name}
          onChange={(value) => change({ name: value, page: '1' })}
        />
      </Group>
      {error && <Fault error={error} title="The list could not be read" onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton h={240} />}
      {data?.items.length === 0 &&
        page === 1 &&
        (name === '' ? <Nothing list={list} /> : <Text>Nothing has “{name}” in its name.</Text>)}
      {data !== undefined && data.items.length > 0 && (
        <Table.ScrollContainer minWidth={0}>
          <Table aria-label={list === 'models' ? 'Models' : 'Groups of versions'} highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <SortHead title="Name" column="Name" {...sorting} />
                <SortHead title="Created" column="CreationTime" {...sorting} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.items.map((line) => (
                <Table.Tr key={line.name}>
                  <Table.Td>
                    <To href={pathOf(...lists[list].path, line.name)}>{line.name}</To>
                    {line.says && (
                      <Text size="xs" c="dimmed" className="name">
                        {line.says}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <Age seconds={line.created} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {data && (
        <Pager
          page={page}
          size={pageSize}
          shown={data.items.length}
          hasNext={data.next !== undefined}
          noun={list === 'models' ? 'Models' : 'Groups'}
          onPage={(next) => change({ page: String(next) })}
        />
      )}
    </>
  );
}

const Nothing = ({ list }: { list: keyof typeof lists }): ReactElement =>
  list === 'models' ? (
    <Empty
      title="No models yet"
      says="A model is what a training job learned, with the program that serves it. Train one, or run the example on Home."
    >
      <Button component={Link} href="/train">
        Train a model
      </Button>
    </Empty>
  ) : (
    <Empty
      title="No groups yet"
      says="A group holds the versions of one model, and says which of them are approved. SageMaker's SDKs make groups, with CreateModelPackageGroup and CreateModelPackage."
    />
  );
