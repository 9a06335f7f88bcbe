import type {
  Channel,
  DescribeTrainingJobCommandInput,
  DescribeTrainingJobCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { findHeld } from '../jobs/driving/find-held.ts';
import { type TrainingJobState, trainingJobLifecycle } from './lifecycle.ts';
import { listedMetrics } from './metric-definitions.ts';
import { maxRuntimeSecondsDefault, requestOf, type TrainingJobBody } from './record.ts';

type Answer = Partial<Omit<DescribeTrainingJobCommandOutput, '$metadata'>>;

/** Everything about a job. For a caller that would sleep meanwhile, the answer waits for the job's end. */
export async function describeTrainingJob(
  context: Context,
  call: Call<DescribeTrainingJobCommandInput>,
): Promise<Answer> {
  const name = call.input.TrainingJobName ?? '';
  return trainingJobDescription(context, await findHeld<TrainingJobBody>(context, call, 'training-job', name));
}

/** Request members that come back as they were sent. */
const echoed = [
  'HyperParameters',
  'RoleArn',
  'ResourceConfig',
  'VpcConfig',
  'CheckpointConfig',
  'DebugHookConfig',
  'DebugRuleConfigurations',
  'TensorBoardOutputConfig',
  'ProfilerConfig',
  'ProfilerRuleConfigurations',
  'Environment',
  'RetryStrategy',
  'RemoteDebugConfig',
  'InfraCheckConfig',
  'ExperimentConfig',
] as const;

/** What a Describe answers, for a record. */
export function trainingJobDescription(
  { algorithms }: Pick<Context, 'algorithms'>,
  { body, createdAtMs }: RecordOf<TrainingJobBody>,
): Answer {
  const request = requestOf(body);
  const state = fold(trainingJobLifecycle, body.events);
  return {
    TrainingJobName: body.name,
    TrainingJobArn: body.arn,
    TuningJobArn: body.tuningJobArn,
    TrainingJobStatus: state.status,
    SecondaryStatus: state.secondary,
    SecondaryStatusTransitions: state.transitions.map(({ status, startMs, endMs, message }) => ({
      Status: status,
      StartTime: new Date(startMs),
      EndTime: endMs === undefined ? undefined : new Date(endMs),
      StatusMessage: message,
    })),
    ...Object.fromEntries(echoed.map((member) => [member, request[member]])),
    AlgorithmSpecification: request.AlgorithmSpecification && {
      ...request.AlgorithmSpecification,
      MetricDefinitions: listedMetrics(algorithms, request),
    },
    InputDataConfig: request.InputDataConfig?.map(completed),
    // The Python SDK's attach() indexes KmsKeyId.
    OutputDataConfig: {
      KmsKeyId: '',
      CompressionType: 'GZIP',
      ...request.OutputDataConfig,
      S3OutputPath: request.OutputDataConfig?.S3OutputPath,
    },
    StoppingCondition: { MaxRuntimeInSeconds: maxRuntimeSecondsDefault, ...request.StoppingCondition },
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
    CreationTime: new Date(createdAtMs),
    LastModifiedTime: new Date(state.modifiedMs),
    ...timesOf(state),
    ModelArtifacts: state.artifact === undefined ? undefined : { S3ModelArtifacts: state.artifact },
    FailureReason: state.failureReason,
    FinalMetricDataList:
      state.metrics.length === 0
        ? undefined
        : state.metrics.map(({ name, value, timeMs }) => ({
            MetricName: name,
            Value: value,
            Timestamp: new Date(timeMs),
          })),
    ProfilingStatus: request.ProfilerConfig?.DisableProfiler === false ? 'Enabled' : 'Disabled',
  };
}

function timesOf({ startedMs, endedMs }: TrainingJobState): Answer {
  if (startedMs === undefined) return {};
  if (endedMs === undefined) return { TrainingStartTime: new Date(startedMs) };
  const seconds = Math.max(1, Math.ceil((endedMs - startedMs) / 1000));
  return {
    TrainingStartTime: new Date(startedMs),
    TrainingEndTime: new Date(endedMs),
    TrainingTimeInSeconds: seconds,
    BillableTimeInSeconds: seconds,
  };
}

/** A channel with the values that Amazon fills in. */
const completed = (channel: Channel): Channel => ({ CompressionType: 'None', RecordWrapperType: 'None', ...channel });
