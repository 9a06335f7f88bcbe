import { Button, CopyButton, Table } from '@mantine/core';
import type { ReactElement } from 'react';
import { Section } from '../../parts/section.tsx';
import { TextBlock } from '../../parts/text-block.tsx';
import { at, plural } from '../../parts/words.ts';

/** A value of more lines is folded. */
const linesMax = 40;

type Fields = Record<string, unknown>;

/** Shown elsewhere, or of no use to people. */
const hidden = ['HyperParameters', 'FinalMetricDataList', 'SecondaryStatusTransitions', 'FailureReason'];

/** Everything that Describe says of a job: hyperparameters first, the rest as a table and as JSON to copy. */
export function JobSettings({ fields }: { fields: Fields }): ReactElement {
  const hyperparameters = Object.entries((fields.HyperParameters ?? {}) as Record<string, string>);
  const rest = Object.entries(fields).filter(([name]) => !hidden.includes(name));
  return (
    <>
      {hyperparameters.length > 0 && (
        <Section title="Hyperparameters">
          <Rows label="Hyperparameters" rows={hyperparameters} />
        </Section>
      )}
      <Section
        title="All settings"
        actions={
          <CopyButton value={JSON.stringify(fields, undefined, 2)}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy as JSON'}
              </Button>
            )}
          </CopyButton>
        }
      >
        <Rows label="All settings" rows={rest.map(([name, value]) => [name, textOf(name, value)])} />
      </Section>
    </>
  );
}

const textOf = (name: string, value: unknown): string =>
  typeof value === 'number' && name.endsWith('Time')
    ? at(value)
    : typeof value === 'object'
      ? JSON.stringify(value, undefined, 2)
      : String(value);

const Rows = ({ label, rows }: { label: string; rows: readonly (readonly [string, string])[] }): ReactElement => (
  <Table.ScrollContainer minWidth={0}>
    <Table aria-label={label} layout="fixed">
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w="35%" className="name" fw={500} style={{ verticalAlign: 'top' }}>
              {name}
            </Table.Th>
            <Table.Td className="name">
              <Value of={value} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Table.ScrollContainer>
);

function Value({ of: value }: { of: string }): ReactElement | string {
  const lines = value.split('\n').length;
  if (lines === 1) return value;
  if (lines <= linesMax) return <TextBlock>{value}</TextBlock>;
  return (
    <details>
      <summary>{plural(lines, 'line')}</summary>
      <TextBlock>{value}</TextBlock>
    </details>
  );
}
