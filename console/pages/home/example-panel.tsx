import { Button, Card, Group, List, Progress, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useSigned } from '../../app/session.ts';
import { Fault } from '../../parts/fault.tsx';
import { CircleCheck, CircleCross, CircleOpen } from '../../parts/icons.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { useNow } from '../../parts/now.ts';
import { duration } from '../../parts/words.ts';
import { type Example, useExample } from './example.ts';
import { runExample } from './run-example.ts';

const stepsAll = 5;

/** The breast-cancer example in one click, and how far it is. */
export function ExamplePanel(): ReactElement {
  const { session } = useSigned();
  const example = useExample();
  const { state, error, result } = example;
  const client = useQueryClient();
  const start = (): void => void runExample(session).then(() => client.invalidateQueries({ queryKey: ['home'] }));
  return (
    <Card withBorder mb="xl" p="lg">
      <Stack gap="sm">
        <Title order={2} size="h4">
          {state === 'idle'
            ? 'See it work: from data to a live endpoint'
            : 'Breast cancer, from data to a live endpoint'}
        </Title>
        {state === 'idle' && (
          <>
            <Text size="sm">
              569 tumours, 30 measurements of the cell nuclei each. Linnet trains a model that tells malignant from
              benign, starts an endpoint and tests it on tumours that the model has never seen. It takes under a minute
              and stays on this machine.
            </Text>
            <Group>
              <Button onClick={start}>Run the example</Button>
            </Group>
          </>
        )}
        {state !== 'idle' && <Steps example={example} />}
        {state === 'failed' && <Fault error={error} title="The example failed" onRetry={start} />}
        {result && (
          <>
            <Text role="status">
              {`Of ${result.rows} tumours that the model had never seen, it called `}
              <strong>{result.wrong} wrong</strong>
              {`; always saying ${result.majority} gets ${result.majorityWrong} wrong.`}
            </Text>
            <Group>
              <To href={pathOf('endpoints', result.endpoint)}>Ask the endpoint</To>
              <To href={pathOf('jobs', 'training', result.job)}>See the training job</To>
              <To href={pathOf('models', result.endpoint)}>See the model</To>
            </Group>
          </>
        )}
      </Stack>
    </Card>
  );
}

function Steps({ example: { state, steps } }: { example: Example }): ReactElement {
  const nowMs = useNow();
  const done = steps.filter(({ endedMs }) => endedMs !== undefined).length;
  return (
    <>
      {state === 'running' && <Progress value={(100 * done) / stepsAll} aria-label="Progress of the example" />}
      <List listStyleType="none" spacing={4} size="sm" aria-live="polite">
        {steps.map(({ title, startedMs, endedMs }) => {
          const isOpen = endedMs === undefined;
          const [tone, Icon] = !isOpen
            ? (['good', CircleCheck] as const)
            : state === 'failed'
              ? (['bad', CircleCross] as const)
              : (['busy', CircleOpen] as const);
          return (
            <List.Item
              key={title}
              icon={
                <span className="state" data-tone={tone}>
                  <Icon
                    size={16}
                    aria-label={isOpen ? (state === 'failed' ? 'Failed' : 'Under way') : 'Done'}
                    role="img"
                  />
                </span>
              }
            >
              {title}{' '}
              <Text span size="xs" c="dimmed" aria-hidden="true">
                {duration(Math.max(0, ((endedMs ?? nowMs) - startedMs) / 1000))}
              </Text>
            </List.Item>
          );
        })}
      </List>
    </>
  );
}
