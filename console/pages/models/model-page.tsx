import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useLocation, useParams } from 'wouter';
import { call } from '../../api/call.ts';
import type { Model, TrainingJob } from '../../api/types.ts';
import { Age } from '../../parts/age.tsx';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Fault } from '../../parts/fault.tsx';
import { FinalMetrics } from '../../parts/final-metrics.tsx';
import { Heading } from '../../parts/heading.tsx';
import { pathOf, To } from '../../parts/link.tsx';
import { Place } from '../../parts/place.tsx';
import { ReportFrame } from '../../parts/report-frame.tsx';
import { Section } from '../../parts/section.tsx';
import { Deploy } from './deploy.tsx';

interface Known {
  model: Model;
  /** The job that made it, by the place of its archive. */
  job: TrainingJob | undefined;
}

async function readModel(ModelName: string, signal: AbortSignal): Promise<Known> {
  const model = await call<Model>('sagemaker', 'DescribeModel', { ModelName }, signal);
  const archive = containersOf(model).find(({ ModelDataUrl }) => ModelDataUrl !== undefined)?.ModelDataUrl;
  const TrainingJobName = /\/([^/]+)\/output\/model\.tar\.gz$/.exec(archive ?? '')?.[1];
  if (TrainingJobName === undefined) return { model, job: undefined };
  const job = await call<TrainingJob>('sagemaker', 'DescribeTrainingJob', { TrainingJobName }, signal).catch(
    () => undefined,
  );
  return { model, job: job?.ModelArtifacts?.S3ModelArtifacts === archive ? job : undefined };
}

const containersOf = ({ PrimaryContainer, Containers }: Model) =>
  Containers ?? (PrimaryContainer ? [PrimaryContainer] : []);

export function ModelPage(): ReactElement {
  const name = decodeURIComponent(useParams().name ?? '');
  const [, go] = useLocation();
  const { data, error, refetch } = useQuery({
    queryKey: ['model', name],
    queryFn: ({ signal }) => readModel(name, signal),
  });
  const back = <To href="/models">Models</To>;
  if (data === undefined)
    return (
      <>
        <Heading title={name} above={back} />
        {error ? (
          <Fault error={error} title="The model could not be read" onRetry={() => void refetch()} />
        ) : (
          <Skeleton h={200} />
        )}
      </>
    );
  const { model, job } = data;
  const containers = containersOf(model);
  return (
    <>
      <Heading
        title={name}
        above={back}
        says={
          <>
            Created <Age seconds={model.CreationTime} />
            {job && (
              <>
                {' '}
                from the job <To href={pathOf('jobs', 'training', job.TrainingJobName!)}>{job.TrainingJobName}</To>
              </>
            )}
          </>
        }
        actions={
          <>
            <Deploy model={model} />
            <ConfirmByName
              verb="Delete"
              noun="model"
              name={name}
              says="The model goes; its archive in S3 stays. Endpoints that serve it go on."
              act={async () => {
                await call('sagemaker', 'DeleteModel', { ModelName: name });
                go('/models');
              }}
            />
          </>
        }
      />
      {job?.FinalMetricDataList && <FinalMetrics title="How good it was when it was trained" job={job} />}
      {job && (
        <Section title="Report" says="What the model was measured to do, and where it fails.">
          <ReportFrame job={job.TrainingJobName!} />
        </Section>
      )}
      <Section title={containers.length > 1 ? `A chain of ${containers.length} containers` : 'Container'}>
        {containers.map(({ Image, ModelDataUrl, ModelPackageName, Environment }) => (
          <Facts
            key={`${Image} ${ModelDataUrl} ${ModelPackageName}`}
            of={[
              ['Image', Image],
              ['Archive', ModelDataUrl && <Place uri={ModelDataUrl} />],
              ['Version', ModelPackageName],
              ...Object.entries(Environment ?? {}).map(([key, value]) => [key, value] as const),
            ]}
          />
        ))}
        {containers.length === 0 && <Text c="dimmed">It has none.</Text>}
      </Section>
    </>
  );
}
