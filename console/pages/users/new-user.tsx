import { Button, Group, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { attachPolicy, createUser, listPolicies } from '../../api/iam.ts';
import { Fault } from '../../parts/fault.tsx';

/** Adds a user, with one of the ready-made roles at once. */
export function NewUser(): ReactElement {
  const [name, setName] = useState('');
  const [role, setRole] = useState<string | null>(null);
  const client = useQueryClient();
  const { data: policies = [] } = useQuery({ queryKey: ['policies'], queryFn: listPolicies, staleTime: 60_000 });
  const ready = policies.filter(({ name: each, arn }) => each.startsWith('Linnet') && /::aws:/.test(arn));
  const make = useMutation({
    mutationFn: async () => {
      await createUser(name);
      if (role !== null) await attachPolicy(name, role);
    },
    onSuccess: () => setName(''),
    onSettled: () => client.invalidateQueries({ queryKey: ['users'] }),
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
        <Select
          aria-label="Ready-made role of the new user"
          placeholder="Ready-made role"
          clearable
          data={ready.map((each) => ({ value: each.arn, label: each.name.replace(/^Linnet/, '') }))}
          value={role}
          onChange={setRole}
        />
        <Button type="submit" variant="default" loading={make.isPending} disabled={name === '' || isWrong}>
          Add a user
        </Button>
      </Group>
      {make.error && <Fault error={make.error} title="The user was not added" />}
    </form>
  );
}
