import { Alert, Button, Card, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { createKey, createUser, deleteKey, listUsers, type User } from '../../api/iam.ts';
import { Age } from '../../parts/age.tsx';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Fault } from '../../parts/fault.tsx';
import { Heading } from '../../parts/heading.tsx';

/** Who may sign in and sign requests, besides the holder of the server's own key. */
export function UsersPage(): ReactElement {
  const { data, error, refetch } = useQuery({ queryKey: ['users'], queryFn: listUsers });
  return (
    <>
      <Heading title="Users" says="People and programs with keys of their own, who may do what their policies say." />
      {error && <Fault error={error} title="The users could not be read" onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton h={200} />}
      {data?.length === 0 && (
        <Empty
          title="No users yet"
          says="Until there are some, everybody works with the key of the server, which may do everything. A user has keys of their own; policies, which IAM's clients attach, say what they may do."
        />
      )}
      <Stack my="md">
        {data?.map((user) => (
          <UserCard key={user.name} user={user} />
        ))}
      </Stack>
      {data && <NewUser />}
    </>
  );
}

function UserCard({ user: { name, created, keys, policies } }: { user: User }): ReactElement {
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () => createKey(name),
    onSuccess: () => client.invalidateQueries({ queryKey: ['users'] }),
  });
  return (
    <Card withBorder>
      <Stack gap="xs">
        <Text fw={600} className="name">
          {name}
        </Text>
        <Facts
          of={[
            ['Created', <Age key="age" seconds={created} />],
            ['Policies', policies.length === 0 ? 'none: this user may do nothing yet' : policies.join(', ')],
          ]}
        />
        {keys.map(({ id, status, created: made }) => (
          <Group key={id} gap="sm">
            <Text size="sm" className="mono name">
              {id}
            </Text>
            <Text size="sm">
              {status.toLowerCase()}, made <Age seconds={made} />
            </Text>
            <ConfirmByName
              verb="Delete"
              noun="key"
              name={id}
              says="Programs that sign with it are refused at once."
              act={async () => {
                await deleteKey(name, id);
                await client.invalidateQueries({ queryKey: ['users'] });
              }}
            />
          </Group>
        ))}
        {make.data && (
          <Alert color="blue" title="The secret is shown this once">
            <Text size="sm" className="mono name">
              {make.data.id}
            </Text>
            <Text size="sm" className="mono name">
              {make.data.secret}
            </Text>
          </Alert>
        )}
        {make.error && <Fault error={make.error} title="The key was not made" />}
        <Group>
          <Button variant="default" size="xs" loading={make.isPending} onClick={() => make.mutate()}>
            Make a key for {name}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

function NewUser(): ReactElement {
  const [name, setName] = useState('');
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () => createUser(name),
    onSuccess: () => {
      setName('');
      return client.invalidateQueries({ queryKey: ['users'] });
    },
  });
  const isWrong = name !== '' && !/^[\w+=,.@-]{1,64}$/.test(name);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <Group align="flex-start" gap="sm">
        <TextInput
          aria-label="Name of the new user"
          placeholder="Name of the new user"
          value={name}
          error={isWrong ? 'Letters, digits and + = , . @ - _, at most 64' : undefined}
          onChange={(event) => setName(event.currentTarget.value.trim())}
          autoComplete="off"
          spellCheck={false}
        />
        <Button type="submit" variant="default" loading={make.isPending} disabled={name === '' || isWrong}>
          Add a user
        </Button>
      </Group>
      {make.error && <Fault error={make.error} title="The user was not added" />}
    </form>
  );
}
