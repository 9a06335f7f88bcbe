import { Button, Checkbox, Group, SegmentedControl, Select, Skeleton, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { findJobKind, isOver, jobKinds } from '../../api/job-kinds.ts';
import { pageSize } from '../../api/paged.ts';
import { useAddress } from '../../parts/address.ts';
import { Age } from '../../parts/age.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Fault } from '../../parts/fault.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { Freshness } from '../../parts/freshness.tsx';
import { Heading } from '../../parts/heading.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { Pager } from '../../parts/pager.tsx';
import { SortHead } from '../../parts/sort-head.tsx';
import { State } from '../../parts/state.tsx';
import { duration, figure } from '../../parts/words.ts';
import { type JobQuery, type JobRow, readJobPage } from './job-list.ts';

const statuses = ['InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped'];
const busyMs = 2000;
const idleMs = 10_000;

export function JobsPage(): ReactElement {
  const [{ kind: kindId, name, status, sort, order, page: pageText }, change] = useAddress({
    kind: 'training',
    name: '',
    status: '',
    sort: 'CreationTime',
    order: 'Descending',
    page: '1',
  });
  const kind = findJobKind(kindId) ?? jobKinds[0]!;
  const page = Math.max(1, Number.parseInt(pageText, 10) || 1);
  const query = { kind, name, status, sort, order } as JobQuery;
  const { data, error, refetch, dataUpdatedAt, isPlaceholderData } = useQuery({
    queryKey: ['jobs', kind.id, name, status, sort, order, page],
    queryFn: ({ signal }) => readJobPage(query, page, signal),
    refetchInterval: ({ state }) => (state.data?.items.some(({ status: each }) => !isOver(each)) ? busyMs : idleMs),
    placeholderData: keepPreviousData,
  });
  const isNarrowed = name !== '' || status !== '';
  return (
    <>
      <Heading
        title="Jobs"
        says="What trained, tuned, processed and predicted here, the newest first."
        actions={
          <Button component={Link} href="/train">
            Train a model
          </Button>
        }
      />
      <Group mb="md" gap="sm">
        <SegmentedControl
          aria-label="Kind of jobs"
          size="xs"
          value={kind.id}
          onChange={(value) => change({ kind: value, page: '1' })}
          data={jobKinds.map(({ id, title }) => ({ value: id, label: title }))}
        />
        <FilterField
          key={kind.id}
          label="Part of the name"
          value={name}
          onChange={(value) => change({ name: value, page: '1' })}
        />
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          w={160}
          data={statuses.map((value) => ({ value, label: value.replace('InProgress', 'In progress') }))}
          value={status === '' ? null : status}
          onChange={(value) => change({ status: value ?? '', page: '1' })}
        />
      </Group>
      <Freshness updatedMs={dataUpdatedAt} everyMs={idleMs} />
      {error && <Fault error={error} title="The jobs could not be read" onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton h={300} />}
      {data?.items.length === 0 && page === 1 && !isNarrowed && (
        <Empty
          title={`No ${kind.noun} jobs yet`}
          says={`A job runs a program over data and keeps what it wrote, with its log. SageMaker's SDKs start them${kind.id === 'training' ? ', and so does the page Train' : ''}.`}
        >
          {kind.id === 'training' && (
            <Button component={Link} href="/train">
              Train a model
            </Button>
          )}
        </Empty>
      )}
      {data?.items.length === 0 && isNarrowed && <Text>No job is like that. Take a filter away.</Text>}
      {data !== undefined && data.items.length > 0 && (
        <JobTable
          jobs={data.items}
          isOld={isPlaceholderData}
          comparable={kind.id === 'training'}
          sort={sort}
          order={order}
          onSort={(column, direction) => change({ sort: column, order: direction, page: '1' })}
        />
      )}
      {data && (
        <Pager
          page={page}
          size={pageSize}
          shown={data.items.length}
          hasNext={data.next !== undefined}
          noun="Jobs"
          onPage={(next) => change({ page: String(next) })}
        />
      )}
    </>
  );
}

interface TableProps {
  jobs: readonly JobRow[];
  isOld: boolean;
  comparable: boolean;
  sort: string;
  order: string;
  onSort(sort: string, order: 'Ascending' | 'Descending'): void;
}

function JobTable({ jobs, isOld, comparable, sort, order, onSort }: TableProps): ReactElement {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [, go] = useLocation();
  const sorting = { sort, order, onSort };
  return (
    <>
      {comparable && (
        <Group mb="xs" gap="sm" visibleFrom="sm">
          <Button
            variant="default"
            size="xs"
            disabled={chosen.length < 2}
            onClick={() => go(`/jobs/compare?${new URLSearchParams({ names: chosen.join(',') })}`)}
          >
            Compare {chosen.length < 2 ? '' : chosen.length}
          </Button>
          {chosen.length < 2 && (
            <Text size="sm" c="dimmed">
              Choose two or more to compare them.
            </Text>
          )}
        </Group>
      )}
      <Table.ScrollContainer minWidth={0}>
        <Table aria-label="Jobs" highlightOnHover opacity={isOld ? 0.6 : 1} stickyHeader={false}>
          <Table.Thead>
            <Table.Tr>
              {comparable && <Table.Td w={36} visibleFrom="sm" />}
              <SortHead title="Name" column="Name" {...sorting} />
              <SortHead title="State" column="Status" {...sorting} />
              {comparable && (
                <Table.Th className="number" visibleFrom="sm">
                  Result
                </Table.Th>
              )}
              <Table.Th className="number" visibleFrom="md">
                Took
              </Table.Th>
              <SortHead title="Created" column="CreationTime" visibleFrom="xs" {...sorting} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {jobs.map(({ kind, name, status, created, ended, metric, failure }) => (
              <Table.Tr key={name}>
                {comparable && (
                  <Table.Td visibleFrom="sm">
                    <Checkbox
                      size="xs"
                      aria-label={`Choose ${name}`}
                      checked={chosen.includes(name)}
                      onChange={(event) =>
                        setChosen(
                          event.currentTarget.checked ? [...chosen, name] : chosen.filter((each) => each !== name),
                        )
                      }
                    />
                  </Table.Td>
                )}
                <Table.Td>
                  <To href={pathOf('jobs', kind.id, name)}>{name}</To>
                  {failure !== undefined && (
                    <Text size="xs" c="dimmed" lineClamp={1} className="name">
                      {failure}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  <State status={status} />
                </Table.Td>
                {comparable && (
                  <Table.Td className="number" visibleFrom="sm">
                    {metric && (
                      <>
                        {figure(metric.value)}
                        <Text size="xs" c="dimmed">
                          {metric.name}
                        </Text>
                      </>
                    )}
                  </Table.Td>
                )}
                <Table.Td className="number" visibleFrom="md">
                  {ended === undefined ? '' : duration(ended - created)}
                </Table.Td>
                <Table.Td visibleFrom="xs">
                  <Age seconds={created} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}
