import type { JobKind } from '../jobs/job-kinds.ts';

/** Amazon's words for the jobs that trial components are about. */
export const sourceTypes: Partial<Readonly<Record<JobKind, string>>> = {
  'training-job': 'SageMakerTrainingJob',
  'processing-job': 'SageMakerProcessingJob',
  'transform-job': 'SageMakerTransformJob',
};

/** The name that Amazon gives the component of a job. */
export const componentNameOf = ({ kind, name }: { kind: JobKind; name: string }): string => `${name}-aws-${kind}`;
