import { Button, Group, Skeleton, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { call } from '../../api/call.ts';
import { pageSize, readPages } from '../../api/paged.ts';
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
import { figure } from '../../parts/words.ts';
import { type Requests, readTraffic } from './traffic.ts';

interface Line {
  EndpointName: string;
  EndpointStatus: string;
  CreationTime: number;
  LastModifiedTime: number;
  /** In the last hour. */
  requests: Requests | undefined;
}

const everyMs = 5000;

export function EndpointsPage(): ReactElement {
  const [{ name, sort, order, page: pageText }, change] = useAddress({
    name: '',
    sort: 'CreationTime',
    order: 'Descending',
    page: '1',
  });
  const page = Math.max(1, Number.parseInt(pageText, 10) || 1);
  const { data, error, refetch, dataUpdatedAt } = useQuery({
    queryKey: ['endpoints', name, sort, order, page],
    queryFn: async ({ signal }) => {
      const found = await readPages(`endpoints ${name} ${sort} ${order}`, page, async (NextToken) => {
        const input = {
          NameContains: name || undefined,
          SortBy: sort,
          SortOrder: order,
          MaxResults: pageSize,
          NextToken,
        };
        const output = await call<{ Endpoints: Line[]; NextToken?: string }>(
          'sagemaker',
          'ListEndpoints',
          input,
          signal,
        );
        return { items: output.Endpoints, next: output.NextToken };
      });
      const requests = await readTraffic(
        found.items.map(({ EndpointName }) => EndpointName),
        signal,
      );
      return { ...found, items: found.items.map((line, place) => ({ ...line, requests: requests[place] })) };
    },
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <Heading title="Endpoints" says="Models that answer requests, and how much they are asked." />
      <Group mb="md">
        <FilterField label="Part of the name" value={name} onChange={(value) => change({ name: value, page: '1' })} />
      </Group>
      <Freshness updatedMs={dataUpdatedAt} everyMs={everyMs} />
      {error && <Fault error={error} title="The endpoints could not be read" onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton h={240} />}
      {data?.items.length === 0 && name === '' && page === 1 && (
        <Empty
          title="No endpoints yet"
          says="An endpoint keeps a model in memory and answers each request with a prediction. Choose a model and start one."
        >
          <Button component={Link} href="/models">
            Choose a model
          </Button>
        </Empty>
      )}
      {data?.items.length === 0 && name !== '' && <Text>No endpoint has “{name}” in its name.</Text>}
      {data !== undefined && data.items.length > 0 && (
        <Table.ScrollContainer minWidth={0}>
          <Table aria-label="Endpoints" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <SortHead
                  title="Name"
                  column="Name"
                  sort={sort}
                  order={order}
                  onSort={(s, o) => change({ sort: s, order: o })}
                />
                <SortHead
                  title="State"
                  column="Status"
                  sort={sort}
                  order={order}
                  onSort={(s, o) => change({ sort: s, order: o })}
                />
                <Table.Th className="number" visibleFrom="sm">
                  Requests in the last hour
                </Table.Th>
                <SortHead
                  title="Created"
                  column="CreationTime"
                  visibleFrom="xs"
                  sort={sort}
                  order={order}
                  onSort={(s, o) => change({ sort: s, order: o })}
                />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.items.map(({ EndpointName, EndpointStatus, CreationTime, requests }) => (
                <Table.Tr key={EndpointName}>
                  <Table.Td>
                    <To href={pathOf('endpoints', EndpointName)}>{EndpointName}</To>
                  </Table.Td>
                  <Table.Td>
                    <State status={EndpointStatus} />
                  </Table.Td>
                  <Table.Td className="number" visibleFrom="sm">
                    <Asked requests={requests} />
                  </Table.Td>
                  <Table.Td visibleFrom="xs">
                    <Age seconds={CreationTime} />
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
          noun="Endpoints"
          onPage={(next) => change({ page: String(next) })}
        />
      )}
    </>
  );
}

/** How often it was asked, and each variant where there are several. */
function Asked({ requests }: { requests: Requests | undefined }): ReactElement | null {
  if (requests === undefined) return null;
  const { total, byVariant } = requests;
  return (
    <>
      {figure(total)}
      {byVariant.length > 1 && (
        <Text size="xs" c="dimmed" className="name">
          {byVariant.map(([variant, count]) => `${variant} ${figure(count)}`).join(', ')}
        </Text>
      )}
    </>
  );
}
