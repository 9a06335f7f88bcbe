import { Table, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { figure } from '../../parts/words.ts';

const shownMax = 8;

/** The columns whose values move this prediction most, as bars to both sides of nothing. */
export function Drivers({ effects }: { effects: readonly { name: string; effect: number }[] }): ReactElement {
  const strongest = effects
    .filter(({ effect }) => effect !== 0)
    .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
    .slice(0, shownMax);
  if (strongest.length === 0)
    return (
      <Text size="sm" c="dimmed">
        All values are typical. Move one and see what it does.
      </Text>
    );
  const most = Math.abs(strongest[0]!.effect);
  return (
    <Table aria-label="What moves the score">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Compared with a typical value</Table.Th>
          <Table.Th className="number">Score</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {strongest.map(({ name, effect }) => (
          <Table.Tr key={name}>
            <Table.Td className="name">
              {name}
              <div className="bar" aria-hidden="true">
                <div
                  data-sign={effect > 0 ? 'up' : 'down'}
                  style={{
                    width: `${(50 * Math.abs(effect)) / most}%`,
                    marginLeft: effect > 0 ? '50%' : `${50 - (50 * Math.abs(effect)) / most}%`,
                  }}
                />
              </div>
            </Table.Td>
            <Table.Td className="number">
              {effect > 0 ? '+' : '−'}
              {figure(Math.abs(effect))}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
