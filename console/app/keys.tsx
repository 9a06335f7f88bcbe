import { Kbd, Modal, Switch, Table, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { type ReactElement, useEffect, useRef } from 'react';
import { nouns } from './pages.ts';

interface Actions {
  search(): void;
  help(): void;
  go(path: string): void;
  toggleScheme(): void;
}

/** People who dictate, or press keys by accident, can turn single keys off (WCAG 2.1.4). */
const useKeysOn = () => useLocalStorage({ key: 'linnet-keys', defaultValue: true, getInitialValueInEffect: false });

/** A key after `g` goes to a page if it comes within this time. */
const chordMs = 1500;

export function useKeys(actions: Actions): void {
  const [isOn] = useKeysOn();
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    if (!isOn) return undefined;
    let goneMs = Number.NEGATIVE_INFINITY;
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const { search, help, go, toggleScheme } = latest.current;
      const isChord = event.timeStamp - goneMs < chordMs;
      goneMs = Number.NEGATIVE_INFINITY;
      const noun = isChord ? nouns.find(({ key }) => key === event.key) : undefined;
      if (noun !== undefined) go(noun.href);
      else if (event.key === 'g') goneMs = event.timeStamp;
      else if (event.key === '/') search();
      else if (event.key === '?') help();
      else if (event.key === '.') toggleScheme();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [isOn]);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
    target.closest('[role=dialog]') !== null);

export function KeysDialog({ opened, onClose }: { opened: boolean; onClose(): void }): ReactElement {
  const [isOn, setOn] = useKeysOn();
  const rows: readonly (readonly [keys: readonly string[], meaning: string])[] = [
    [['/'], 'Search'],
    [['?'], 'These keys'],
    [['.'], 'Dark or light'],
    ...nouns.map(({ key, title }) => [['g', key], title] as const),
    [['Tab'], 'The next thing on the page'],
    [['Esc'], 'Close what is open'],
  ];
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Switch
        checked={isOn}
        onChange={(event) => setOn(event.currentTarget.checked)}
        label="Single keys do something"
        mb="sm"
      />
      <Table aria-label="Keys">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Keys</Table.Th>
            <Table.Th>What they do</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([keys, meaning]) => (
            <Table.Tr key={meaning}>
              <Table.Td>
                {keys.map((key) => (
                  <Kbd key={key} mr={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>
                <Text size="sm">{meaning}</Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
