import { tables } from 'linnet:hyperparameters';
import { Button, Card, Group, SegmentedControl, Select, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense, useState } from 'react';
import { useLocation } from 'wouter';
import { call } from '../../api/call.ts';
import { createBucket, parseS3Uri } from '../../api/s3.ts';
import type { TrainingJob } from '../../api/types.ts';
import { defaultsOf, useSigned } from '../../app/session.ts';
import { useAddress } from '../../parts/address.ts';
import { Fault } from '../../parts/fault.tsx';
import { Heading } from '../../parts/heading.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { nameFault } from '../../parts/names.ts';
import { Section } from '../../parts/section.tsx';
import { ChannelField } from './channel-field.tsx';
import { bytesBelow, Cost } from './cost.tsx';
import { type Draft, draftOf, newDraft, requestOf } from './draft.ts';
import { HyperparameterFields, problemsOf } from './hyperparameter-fields.tsx';

/** The reader of tables is loaded when one is chosen. */
const TableTrain = lazy(async () => ({ default: (await import('./table-train.tsx')).TableTrain }));

/** A training job as a form: new, for a table, or as a copy of an earlier job. */
export function TrainPage(): ReactElement {
  const { session } = useSigned();
  const [{ clone, table, by }, change] = useAddress({ clone: '', table: '', by: 'table' });
  const { data: job, error } = useQuery({
    queryKey: ['clone', clone],
    queryFn: ({ signal }) => call<TrainingJob>('sagemaker', 'DescribeTrainingJob', { TrainingJobName: clone }, signal),
    enabled: clone !== '',
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (clone !== '' && !job)
    return (
      <>
        <Heading title="Train" />
        {error ? <Fault error={error} title={`${clone} could not be read`} /> : <Skeleton h={300} />}
      </>
    );
  if (job)
    return (
      <>
        <Heading title="Train" says={`A copy of ${clone}. Change what should be different.`} />
        <Form key={clone} initial={draftOf(job)} />
      </>
    );
  return (
    <>
      <Heading
        title="Train"
        says={
          by === 'form'
            ? 'For rows of numbers that are ready: say where they are; everything else has a default.'
            : 'Choose a table and the column to predict; see what becomes of each column, and start.'
        }
      />
      <SegmentedControl
        mb="md"
        aria-label="How to train"
        value={by}
        onChange={(value) => change({ by: value })}
        data={[
          { value: 'table', label: 'From a table' },
          { value: 'form', label: 'By form' },
        ]}
      />
      {by === 'form' ? (
        <Form key={table} initial={newDraft(defaultsOf(session).bucket, table)} />
      ) : (
        <FromTable table={table} onTable={(uri) => change({ table: uri })} />
      )}
    </>
  );
}

const sampleTable = 's3://sagemaker-sample-files/datasets/tabular/breast_cancer/wdbc.csv';

/** The address of a table, and what to do with it. */
function FromTable({ table, onTable }: { table: string; onTable(uri: string): void }): ReactElement {
  const [typed, setTyped] = useState(table);
  const fault = typed === '' ? undefined : uriFault(typed);
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed !== '' && fault === undefined) onTable(typed);
        }}
      >
        <Group align="flex-end" mb="md" gap="sm">
          <TextInput
            flex="1 1 18rem"
            maw={760}
            label="Table"
            description="CSV with a header, TSV, JSON Lines or Parquet; Data has a button for each"
            placeholder="s3://bucket/table.csv"
            required
            value={typed}
            error={fault}
            onChange={(event) => setTyped(event.currentTarget.value)}
            spellCheck={false}
          />
          <Button type="submit" variant={table === '' ? 'filled' : 'default'}>
            Read it
          </Button>
        </Group>
      </form>
      {table === '' ? (
        <Text size="sm">
          No table at hand? <To href={`/train?${new URLSearchParams({ table: sampleTable })}`}>Take 569 tumours</To>, or
          bring one to <To href="/data">Data</To>.
        </Text>
      ) : (
        <Suspense fallback={<Skeleton h={240} />}>
          <TableTrain key={table} uri={table} />
        </Suspense>
      )}
    </>
  );
}

