import { Alert, Button, Card, Group, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import {
  type AccessKey,
  attachPolicy,
  createKey,
  deleteKey,
  deleteUser,
  detachPolicy,
  listPolicies,
  listUsers,
  setKeyStatus,
  type User,
} from '../../api/iam.ts';
import { Age } from '../../parts/age.tsx';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Fault } from '../../parts/fault.tsx';
import { NewUser } from './new-user.tsx';

export function UserList(): ReactElement {
  const { data, error, refetch } = useQuery({ queryKey: ['users'], queryFn: listUsers });
  return (
    <>
      {error && <Fault error={error} title="The users could not be read" onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton h={200} />}
      {data?.length === 0 && (
        <Empty
          title="No users yet"
          says="Until there are some, everybody works with the key of the server, which may do everything. A user has keys of their own, and may do what the ready-made roles and other policies attached to them say."
        />
      )}
      {data !== undefined && data.length > 0 && (
        <Stack mb="md">
          {data.map((user) => (
            <UserCard key={user.name} user={user} />
          ))}
        </Stack>
      )}
      {data && <NewUser />}
    </>
  );
}

function UserCard({ user }: { user: User }): ReactElement {
  const { name, created, keys, policies } = user;
  const client = useQueryClient();
  const again = (): Promise<void> => client.invalidateQueries({ queryKey: ['users'] });
  const { data: offered = [] } = useQuery({ queryKey: ['policies'], queryFn: listPolicies, staleTime: 60_000 });
  const make = useMutation({ mutationFn: () => createKey(name), onSuccess: again });
  const change = useMutation({ mutationFn: (act: () => Promise<unknown>) => act(), onSuccess: again });
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div>
            <Text fw={600} className="name">
              {name}
            </Text>
            <Text size="sm" c="dimmed">
              Added <Age seconds={created} />
              {policies.length === 0 && '. This user may do nothing yet: attach a policy'}
            </Text>
          </div>
          <ConfirmByName
            verb="Delete"
            noun="user"
            name={name}
            says="The user goes with all keys. Programs that sign with them are refused at once."
            act={async () => {
              await deleteUser(user);
              await again();
            }}
          />
        </Group>
        {policies.map((policy) => (
          <Group key={policy.arn ?? policy.name} gap="sm">
            <Text size="sm" className="name">
              {policy.name}
              {policy.arn === undefined && ' (their own)'}
            </Text>
            <Button
              variant="default"
              size="compact-xs"
              aria-label={`Take ${policy.name} from ${name}`}
              onClick={() => change.mutate(() => detachPolicy(name, policy))}
            >
              Take away
            </Button>
          </Group>
        ))}
        <Select
          aria-label={`Attach a policy to ${name}`}
          placeholder="Attach a policy"
          size="xs"
          maw={320}
          searchable
          value={null}
          data={offered
            .filter(({ arn }) => !policies.some((each) => each.arn === arn))
            .map((each) => ({
              value: each.arn,
              label: each.name,
            }))}
          onChange={(arn) => arn !== null && change.mutate(() => attachPolicy(name, arn))}
        />
        {keys.map((key) => (
          <KeyLine key={key.id} user={name} accessKey={key} onChange={(act) => change.mutate(act)} again={again} />
        ))}
        {change.error && <Fault error={change.error} title="Nothing was changed" />}
        {make.data && <Secret id={make.data.id} secret={make.data.secret} />}
        {make.error && <Fault error={make.error} title="The key was not made" />}
        <Group>
          <Button
            variant="default"
            size="xs"
            aria-label={`Make a key for ${name}`}
            loading={make.isPending}
            onClick={() => make.mutate()}
          >
            Make a key
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

function KeyLine(props: {
  user: string;
  accessKey: AccessKey;
  onChange(act: () => Promise<unknown>): void;
  again(): Promise<void>;
}): ReactElement {
  const { user, accessKey, onChange, again } = props;
  const { id, status, created } = accessKey;
  const isOn = status === 'Active';
  return (
    <Group gap="sm">
      <Text size="sm" className="mono name">
        {id}
      </Text>
      <Text size="sm">
        {isOn ? 'active' : 'switched off'}, made <Age seconds={created} />
      </Text>
      <Button
        variant="default"
        size="compact-xs"
        aria-label={`${isOn ? 'Switch off' : 'Switch on'} ${id}`}
        onClick={() => onChange(() => setKeyStatus(user, id, isOn ? 'Inactive' : 'Active'))}
      >
        {isOn ? 'Switch off' : 'Switch on'}
      </Button>
      <ConfirmByName
        verb="Delete"
        noun="key"
        name={id}
        says="Programs that sign with it are refused at once."
        act={async () => {
          await deleteKey(user, id);
          await again();
        }}
      />
    </Group>
  );
}

const Secret = ({ id, secret }: { id: string; secret: string }): ReactElement => (
  <Alert color="blue" title="The secret is shown this once">
    <Text size="sm" className="mono name">
      {id}
    </Text>
    <Text size="sm" className="mono name">
      {secret}
    </Text>
  </Alert>
);
