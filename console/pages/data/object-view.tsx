import { Button, Group, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense } from 'react';
import { Link, useLocation } from 'wouter';
import { send } from '../../api/call.ts';
import { getStart, objectPath, removeObject } from '../../api/s3.ts';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { Fault } from '../../parts/fault.tsx';
import { dataPath } from '../../parts/place.tsx';
import { TextBlock } from '../../parts/text-block.tsx';
import { bytes } from '../../parts/words.ts';

/** The reader of tables is loaded when one is looked at. */
const TableView = lazy(async () => ({ default: (await import('./table-view.tsx')).TableView }));
const isTable = /\.(csv|tsv|txt|data|jsonl?|ndjson|parquet|libsvm|svm|rec|pbr)(\.gz)?$/i;

/** As much of an object as is looked at. */
const previewBytes = 64 * 1024;

/** An object: its size, its beginning where it is text, and what can be done with it. */
export function ObjectView({ bucket, objectKey }: { bucket: string; objectKey: string }): ReactElement {
  const [, go] = useLocation();
  const { data, error, refetch } = useQuery({
    queryKey: ['object', bucket, objectKey],
    queryFn: () => getStart(bucket, objectKey, previewBytes),
    staleTime: 30_000,
  });
  const folder = dataPath(bucket, objectKey.slice(0, objectKey.lastIndexOf('/') + 1));
  const save = async (): Promise<void> => {
    const response = await send('s3', objectPath(bucket, objectKey));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = objectKey.slice(objectKey.lastIndexOf('/') + 1);
    link.click();
    URL.revokeObjectURL(link.href);
  };
  if (error) return <Fault error={error} title="The object could not be read" onRetry={() => void refetch()} />;
  if (!data) return <Skeleton h={240} />;
  const beginning = <Beginning start={data.bytes} size={data.size} />;
  return (
    <>
      <Group mb="md" justify="space-between">
        <Text size="sm" c="dimmed" className="name">
          s3://{bucket}/{objectKey}, {bytes(data.size)}
        </Text>
        <Group gap="xs">
          <Button
            component={Link}
            href={`/train?${new URLSearchParams({ table: `s3://${bucket}/${objectKey}` })}`}
            variant="default"
          >
            Train on it
          </Button>
          <Button variant="default" onClick={() => void save()}>
            Download
          </Button>
          {bucket !== 'sagemaker-sample-files' && (
            <ConfirmByName
              verb="Delete"
              noun="object"
              name={objectKey.slice(objectKey.lastIndexOf('/') + 1)}
              says="The object goes for good."
              act={async () => {
                await removeObject(bucket, objectKey);
                go(folder);
              }}
            />
          )}
        </Group>
      </Group>
      {isTable.test(objectKey) ? (
        <Suspense fallback={<Skeleton h={240} />}>
          <TableView bucket={bucket} objectKey={objectKey} otherwise={beginning} />
        </Suspense>
      ) : (
        beginning
      )}
    </>
  );
}

function Beginning({ start, size }: { start: Uint8Array<ArrayBuffer>; size: number }): ReactElement {
  const text = textOf(start);
  if (text === undefined) return <Text c="dimmed">The object is not text, so that nothing of it is shown.</Text>;
  return (
    <>
      {size > start.length && (
        <Text size="sm" c="dimmed" mb="xs">
          The first {bytes(start.length)}:
        </Text>
      )}
      <TextBlock>{text}</TextBlock>
    </>
  );
}

/** The text of bytes; undefined where they are something else. The last character may be cut. */
function textOf(start: Uint8Array<ArrayBuffer>): string | undefined {
  if (start.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
  } catch {
    return undefined;
  }
}
