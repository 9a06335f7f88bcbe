import { Button, Card, Group, Loader, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactElement, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import {
  type Decision,
  type Decisions,
  decide,
  type PlanKind,
  type Profile,
  planKinds,
  type Table as RawTable,
} from '../../../src/tables/index.ts';
import { getStart, parseS3Uri } from '../../api/s3.ts';
import { openS3Table } from '../../api/s3-table.ts';
import { defaultsOf, useSigned } from '../../app/session.ts';
import { Fault } from '../../parts/fault.tsx';
import { pathOf } from '../../parts/link.tsx';
import { nameFault } from '../../parts/names.ts';
import { Section } from '../../parts/section.tsx';
import { bytes, plural } from '../../parts/words.ts';
import { Cost } from './cost.tsx';
import { type Draft, newDraft } from './draft.ts';
import { featureCountOf, profileOfTraining, startTableJob } from './table-job.ts';

/** Of a number in CSV, about. */
const bytesOfNumber = 6;

/** A larger table is not prepared in a page. */
const tableBytesMax = 200e6;

async function readTable(uri: string, onRows: (count: number) => void): Promise<{ table: RawTable; profile: Profile }> {
  const { bucket, key } = parseS3Uri(uri)!;
  const { size } = await getStart(bucket, key, 1);
  if (size > tableBytesMax)
    throw new Error(
      `The table has ${bytes(size)}; up to ${bytes(tableBytesMax)} are prepared in a page. On the command line, linnet train takes it`,
    );
  const table = await openS3Table(bucket, key);
  return { table, profile: await profileOfTraining(table, onRows) };
}

/** A table and a column to predict: what becomes of each column, to be changed, before anything is trained. */
export function TableTrain({ uri }: { uri: string }): ReactElement {
  const [rows, setRows] = useState(0);
  const { data, error } = useQuery({
    queryKey: ['training table', uri],
    queryFn: () => readTable(uri, setRows),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  if (error) return <Fault error={error} title="The table could not be read" />;
  if (!data)
    return (
      <Text role="status">
        <Loader size="xs" mr="xs" aria-hidden="true" />
        Reading the table{rows > 0 && `: ${plural(rows, 'row')}`}
      </Text>
    );
  return <Choices uri={uri} table={data.table} profile={data.profile} />;
}

type Wish = PlanKind | 'left out';

/** The decisions for what was asked, or why there are none. */
function decided(
  { table, profile }: { table: RawTable; profile: Profile },
  asked: { label: string | null; wishes: Readonly<Record<string, Wish>>; algorithm: Draft['algorithm'] },
): { decisions: Decisions } | { fault: string } {
  const wishes = Object.entries(asked.wishes).filter(([column]) => column !== asked.label);
  try {
    const options = {
      ...(asked.label !== null && { label: asked.label }),
      drop: wishes.flatMap(([column, wish]) => (wish === 'left out' ? [column] : [])),
      as: Object.fromEntries(wishes.flatMap(([column, kind]) => (kind === 'left out' ? [] : [[column, { kind }]]))),
      learner: asked.algorithm === 'xgboost' ? ('trees' as const) : ('linear' as const),
    };
    return { decisions: decide(profile, options, table.labelColumn) };
  } catch (thrown) {
    return { fault: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function Choices({ uri, table, profile }: { uri: string; table: RawTable; profile: Profile }): ReactElement {
  const { session } = useSigned();
  const { bucket, role, imageOf } = defaultsOf(session);
  const [, go] = useLocation();
  const [label, setLabel] = useState<string | null>(null);
  const [algorithm, setAlgorithm] = useState<Draft['algorithm']>('linear-learner');
  const [wishes, setWishes] = useState<Readonly<Record<string, Wish>>>({});
  const [name, setName] = useState(() => newDraft(bucket, uri).name);
  const outcome = useMemo(
    () => decided({ table, profile }, { label, wishes, algorithm }),
    [table, profile, label, wishes, algorithm],
  );
  const decisions = 'decisions' in outcome ? outcome.decisions : undefined;
  const start = useMutation({
    mutationFn: () =>
      startTableJob(table, profile, decisions!, { name, algorithm, bucket, role, image: imageOf(algorithm) }),
    onSuccess: () => go(pathOf('jobs', 'training', name)),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (decisions !== undefined && nameFault(name) === undefined) start.mutate();
      }}
    >
      <Section title="What to predict">
        <Stack maw={560}>
          <Select
            label="Column to predict"
            required
            searchable
            placeholder="Choose a column"
            data={[...table.columns]}
            value={label ?? decisions?.label.column ?? null}
            onChange={setLabel}
            error={'fault' in outcome && label !== null ? outcome.fault : undefined}
            description={decisions?.label.why ?? ('fault' in outcome && label === null ? outcome.fault : undefined)}
          />
          <Select
            label="Algorithm"
            description="Linear Learner explains itself; XGBoost fits what is curved"
            data={[
              { value: 'linear-learner', label: 'Linear Learner' },
              { value: 'xgboost', label: 'XGBoost' },
            ]}
            value={algorithm}
            allowDeselect={false}
            onChange={(value) => setAlgorithm(value as Draft['algorithm'])}
          />
        </Stack>
      </Section>
      {decisions && (
        <Section
          title="What becomes of each column"
          says="Decided by the training rows alone. Change what you know better."
        >
          <DecisionTable
            decisions={decisions.columns}
            wishes={wishes}
            onWish={(column, wish) => {
              const { [column]: _, ...others } = wishes;
              setWishes(wish === null ? others : { ...others, [column]: wish });
            }}
          />
        </Section>
      )}
      <Section title="Job">
        <TextInput
          label="Name"
          required
          maw={560}
          value={name}
          error={nameFault(name)}
          onChange={(event) => setName(event.currentTarget.value)}
          spellCheck={false}
          autoComplete="off"
        />
      </Section>
      <Card withBorder>
        <Group justify="space-between">
          <div>
            <Text size="sm" role="status">
              {decisions
                ? `${plural(profile.rowCount, 'row')} to train on and every fifth row to validate on; ${plural(featureCountOf(decisions), 'feature')} of each.`
                : 'Choose the column to predict.'}
            </Text>
            {decisions && (
              <Cost algorithm={algorithm} bytes={profile.rowCount * featureCountOf(decisions) * bytesOfNumber} />
            )}
          </div>
          <Button
            type="submit"
            loading={start.isPending}
            disabled={decisions === undefined || nameFault(name) !== undefined}
          >
            Start the job
          </Button>
        </Group>
        {start.error && <Fault error={start.error} title="The job was not started" />}
      </Card>
    </form>
  );
}

interface DecisionTableProps {
  decisions: readonly Decision[];
  wishes: Readonly<Record<string, Wish>>;
  onWish(column: string, wish: Wish | null): void;
}

const choices = [...planKinds, 'left out'].map((value) => ({ value, label: value }));

function DecisionTable({ decisions, wishes, onWish }: DecisionTableProps): ReactElement {
  return (
    <Table.ScrollContainer minWidth={0} maxHeight={640}>
      <Table aria-label="Decisions" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column</Table.Th>
            <Table.Th>Taken as</Table.Th>
            <Table.Th visibleFrom="xs">Why</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {decisions.map(({ column, as, why }) => (
            <Table.Tr key={column}>
              <Table.Td className="name">{column}</Table.Td>
              <Table.Td>
                <Select
                  aria-label={`${column} is taken as`}
                  size="xs"
                  w={130}
                  data={choices}
                  value={as}
                  clearable={wishes[column] !== undefined}
                  allowDeselect={false}
                  onChange={(value) => onWish(column, value as Wish | null)}
                />
              </Table.Td>
              <Table.Td className="name" visibleFrom="xs">
                {withoutFlags(why)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** Reasons advise what to type in a shell; here there is a list beside them. */
const withoutFlags = (why: string): string =>
  why.replace(/: --as \S+=words learns from its words/, ', which can be taken as words');
