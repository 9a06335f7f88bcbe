import { Card, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { listRoles } from '../../api/iam.ts';
import { Age } from '../../parts/age.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Fault } from '../../parts/fault.tsx';

/** The roles in which jobs and models read and write. */
export function RoleList(): ReactElement {
  const { data, error, refetch } = useQuery({ queryKey: ['roles'], queryFn: listRoles });
  if (error) return <Fault error={error} title="The roles could not be read" onRetry={() => void refetch()} />;
  if (!data) return <Skeleton h={200} />;
  if (data.length === 0)
    return (
      <Empty
        title="No roles yet"
        says="A job reads and writes with the rights of its role. One that nobody made may do everything; IAM's clients make roles, with CreateRole."
      />
    );
  return (
    <Stack>
      {data.map(({ name, created, trusted, policies, isFree }) => (
        <Card key={name} withBorder>
          <Text fw={600} className="name" mb="xs">
            {name}
          </Text>
          <Facts
            of={[
              ['Made', <Age key="age" seconds={created} />],
              ['May be given to', trusted.join(', ') || 'nobody'],
              [
                'Policies',
                policies.map((each) => each.name).join(', ') ||
                  (isFree ? 'none yet: its jobs may read and write every object' : 'none: its jobs may do nothing'),
              ],
            ]}
          />
        </Card>
      ))}
    </Stack>
  );
}
