import type { CreateProcessingJobCommandInput } from '@aws-sdk/client-sagemaker';
import type { JobBody } from '../jobs/driving/drive-job.ts';

/** The kept request in its typed form; it holds no time and no bytes, so JSON lost nothing. */
export const requestOf = (body: JobBody): CreateProcessingJobCommandInput =>
  body.request as unknown as CreateProcessingJobCommandInput;

/** When the request names none. Source: AWS API reference, ProcessingStoppingCondition. */
export const maxRuntimeSecondsDefault = 86_400;

/** The log group of all processing jobs; a job's streams begin with its name and a slash. */
export const processingLogGroup = '/aws/sagemaker/ProcessingJobs';

/** The names of the hosts that run a request. */
export const hostsOf = ({ ProcessingResources }: CreateProcessingJobCommandInput): string[] =>
  Array.from({ length: ProcessingResources?.ClusterConfig?.InstanceCount ?? 1 }, (_, at) => `algo-${at + 1}`);

/** The request with the values that Amazon fills in, as DescribeProcessingJob and the job's program see it. */
export function completed(request: CreateProcessingJobCommandInput) {
  const inputs = request.ProcessingInputs?.map((input) => ({
    AppManaged: false,
    ...input,
    ...(input.S3Input && {
      S3Input: {
        S3InputMode: 'File' as const,
        S3DataDistributionType: 'FullyReplicated' as const,
        S3CompressionType: 'None' as const,
        ...input.S3Input,
      },
    }),
  }));
  const outputs = request.ProcessingOutputConfig && {
    ...request.ProcessingOutputConfig,
    Outputs: request.ProcessingOutputConfig.Outputs?.map((output) => ({ AppManaged: false, ...output })),
  };
  return {
    ProcessingInputs: inputs,
    ProcessingOutputConfig: outputs,
    ProcessingResources: request.ProcessingResources,
    StoppingCondition: { MaxRuntimeInSeconds: maxRuntimeSecondsDefault, ...request.StoppingCondition },
    AppSpecification: request.AppSpecification,
    Environment: request.Environment,
    NetworkConfig: request.NetworkConfig,
    RoleArn: request.RoleArn,
    ExperimentConfig: request.ExperimentConfig,
  };
}
