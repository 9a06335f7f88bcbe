import { ActionIcon, Menu, Text, useMantineColorScheme } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { signOut } from '../api/session.ts';
import { Door, HalfMoon, Keyboard, Moon, Person, Sun } from '../parts/icons.tsx';
import { useSigned } from './session.ts';

const schemes = [
  { value: 'auto', title: 'Colours of the system', Icon: HalfMoon },
  { value: 'light', title: 'Light', Icon: Sun },
  { value: 'dark', title: 'Dark', Icon: Moon },
] as const;

/** Who is signed in, the colours, and the way out. */
export function WhoMenu({ onKeys }: { onKeys(): void }): ReactElement {
  const { session } = useSigned();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const client = useQueryClient();
  const leave = async (): Promise<void> => {
    // Over already is as good as ended now.
    await signOut().catch(() => undefined);
    client.clear();
    client.setQueryData(['session'], null);
  };
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Signed in as ${session.accessKeyId}`}>
          <Person size={22} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="xs" c="dimmed">
            Signed in with the key
          </Text>
          <Text size="xs" className="mono name">
            {session.accessKeyId}
          </Text>
          <Text size="xs" c="dimmed">
            Account {session.accountId}, {session.region}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        {schemes.map(({ value, title, Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} aria-hidden="true" />}
            onClick={() => setColorScheme(value)}
            rightSection={colorScheme === value ? '✓' : undefined}
          >
            {title}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<Keyboard size={16} aria-hidden="true" />} onClick={onKeys}>
          Keys
        </Menu.Item>
        <Menu.Item leftSection={<Door size={16} aria-hidden="true" />} onClick={() => void leave()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
