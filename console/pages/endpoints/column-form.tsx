import { Button, Card, Grid, Group, NumberInput, Select, Slider, Stack, Text, TextInput, Title } from '@mantine/core';
import { useThrottledValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { FormColumn, TableColumns } from '../../api/table-columns.ts';
import { Fault } from '../../parts/fault.tsx';
import { figure } from '../../parts/words.ts';
import { Drivers } from './drivers.tsx';
import { predict, typicalOf, type Value } from './predict.ts';

const askEveryMs = 100;

/** A form of the model's columns whose prediction moves as the values do. */
export function ColumnForm({ name, columns: table }: { name: string; columns: TableColumns }): ReactElement {
  const typical = table.columns.map(typicalOf);
  const [values, setValues] = useState<readonly Value[]>(typical);
  // The prediction moves while a slider is dragged, not once it rests.
  const asked = rowOf(table.columns, useThrottledValue(values, askEveryMs));
  const unfilled = table.columns[rowOf(table.columns, values).indexOf(undefined)];
  const { data, error } = useQuery({
    queryKey: ['prediction', name, ...asked],
    queryFn: () => predict(name, table, asked as readonly Value[]),
    enabled: !asked.includes(undefined),
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, md: 5 }} order={{ base: 1, md: 2 }}>
        <Card withBorder pos={{ md: 'sticky' }} top={76}>
          <Stack gap="xs">
            <Title order={2} size="h4">
              Prediction
            </Title>
            {unfilled && (
              <Text role="status" className="name">
                {unfilled.name} has no number: the endpoint is asked once it has one.
              </Text>
            )}
            {error && <Fault error={error} title="The endpoint refused" />}
            {data && !unfilled && (
              <>
                <Text role="status" className="name">
                  {sentenceOf(table, data)}
                </Text>
                <Drivers effects={data.effects} />
              </>
            )}
          </Stack>
        </Card>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 7 }} order={{ base: 2, md: 1 }}>
        <Group justify="space-between" mb="sm">
          <Text size="sm" c="dimmed">
            Every value starts at what is typical of the training data.
          </Text>
          <Button variant="default" size="xs" onClick={() => setValues(typical)}>
            Back to typical values
          </Button>
        </Group>
        <Stack gap="sm">
          {table.columns.map((column, place) => (
            <Field
              key={column.name}
              column={column}
              value={values[place]!}
              onChange={(value) => setValues((before) => before.with(place, value))}
            />
          ))}
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

/** Undefined where a column of numbers has none: it was cleared, or is being typed. */
const rowOf = (columns: readonly FormColumn[], values: readonly Value[]): (Value | undefined)[] =>
  values.map((value, place) => (columns[place]!.kind === 'number' ? numberOf(value) : value));

const numberOf = (value: Value): number | undefined =>
  value === '' || Number.isNaN(Number(value)) ? undefined : Number(value);

function sentenceOf(
  { label, classes }: TableColumns,
  answer: { score: number | undefined; label: number | undefined },
): string {
  const score = figure(answer.score);
  if (answer.label === undefined) return `The model expects ${label} to be ${score}.`;
  const called = classes?.[answer.label] ?? String(answer.label);
  return `The model calls ${label} “${called}”${score === '' ? '' : `; its score is ${score}`}.`;
}

interface FieldProps<Column> {
  column: Column;
  value: Value;
  onChange(value: Value): void;
}

function Field({ column, value, onChange }: FieldProps<FormColumn>): ReactElement {
  const { name } = column;
  if (column.kind === 'number') return <NumberField column={column} value={value} onChange={onChange} />;
  if (column.kind === 'choice')
    return (
      <Select
        label={name}
        size="xs"
        maw={360}
        searchable
        data={[...new Set(column.levels)]}
        value={String(value)}
        allowDeselect={false}
        onChange={(next) => onChange(next ?? column.typical)}
      />
    );
  return (
    <TextInput
      label={name}
      size="xs"
      maw={360}
      value={String(value)}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function NumberField(props: FieldProps<Extract<FormColumn, { kind: 'number' }>>): ReactElement {
  const { column, value, onChange } = props;
  const { name, min, max, median } = column;
  const number = numberOf(value) ?? median;
  const step = stepOf(max - min);
  const isOutside = number < min || number > max;
  return (
    <Group gap="md" wrap="nowrap" align="flex-end">
      <NumberInput
        label={name}
        description={isOutside ? `Outside the training data: ${figure(min)} to ${figure(max)}` : undefined}
        inputWrapperOrder={['label', 'input', 'description']}
        size="xs"
        w={170}
        flex="none"
        value={value}
        step={step}
        hideControls
        onChange={onChange}
      />
      <Slider
        flex={1}
        mb={8}
        size="sm"
        min={min}
        max={max > min ? max : min + 1}
        step={step}
        value={Math.min(max, Math.max(min, number))}
        onChange={(next) => onChange(Number(next.toPrecision(6)))}
        label={figure}
        thumbLabel={`${name}, slider`}
      />
    </Group>
  );
}

/** About two hundred steps from end to end, each a round number. */
const stepOf = (range: number): number => (range > 0 ? 10 ** Math.floor(Math.log10(range / 100)) : 1);
