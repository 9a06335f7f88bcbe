import { Skeleton, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { isOver } from '../../api/job-kinds.ts';
import { listObjects, parseS3Uri } from '../../api/s3.ts';
import { Facts } from '../../parts/facts.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { dataPath, Place } from '../../parts/place.tsx';
import { Section } from '../../parts/section.tsx';
import { bytes } from '../../parts/words.ts';

interface Transform {
  TransformJobStatus?: string;
  ModelName?: string;
  BatchStrategy?: string;
  TransformInput?: { ContentType?: string; SplitType?: string; DataSource?: { S3DataSource?: { S3Uri?: string } } };
  TransformOutput?: { S3OutputPath?: string; Accept?: string };
}

const shownMax = 50;

/** What a batch job reads, asks and writes: its predictions are links into the data. */
export function TransformSummary({ fields }: { fields: Record<string, unknown> }): ReactElement {
  const { ModelName, TransformInput, TransformOutput, TransformJobStatus, BatchStrategy } = fields as Transform;
  const output = parseS3Uri(TransformOutput?.S3OutputPath);
  const { data } = useQuery({
    queryKey: ['predictions', TransformOutput?.S3OutputPath, TransformJobStatus],
    queryFn: ({ signal }) =>
      listObjects(output!.bucket, { prefix: output!.key.replace(/([^/])$/, '$1/'), max: shownMax, signal }),
    enabled: output !== undefined && isOver(TransformJobStatus),
  });
  return (
    <>
      <Section title="What it does">
        <Facts
          of={[
            ['Model', ModelName && <To href={pathOf('models', ModelName)}>{ModelName}</To>],
            ['Reads', <Place key="input" uri={TransformInput?.DataSource?.S3DataSource?.S3Uri} />],
            ['As', TransformInput?.ContentType],
            ['Split by', TransformInput?.SplitType],
            ['Requests', BatchStrategy],
            ['Writes', <Place key="output" uri={TransformOutput?.S3OutputPath} />],
          ]}
        />
      </Section>
      <Section title="Predictions">
        {!isOver(TransformJobStatus) && <Text c="dimmed">They are there once the job has ended.</Text>}
        {isOver(TransformJobStatus) && !data && <Skeleton h={80} />}
        {data?.objects.length === 0 && <Text c="dimmed">It left none there.</Text>}
        {data !== undefined && data.objects.length > 0 && (
          <Table aria-label="Predictions">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Object</Table.Th>
                <Table.Th className="number">Size</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.objects.map(({ key, size }) => (
                <Table.Tr key={key}>
                  <Table.Td>
                    <To href={dataPath(output!.bucket, key)}>{key.slice(key.lastIndexOf('/') + 1)}</To>
                  </Table.Td>
                  <Table.Td className="number">{bytes(size)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Section>
    </>
  );
}
