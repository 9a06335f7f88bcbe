import { Tabs } from '@mantine/core';
import type { ReactElement } from 'react';
import { useAddress } from '../../parts/address.ts';
import { Heading } from '../../parts/heading.tsx';
import { PolicyList } from './policy-list.tsx';
import { RoleList } from './role-list.tsx';
import { UserList } from './user-list.tsx';

/** Who may do what, besides the holder of the server's own key. */
export function UsersPage(): ReactElement {
  const [{ view }, change] = useAddress({ view: 'users' });
  return (
    <>
      <Heading title="Users" says="People and programs with keys of their own, who may do what their policies say." />
      <Tabs value={view} onChange={(value) => change({ view: value ?? 'users' })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="users">Users</Tabs.Tab>
          <Tabs.Tab value="roles">Roles of jobs</Tabs.Tab>
          <Tabs.Tab value="policies">Policies</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="users">
          <UserList />
        </Tabs.Panel>
        <Tabs.Panel value="roles">
          <RoleList />
        </Tabs.Panel>
        <Tabs.Panel value="policies">
          <PolicyList />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
