import { Button, Group, Skeleton, Table, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { call } from '../../api/call.ts';
import { createBucket } from '../../api/s3.ts';
import type { Endpoint, EndpointConfig } from '../../api/types.ts';
import { defaultsOf, useSigned } from '../../app/session.ts';
import { Empty } from '../../parts/empty.tsx';
import { Fault } from '../../parts/fault.tsx';
import { Place } from '../../parts/place.tsx';
import { Section } from '../../parts/section.tsx';
import { State } from '../../parts/state.tsx';
import { figure, plural } from '../../parts/words.ts';
import { type Drift, readDrift, readTrained } from './drift.ts';
import type { Shift } from './psi.ts';

const everyMs = 30_000;
/** Fewer rows than this say little of ten bins. */
const fewRows = 200;

/** What the endpoint is asked now, held against what its model was trained on. */
export function DriftView(props: { endpoint: Endpoint; config: EndpointConfig | undefined }): ReactElement {
  const { endpoint, config } = props;
  const client = useQueryClient();
  const captures = endpoint.DataCaptureConfig?.EnableCapture === true && config !== undefined;
  const { data, error, refetch } = useQuery({
    queryKey: ['drift', endpoint.EndpointName, config?.EndpointConfigName],
    queryFn: async ({ signal }) => {
      // What the model was trained on stays; what is captured is read anew.
      const trained = await client.fetchQuery({
        queryKey: ['trained on', config!.EndpointConfigName],
        queryFn: () => readTrained(endpoint, config!),
        staleTime: Number.POSITIVE_INFINITY,
      });
      return readDrift(trained, endpoint, config!, signal);
    },
    enabled: captures,
    refetchInterval: everyMs,
    retry: false,
  });
  if (!captures) return <TurnOn endpoint={endpoint} config={config} />;
  if (error) return <Fault error={error} title="Drift cannot be measured" onRetry={() => void refetch()} />;
  if (!data) return <Skeleton h={240} />;
  return (
    <Section title={findingOf(data)} says={<Place uri={config.DataCaptureConfig?.DestinationS3Uri} />}>
      {data.capturedRows > 0 && data.capturedRows < fewRows && (
        <Text size="sm" mb="sm" role="status">
          {plural(data.capturedRows, 'row')} are few: below {fewRows}, only a large change shows.
        </Text>
      )}
      {data.passedOver > 0 && (
        <Text size="sm" mb="sm">
          {plural(data.passedOver, 'captured request')} passed over: no CSV with the features of the model.
        </Text>
      )}
      {data.capturedRows > 0 && <Columns drift={data} />}
    </Section>
  );
}

/** Strong above the usual 0.25, some above 0.1; never what chance alone gives. */
function gradeOf(shift: Shift | undefined): 'strong' | 'some' | 'none' {
  if (shift === undefined || shift.psi <= Math.max(0.1, shift.byChance)) return 'none';
  return shift.psi > 0.25 ? 'strong' : 'some';
}

function findingOf({ columns, capturedRows, trainingRows }: Drift): string {
  if (capturedRows === 0) return 'Nothing was captured yet; a request shows here after ten seconds or so.';
  const moved = columns.filter(({ shift }) => gradeOf(shift) !== 'none').length;
  const rows = `${plural(capturedRows, 'captured row')} against ${plural(trainingRows, 'training row')}`;
  return moved === 0
    ? `No column has moved: ${rows}.`
    : `${plural(moved, 'column')} of ${columns.length} ${moved === 1 ? 'has' : 'have'} moved: ${rows}.`;
}

const words = { strong: 'Moved', some: 'Moved a little', none: 'As in training' } as const;

function Columns({ drift }: { drift: Drift }): ReactElement {
  const sorted = [...drift.columns].sort((a, b) => (b.shift?.psi ?? -1) - (a.shift?.psi ?? -1));
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        The population stability index: 0 for equal shares of ten bins, above 0.1 a change, above 0.25 a strong one.
        What samples of this size reach by chance is no change.
      </Text>
      <Table.ScrollContainer minWidth={0} maxHeight={560}>
        <Table aria-label="Drift by column" stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Column</Table.Th>
              <Table.Th>Finding</Table.Th>
              <Table.Th className="number">Index</Table.Th>
              <Table.Th className="number" visibleFrom="sm">
                By chance up to
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sorted.map(({ name, shift }) => {
              const grade = gradeOf(shift);
              return (
                <Table.Tr key={name}>
                  <Table.Td className="name">{name}</Table.Td>
                  <Table.Td>
                    <State
                      status={grade === 'none' ? 'Completed' : 'Failed'}
                      warning={grade === 'some'}
                      word={shift === undefined ? 'One value alone' : words[grade]}
                    />
                  </Table.Td>
                  <Table.Td className="number">{figure(shift?.psi)}</Table.Td>
                  <Table.Td className="number" visibleFrom="sm">
                    {figure(shift?.byChance)}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}

/** Explains capture, and turns it on by a configuration like the one in use. */
function TurnOn({ endpoint, config }: { endpoint: Endpoint; config: EndpointConfig | undefined }): ReactElement {
  const { session } = useSigned();
  const client = useQueryClient();
  const name = endpoint.EndpointName!;
  const turnOn = useMutation({
    mutationFn: async () => {
      const { bucket } = defaultsOf(session);
      await createBucket(bucket);
      const { EndpointConfigArn: _, CreationTime: __, ...same } = config!;
      const EndpointConfigName = `${name.slice(0, 45)}-captured-${Date.now().toString(36)}`;
      await call('sagemaker', 'CreateEndpointConfig', {
        ...same,
        EndpointConfigName,
        DataCaptureConfig: {
          EnableCapture: true,
          InitialSamplingPercentage: 100,
          DestinationS3Uri: `s3://${bucket}/console/captured`,
          CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
          CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'], JsonContentTypes: ['application/json'] },
        },
      });
      await call('sagemaker', 'UpdateEndpoint', { EndpointName: name, EndpointConfigName });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['endpoint', name] }),
  });
  return (
    <Empty
      title="Nothing is captured"
      says="When requests are captured in S3, this page says which columns look different from what the model was trained on. Requests hold people’s data: whoever can read the bucket can read them."
    >
      <Group>
        <Button loading={turnOn.isPending} disabled={config === undefined} onClick={() => turnOn.mutate()}>
          Capture every request
        </Button>
        {turnOn.error && <Fault error={turnOn.error} title="Capture was not turned on" />}
      </Group>
    </Empty>
  );
}
