import { Alert, Button, Checkbox, Group, Skeleton, Table, Text, TextInput } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { type AuditEvent, readAudit, verifyAudit } from '../../api/audit.ts';
import { useAddress } from '../../parts/address.ts';
import { Fault } from '../../parts/fault.tsx';
import { FilterField } from '../../parts/filter-field.tsx';
import { Heading } from '../../parts/heading.tsx';
import { State } from '../../parts/state.tsx';
import { at, plural } from '../../parts/words.ts';

/** Who did what, and who was refused, as the audit log has it. */
export function AuditPage(): ReactElement {
  const [query, change] = useAddress({ who: '', what: '', from: '', to: '', refused: '', before: '' });
  const { data, error, refetch } = useQuery({
    queryKey: ['audit', query],
    queryFn: ({ signal }) =>
      readAudit({ ...query, from: momentOf(query.from, 'first'), to: momentOf(query.to, 'last') }, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const narrow = (part: Partial<typeof query>): void => change({ ...part, before: '' });
  return (
    <>
      <Heading
        title="Audit"
        says="Every change that was made and every request that was refused, the newest first. Nothing here can be edited."
        actions={<Verify />}
      />
      <Group mb="md" gap="sm" align="flex-end">
        <FilterField label="Who" value={query.who} onChange={(who) => narrow({ who })} />
        <FilterField label="What, or on what" value={query.what} onChange={(what) => narrow({ what })} />
        <Day label="From" value={query.from} onChange={(from) => narrow({ from })} />
        <Day label="To" value={query.to} onChange={(to) => narrow({ to })} />
        <Checkbox
          label="Refused only"
          mb={8}
          checked={query.refused === 'true'}
          onChange={(event) => narrow({ refused: event.currentTarget.checked ? 'true' : '' })}
        />
      </Group>
      {error && <Fault error={error} title="The audit log could not be read" onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton h={240} />}
      {data?.events.length === 0 && <Text c="dimmed">Nothing in the log fits.</Text>}
      {data !== undefined && data.events.length > 0 && <Events events={data.events} />}
      {data !== undefined && (query.before !== '' || data.next !== undefined) && (
        <Group component="nav" aria-label="Pages" mt="md" gap="sm">
          <Button variant="default" size="xs" disabled={query.before === ''} onClick={() => change({ before: '' })}>
            Newest
          </Button>
          <Button
            variant="default"
            size="xs"
            disabled={data.next === undefined}
            onClick={() => change({ before: String(data.next) })}
          >
            Older
          </Button>
        </Group>
      )}
    </>
  );
}

/** The first or last moment of a day where the reader is. */
const momentOf = (day: string, which: 'first' | 'last'): string => {
  const ms = Date.parse(`${day}T${which === 'first' ? '00:00:00' : '23:59:59.999'}`);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString();
};

const Day = (props: { label: string; value: string; onChange(value: string): void }): ReactElement => (
  <TextInput
    type="date"
    label={props.label}
    w={160}
    value={props.value}
    onChange={(event) => props.onChange(event.currentTarget.value)}
  />
);

function Verify(): ReactElement {
  const verify = useMutation({ mutationFn: verifyAudit });
  const { data, error } = verify;
  const [isShown, setShown] = useState(true);
  return (
    <>
      <Button
        variant="default"
        loading={verify.isPending}
        onClick={() => {
          setShown(true);
          verify.mutate();
        }}
      >
        Verify
      </Button>
      {error && <Fault error={error} title="The log could not be verified" />}
      {data && isShown && (
        <Alert
          w="100%"
          role="status"
          color={data.problem === undefined ? 'teal' : 'red'}
          title={data.problem === undefined ? 'The log holds' : 'The log does not hold'}
          withCloseButton
          closeButtonLabel="Close"
          onClose={() => setShown(false)}
        >
          <Text size="sm" className="name">
            {data.problem === undefined
              ? `${plural(data.lines, 'line')} in ${plural(data.segments, 'file')}: none was changed, removed or cut off.`
              : `After ${plural(data.lines, 'line')}: ${data.problem}.`}
          </Text>
        </Alert>
      )}
    </>
  );
}

function Events({ events }: { events: readonly AuditEvent[] }): ReactElement {
  return (
    <Table.ScrollContainer minWidth={0}>
      <Table aria-label="Events" className="events">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th>Who</Table.Th>
            <Table.Th>What</Table.Th>
            <Table.Th visibleFrom="xs">Outcome</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map((event) => (
            <Table.Tr key={event.n}>
              <Table.Td>
                <time dateTime={event.at} title={`Line ${event.n}, request ${event.request ?? 'unknown'}`}>
                  {at(Date.parse(event.at) / 1000)}
                </time>
              </Table.Td>
              <Table.Td className="name" miw={80}>
                {whoOf(event)}
                <Text size="xs" c="dimmed" className="name" visibleFrom="sm">
                  {event.from}
                </Text>
              </Table.Td>
              <Table.Td className="name">
                {event.operation ?? notLetIn(event)}
                <Text size="xs" c="dimmed" className="name">
                  {Object.values(event.on ?? {}).join(', ')}
                </Text>
                <Text size="xs" c="dimmed" className="name" hiddenFrom="xs">
                  {outcomeOf(event)}
                </Text>
              </Table.Td>
              <Table.Td visibleFrom="xs">
                <State status={event.refused ? 'Failed' : 'Succeeded'} word={outcomeOf(event)} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const outcomeOf = ({ refused, status, code }: AuditEvent): string =>
  refused ? (code ?? 'Refused') : status !== undefined && status >= 400 ? `Status ${status}` : 'Done';

/** Who asks is checked before what is read, for a sign-in and an operation alike. */
const notLetIn = ({ service }: AuditEvent): string =>
  service === undefined ? 'a sign-in or page, not let in' : `a request of ${service}, not let in`;

/** The end of an ARN names a user or role; the account's own key has no user. */
const whoOf = ({ who, key }: AuditEvent): string => {
  if (who === undefined) return key ?? 'unknown';
  if (/:assumed-role\/LinnetExecutionRole\/linnet$/.test(who)) return 'account';
  return who.replace(/^arn:aws:(iam|sts)::\d+:/, '');
};
