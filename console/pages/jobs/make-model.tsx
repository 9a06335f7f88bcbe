import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useLocation } from 'wouter';
import { call } from '../../api/call.ts';
import { columnsTagsOf } from '../../api/table-columns.ts';
import type { TrainingJob } from '../../api/types.ts';
import { Fault } from '../../parts/fault.tsx';
import { pathOf } from '../../parts/link.tsx';

/** Makes a model of what a job learned, under the job's name, and goes there. */
export function MakeModel({ job }: { job: TrainingJob }): ReactElement {
  const [, go] = useLocation();
  const name = job.TrainingJobName!;
  const make = useMutation({
    mutationFn: async () =>
      call('sagemaker', 'CreateModel', {
        ModelName: name,
        ExecutionRoleArn: job.RoleArn,
        PrimaryContainer: {
          Image: job.AlgorithmSpecification?.TrainingImage,
          ModelDataUrl: job.ModelArtifacts?.S3ModelArtifacts,
        },
        Tags: await columnsTagsOf(job.TrainingJobArn!),
      }),
    onSuccess: () => go(pathOf('models', name)),
  });
  return (
    <>
      <Button loading={make.isPending} onClick={() => make.mutate()}>
        Make a model
      </Button>
      {make.error && <Fault error={make.error} title="The model was not made" />}
    </>
  );
}
