import { Button, Card, Grid, Group, NumberInput, Slider, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { invoke } from '../../api/runtime.ts';
import type { TableColumns } from '../../api/table-columns.ts';
import { Fault } from '../../parts/fault.tsx';
import { figure } from '../../parts/words.ts';
import { Drivers } from './drivers.tsx';

type Feature = TableColumns['features'][number];

interface Prediction {
  score?: number;
  predicted_label?: number;
}

/**
 * The prediction for the values, and how far each value moves the score: the same row is asked again with the column's median in its
 * place, all in one request.
 */
async function predict(name: string, features: readonly Feature[], values: readonly number[]) {
  const rows = [values, ...features.map((feature, column) => values.toSpliced(column, 1, feature.median))];
  const answer = (await invoke(name, rows.map((row) => row.join(',')).join('\n'))) as { predictions: Prediction[] };
  const [first, ...others] = answer.predictions;
  const score = first?.score;
  const effects = features.map((feature, column) => ({
    name: feature.name,
    effect: score === undefined ? 0 : score - (others[column]?.score ?? score),
  }));
  return { score, label: first?.predicted_label, effects };
}

/** A form of the model's columns whose prediction moves as the values do. */
export function ColumnForm({ name, columns }: { name: string; columns: TableColumns }): ReactElement {
  const typical = columns.features.map(({ median }) => median);
  const [values, setValues] = useState<readonly number[]>(typical);
  const [asked] = useDebouncedValue(values, 120);
  const { data, error } = useQuery({
    queryKey: ['prediction', name, ...asked],
    queryFn: () => predict(name, columns.features, asked),
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
            {error && <Fault error={error} title="The endpoint refused" />}
            {data && (
              <>
                <Text role="status">{sentenceOf(columns, data)}</Text>
                <Drivers effects={data.effects} />
              </>
            )}
          </Stack>
        </Card>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 7 }} order={{ base: 2, md: 1 }}>
        <Group justify="space-between" mb="sm">
          <Text size="sm" c="dimmed">
            Every value starts at the median of the training data.
          </Text>
          <Button variant="default" size="xs" onClick={() => setValues(typical)}>
            Back to the medians
          </Button>
        </Group>
        <Stack gap="sm">
          {columns.features.map((feature, column) => (
            <Value
              key={feature.name}
              feature={feature}
              value={values[column]!}
              onChange={(value) => setValues((before) => before.toSpliced(column, 1, value))}
            />
          ))}
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

function sentenceOf(
  { label, classes }: TableColumns,
  answer: { score: number | undefined; label: number | undefined },
): string {
  const score = figure(answer.score);
  if (answer.label === undefined) return `The model expects ${label} to be ${score}.`;
  const called = classes?.[answer.label] ?? String(answer.label);
  return `The model calls ${label} “${called}”${score === '' ? '' : `; its score is ${score}`}.`;
}

function Value(props: { feature: Feature; value: number; onChange(value: number): void }): ReactElement {
  const { feature, value, onChange } = props;
  const { name, min, max } = feature;
  const step = stepOf(max - min);
  const isOutside = value < min || value > max;
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
        onChange={(next) => typeof next === 'number' && onChange(next)}
      />
      <Slider
        flex={1}
        mb={8}
        size="sm"
        min={min}
        max={max > min ? max : min + 1}
        step={step}
        value={Math.min(max, Math.max(min, value))}
        onChange={(next) => onChange(Number(next.toPrecision(6)))}
        label={figure}
        thumbLabel={`${name}, slider`}
      />
    </Group>
  );
}

/** About two hundred steps from end to end, each a round number. */
const stepOf = (range: number): number => (range > 0 ? 10 ** Math.floor(Math.log10(range / 100)) : 1);
