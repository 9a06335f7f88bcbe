import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { call } from '../../api/call.ts';
import { listObjects, parseS3Uri } from '../../api/s3.ts';
import type { TrainingJob } from '../../api/types.ts';
import { pathOf, To } from '../../parts/link.tsx';
import { bytes as bytesOf, duration } from '../../parts/words.ts';

/** A job of the past, by which the next one is judged. */
interface Yardstick {
  name: string;
  seconds: number;
  bytes: number;
}

const jobsMax = 20;
const objectsMax = 1000;

/** The newest completed job of an algorithm whose rows are still there; null where there is none. */
async function findYardstick(algorithm: string, signal: AbortSignal): Promise<Yardstick | null> {
  const filters = [{ Name: 'TrainingJobStatus', Operator: 'Equals', Value: 'Completed' }];
  const { Results = [] } = await call<{ Results?: { TrainingJob: TrainingJob }[] }>(
    'sagemaker',
    'Search',
    {
      Resource: 'TrainingJob',
      SearchExpression: { Filters: filters },
      SortBy: 'CreationTime',
      SortOrder: 'Descending',
      MaxResults: jobsMax,
    },
    signal,
  );
  for (const { TrainingJob: job } of Results) {
    const { TrainingStartTime: start, TrainingEndTime: end, TrainingJobName: name } = job;
    const image = job.AlgorithmSpecification?.TrainingImage ?? '';
    if (start === undefined || end === undefined || !image.includes(`${algorithm}:`)) continue;
    const bytes = await bytesBelow(job.InputDataConfig?.[0]?.DataSource?.S3DataSource?.S3Uri, signal).catch(() => 0);
    if (bytes > 0) return { name: name!, seconds: end - start, bytes };
  }
  return null;
}

export async function bytesBelow(uri: string | undefined, signal: AbortSignal): Promise<number> {
  const place = parseS3Uri(uri);
  if (place === undefined) return 0;
  const { objects } = await listObjects(place.bucket, { prefix: place.key, max: objectsMax, signal });
  return objects.reduce((sum, { size }) => sum + size, 0);
}

/** How long a job over so many bytes may take, judged by an earlier one. */
export function Cost({ algorithm, bytes }: { algorithm: string; bytes: number | undefined }): ReactElement | null {
  const { data } = useQuery({
    queryKey: ['yardstick', algorithm],
    queryFn: ({ signal }) => findYardstick(algorithm, signal),
    staleTime: 60_000,
    retry: false,
  });
  if (data === undefined || bytes === undefined || bytes === 0) return null;
  if (data === null)
    return (
      <Text size="sm" c="dimmed">
        How long it takes is not known yet: no job of this algorithm has ended here.
      </Text>
    );
  // Starting a program takes its time, however few rows there are.
  const seconds = data.seconds * Math.max(1, bytes / data.bytes);
  return (
    <Text size="sm" c="dimmed">
      About {duration(seconds)}: <To href={pathOf('jobs', 'training', data.name)}>{data.name}</To> took{' '}
      {duration(data.seconds)} for {bytesOf(data.bytes)}, and this is about {bytesOf(bytes)}.
    </Text>
  );
}