function Form({ initial }: { initial: Draft }): ReactElement {
  const { session } = useSigned();
  const { role, imageOf } = defaultsOf(session);
  const [draft, setDraft] = useState(initial);
  const [, go] = useLocation();
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const start = useMutation({
    mutationFn: async () => {
      const place = parseS3Uri(draft.output);
      if (place !== undefined) await createBucket(place.bucket);
      await call('sagemaker', 'CreateTrainingJob', requestOf(draft, { role, imageOf }));
    },
    onSuccess: () => go(pathOf('jobs', 'training', draft.name)),
  });
  const uri = draft.channels.find(({ name }) => name === 'train')?.uri;
  const { data: size } = useQuery({
    queryKey: ['size', uri],
    queryFn: ({ signal }) => bytesBelow(uri, signal),
    enabled: uriFault(uri ?? '') === undefined,
    retry: false,
  });
  const known = draft.image === undefined ? tables[draft.algorithm] : [];
  const problems = problemsOf(draft.algorithm, draft.image === undefined, draft.hyperparameters);
  const faults = [
    nameFault(draft.name),
    ...draft.channels.map(({ uri }) => uriFault(uri)),
    uriFault(draft.output),
    ...problems.values(),
  ].filter((fault) => fault !== undefined);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (faults.length === 0) start.mutate();
      }}
    >
      <Section title="Data">
        <Stack maw={760}>
          {draft.channels.map((channel, place) => (
            <ChannelField
              key={channel.name}
              channel={channel}
              fault={uriFault(channel.uri)}
              onChange={(part) => change({ channels: draft.channels.with(place, { ...channel, ...part }) })}
              {...(channel.name !== 'train' && {
                onRemove: () => change({ channels: draft.channels.toSpliced(place, 1) }),
              })}
            />
          ))}
          {!draft.channels.some(({ name }) => name === 'validation') && (
            <Group>
              <Button
                variant="default"
                size="xs"
                onClick={() =>
                  change({
                    channels: [
                      ...draft.channels,
                      { name: 'validation', uri: '', type: draft.channels[0]?.type ?? 'text/csv' },
                    ],
                  })
                }
              >
                Add rows to validate on
              </Button>
            </Group>
          )}
        </Stack>
      </Section>
      <Section title="Algorithm">
        {draft.image === undefined ? (
          <Select
            label="Algorithm"
            description="Linear Learner explains itself; XGBoost fits what is curved"
            data={[
              { value: 'linear-learner', label: 'Linear Learner' },
              { value: 'xgboost', label: 'XGBoost' },
            ]}
            value={draft.algorithm}
            allowDeselect={false}
            maw={360}
            onChange={(value) => change({ algorithm: value as Draft['algorithm'], hyperparameters: {} })}
          />
        ) : (
          <Text size="sm" className="name">
            The image {draft.image}, with the hyperparameters of the job that is copied.
          </Text>
        )}
        <HyperparameterFields
          known={known}
          values={draft.hyperparameters}
          problems={problems}
          onChange={(name, value) => {
            const { [name]: _, ...others } = draft.hyperparameters;
            change({ hyperparameters: value === '' ? others : { ...others, [name]: value } });
          }}
        />
      </Section>
      <Section title="Job">
        <Stack maw={760}>
          <TextInput
            label="Name"
            required
            value={draft.name}
            error={nameFault(draft.name)}
            onChange={(event) => change({ name: event.currentTarget.value })}
            spellCheck={false}
            autoComplete="off"
          />
          <TextInput
            label="Where the model goes"
            required
            value={draft.output}
            error={uriFault(draft.output)}
            onChange={(event) => change({ output: event.currentTarget.value })}
            spellCheck={false}
          />
        </Stack>
      </Section>
      <Card withBorder>
        <Group justify="space-between">
          <div>
            <Text size="sm" role="status">
              {faults.length === 0 ? 'Nothing is missing.' : `${faults.length} to mend: ${faults[0]}`}
            </Text>
            {draft.image === undefined && <Cost algorithm={draft.algorithm} bytes={size} />}
          </div>
          <Button type="submit" loading={start.isPending} disabled={faults.length > 0}>
            Start the job
          </Button>
        </Group>
        {start.error && <Fault error={start.error} title="The job was not started" />}
      </Card>
    </form>
  );
}

const uriFault = (uri: string): string | undefined =>
  uri === ''
    ? 'An address in S3 is needed, such as s3://bucket/folder/'
    : parseS3Uri(uri) === undefined
      ? 'An address in S3 begins with s3:// and a bucket'
      : undefined;
