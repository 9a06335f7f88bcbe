import { Select, Skeleton, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useParams } from 'wouter';
import { call } from '../../api/call.ts';
import { Age } from '../../parts/age.tsx';
import { Fault } from '../../parts/fault.tsx';
import { Heading } from '../../parts/heading.tsx';
import { To } from '../../parts/link.tsx';
import { State } from '../../parts/state.tsx';

interface Version {
  ModelPackageArn: string;
  ModelPackageVersion: number;
  ModelPackageDescription?: string;
  ModelPackageStatus: string;
  ModelApprovalStatus?: string;
  CreationTime: number;
}

const approvals = [
  { value: 'PendingManualApproval', label: 'Pending' },
  { value: 'Approved', label: 'Approved' },
  { value: 'Rejected', label: 'Rejected' },
];
const versionsMax = 100;

/** The versions of a model, the newest first, and whether each may be used. */
export function GroupPage(): ReactElement {
  const name = decodeURIComponent(useParams().name ?? '');
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ['group', name],
    queryFn: async ({ signal }) => {
      const input = {
        ModelPackageGroupName: name,
        SortBy: 'CreationTime',
        SortOrder: 'Descending',
        MaxResults: versionsMax,
      };
      return (await call<{ ModelPackageSummaryList: Version[] }>('sagemaker', 'ListModelPackages', input, signal))
        .ModelPackageSummaryList;
    },
  });
  const approve = useMutation({
    mutationFn: (change: { ModelPackageArn: string; ModelApprovalStatus: string }) =>
      call('sagemaker', 'UpdateModelPackage', change),
    onSettled: () => client.invalidateQueries({ queryKey: ['group', name] }),
  });
  const approved = data?.filter(({ ModelApprovalStatus }) => ModelApprovalStatus === 'Approved').length ?? 0;
  return (
    <>
      <Heading
        title={name}
        above={<To href="/models?list=groups">Versions</To>}
        says={data && `${data.length} versions, ${approved} of them approved.`}
      />
      {error && <Fault error={error} title="The versions could not be read" onRetry={() => void refetch()} />}
      {approve.error && <Fault error={approve.error} title="The approval was not changed" />}
      {data === undefined && !error && <Skeleton h={200} />}
      {data?.length === 0 && <Text>The group has no version yet. CreateModelPackage adds one.</Text>}
      {data !== undefined && data.length > 0 && (
        <Table.ScrollContainer minWidth={0}>
          <Table aria-label="Versions">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Version</Table.Th>
                <Table.Th visibleFrom="sm">State</Table.Th>
                <Table.Th>Approval</Table.Th>
                <Table.Th>Created</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.map((version) => (
                <Table.Tr key={version.ModelPackageArn}>
                  <Table.Td>
                    {version.ModelPackageVersion}
                    <Text size="xs" c="dimmed" className="name">
                      {version.ModelPackageDescription}
                    </Text>
                  </Table.Td>
                  <Table.Td visibleFrom="sm">
                    <State status={version.ModelPackageStatus} />
                  </Table.Td>
                  <Table.Td>
                    <Select
                      aria-label={`Approval of version ${version.ModelPackageVersion}`}
                      size="xs"
                      w={130}
                      data={approvals}
                      value={version.ModelApprovalStatus ?? null}
                      allowDeselect={false}
                      onChange={(value) =>
                        value !== null &&
                        approve.mutate({ ModelPackageArn: version.ModelPackageArn, ModelApprovalStatus: value })
                      }
                    />
                  </Table.Td>
                  <Table.Td>
                    <Age seconds={version.CreationTime} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </>
  );
}
