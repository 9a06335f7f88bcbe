import type { DescribeTransformJobCommandInput, DescribeTransformJobCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { findHeld } from '../jobs/driving/find-held.ts';
import { jobLifecycle } from '../jobs/driving/lifecycle.ts';
import { requestOf, type TransformJobBody } from './record.ts';

/** Request members that come back as they were sent. */
const echoed = [
  'ModelName',
  'MaxConcurrentTransforms',
  'MaxPayloadInMB',
  'ModelClientConfig',
  'BatchStrategy',
  'Environment',
  'TransformResources',
  'DataCaptureConfig',
  'ExperimentConfig',
] as const;

/** Everything about a job. For a caller that would sleep meanwhile, the answer waits for the job's end. */
export async function describeTransformJob(
  context: Context,
  call: Call<DescribeTransformJobCommandInput>,
): Promise<Answer> {
  const name = call.input.TransformJobName ?? '';
  return transformJobDescription(await findHeld<TransformJobBody>(context, call, 'transform-job', name));
}

type Answer = Partial<Omit<DescribeTransformJobCommandOutput, '$metadata'>>;

/** What a Describe answers, for a record. */
export function transformJobDescription({ body, createdAtMs }: RecordOf<TransformJobBody>): Answer {
  const request = requestOf(body);
  const state = fold(jobLifecycle('transform-job'), body.events);
  return {
    TransformJobName: body.name,
    TransformJobArn: body.arn,
    TransformJobStatus: state.status,
    FailureReason: state.failureReason,
    ...Object.fromEntries(echoed.map((member) => [member, request[member]])),
    // With the values that Amazon fills in.
    TransformInput: request.TransformInput && { CompressionType: 'None', SplitType: 'None', ...request.TransformInput },
    TransformOutput: request.TransformOutput && { AssembleWith: 'None', KmsKeyId: '', ...request.TransformOutput },
    DataProcessing: { InputFilter: '$', OutputFilter: '$', JoinSource: 'None', ...request.DataProcessing },
    CreationTime: new Date(createdAtMs),
    TransformStartTime: dateOf(state.startedMs),
    TransformEndTime: dateOf(state.endedMs),
  };
}

const dateOf = (timeMs: number | undefined): Date | undefined => (timeMs === undefined ? undefined : new Date(timeMs));
