import type {
  DescribeProcessingJobCommandOutput,
  DescribeTransformJobCommandOutput,
  TrainingJob,
  TrialComponentArtifact,
  TrialComponentMetricSummary,
  TrialComponentParameterValue,
  TrialComponentStatus,
} from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';
import type { RecordChange } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import type { EntryBody } from '../entries/entry-kind.ts';
import type { JobBody } from '../jobs/driving/drive-job.ts';
import type { JobKind } from '../jobs/job-kinds.ts';
import { processingJobDescription } from '../processing-job/describe.ts';
import { arnOf, asJson, idOf, type Place } from '../resource.ts';
import { trainingJobDescription } from '../training-job/describe.ts';
import type { TrainingJobBody } from '../training-job/record.ts';
import { transformJobDescription } from '../transform-job/describe.ts';
import type { TransformJobBody } from '../transform-job/record.ts';
import { componentNameOf, sourceTypes } from './source-types.ts';

/** What a job tells of its trial component. */
export interface JobMembers {
  Source: { SourceArn: string; SourceType: string };
  Status?: TrialComponentStatus;
  StartTime?: Date | undefined;
  EndTime?: Date | undefined;
  Parameters?: Parameters;
  InputArtifacts?: Artifacts;
  OutputArtifacts?: Artifacts;
  Metrics?: TrialComponentMetricSummary[];
  SourceDetail?: object;
  [member: string]: any;
}

type Parameters = Record<string, TrialComponentParameterValue>;
type Artifacts = Record<string, TrialComponentArtifact>;

/** As the job is now: a component of a job keeps nothing of it, so that the two never differ. */
export async function membersOfJob(
  context: Context,
  place: Place,
  { kind, name }: { kind: JobKind; name: string },
): Promise<JobMembers> {
  const arn = arnOf(place, kind, name);
  const source = { SourceArn: arn, SourceType: sourceTypes[kind] ?? kind };
  const record = await context.records.get<any>(kind, idOf(name));
  if (record === undefined) return { Source: source };
  if (kind === 'training-job') {
    const job = trainingJobDescription(context, record as typeof record & { body: TrainingJobBody });
    return { Source: source, ...ofTrainingJob(job as TrainingJob, arn) };
  }
  if (kind === 'processing-job')
    return {
      Source: source,
      ...ofProcessingJob(processingJobDescription(record as typeof record & { body: JobBody })),
    };
  return {
    Source: source,
    ...ofTransformJob(transformJobDescription(record as typeof record & { body: TransformJobBody })),
  };
}

/** For the write that removes a job: its trial component then keeps the job's own members. */
export async function componentWithoutJob(
  context: Context,
  place: Place,
  job: { kind: JobKind; name: string },
): Promise<RecordChange[]> {
  const kind = 'experiment-trial-component';
  const record = await context.records.get<EntryBody>(kind, idOf(componentNameOf(job)));
  if (record?.body.job === undefined) return [];
  const { SourceDetail: _, Source, ...ofJob } = await membersOfJob(context, place, job);
  const { job: _job, ...body } = record.body;
  const members = asJson({ ...body.members, ...merged(ofJob, body.members), Source });
  const { id, createdAtMs, updatedAtMs } = record;
  return [{ put: { kind, id, createdAtMs, updatedAtMs, body: { ...body, members } }, expect: record.version }];
}

/** The members of a job, under those that users gave its component. */
export function merged(ofJob: Partial<JobMembers> | undefined, members: JsonObject): Partial<JobMembers> {
  const both = (name: string): object => ({ ...ofJob?.[name], ...(members[name] as object | undefined) });
  return {
    ...ofJob,
    ...(members.Status !== undefined && { Status: members.Status as TrialComponentStatus }),
    ...(typeof members.StartTime === 'string' && { StartTime: new Date(members.StartTime) }),
    ...(typeof members.EndTime === 'string' && { EndTime: new Date(members.EndTime) }),
    // The SDK's ExperimentAnalytics reads these without asking whether they are there.
    Parameters: both('Parameters') as Parameters,
    InputArtifacts: both('InputArtifacts') as Artifacts,
    OutputArtifacts: both('OutputArtifacts') as Artifacts,
  };
}

const ofTrainingJob = (job: TrainingJob, arn: string): Partial<JobMembers> => ({
  Status: statusOf(job.TrainingJobStatus, job.FailureReason),
  StartTime: job.TrainingStartTime,
  EndTime: job.TrainingEndTime,
  Parameters: {
    ...Object.fromEntries(Object.entries(job.HyperParameters ?? {}).map(([name, value]) => [name, parameterOf(value)])),
    ...machineOf({ ...job.ResourceConfig, image: job.AlgorithmSpecification?.TrainingImage }),
  },
  InputArtifacts: Object.fromEntries(
    (job.InputDataConfig ?? []).map(({ ChannelName = '', ContentType, DataSource }) => [
      ChannelName,
      artifactOf(DataSource?.S3DataSource?.S3Uri, ContentType),
    ]),
  ),
  OutputArtifacts:
    job.ModelArtifacts === undefined
      ? {}
      : { 'SageMaker.ModelArtifact': artifactOf(job.ModelArtifacts.S3ModelArtifacts, undefined) },
  Metrics: (job.FinalMetricDataList ?? []).map(({ MetricName, Value = 0, Timestamp }) => ({
    MetricName,
    SourceArn: arn,
    TimeStamp: Timestamp,
    Max: Value,
    Min: Value,
    Last: Value,
    Count: 1,
    Avg: Value,
    StdDev: 0,
  })),
  SourceDetail: { SourceArn: arn, TrainingJob: job },
});

type ProcessingJob = Partial<Omit<DescribeProcessingJobCommandOutput, '$metadata'>>;

const ofProcessingJob = (job: ProcessingJob): Partial<JobMembers> => ({
  Status: statusOf(job.ProcessingJobStatus, job.FailureReason),
  StartTime: job.ProcessingStartTime,
  EndTime: job.ProcessingEndTime,
  Parameters: machineOf({ ...job.ProcessingResources?.ClusterConfig, image: job.AppSpecification?.ImageUri }),
  InputArtifacts: Object.fromEntries(
    (job.ProcessingInputs ?? []).map(({ InputName = '', S3Input }) => [
      InputName,
      artifactOf(S3Input?.S3Uri, undefined),
    ]),
  ),
  OutputArtifacts: Object.fromEntries(
    (job.ProcessingOutputConfig?.Outputs ?? []).map(({ OutputName = '', S3Output }) => [
      OutputName,
      artifactOf(S3Output?.S3Uri, undefined),
    ]),
  ),
  SourceDetail: { SourceArn: job.ProcessingJobArn, ProcessingJob: job },
});

type TransformJob = Partial<Omit<DescribeTransformJobCommandOutput, '$metadata'>>;

const ofTransformJob = (job: TransformJob): Partial<JobMembers> => ({
  Status: statusOf(job.TransformJobStatus, job.FailureReason),
  StartTime: job.TransformStartTime,
  EndTime: job.TransformEndTime,
  Parameters: {
    ...machineOf({ ...job.TransformResources, image: undefined }),
    'SageMaker.ModelName': { StringValue: job.ModelName ?? '' },
  },
  InputArtifacts: {
    'SageMaker.TransformInput': artifactOf(
      job.TransformInput?.DataSource?.S3DataSource?.S3Uri,
      job.TransformInput?.ContentType,
    ),
  },
  OutputArtifacts: {
    'SageMaker.TransformOutput': artifactOf(job.TransformOutput?.S3OutputPath, job.TransformOutput?.Accept),
  },
  SourceDetail: { SourceArn: job.TransformJobArn, TransformJob: job },
});

const statusOf = (PrimaryStatus: string | undefined, Message: string | undefined): TrialComponentStatus => ({
  PrimaryStatus: PrimaryStatus as TrialComponentStatus['PrimaryStatus'],
  ...(Message !== undefined && { Message }),
});

const artifactOf = (uri: string | undefined, type: string | undefined): TrialComponentArtifact => ({
  Value: uri ?? '',
  ...(type !== undefined && { MediaType: type }),
});

/** A parameter is a number where its text is one. */
const parameterOf = (value: string): TrialComponentParameterValue =>
  value.trim() !== '' && Number.isFinite(Number(value)) ? { NumberValue: Number(value) } : { StringValue: value };

interface Machine {
  InstanceType?: string | undefined;
  InstanceCount?: number | undefined;
  VolumeSizeInGB?: number | undefined;
  image: string | undefined;
}

/** The names that Amazon gives them. */
const machineOf = ({ InstanceType, InstanceCount, VolumeSizeInGB, image }: Machine): Parameters => ({
  ...(image !== undefined && { 'SageMaker.ImageUri': { StringValue: image } }),
  ...(InstanceType !== undefined && { 'SageMaker.InstanceType': { StringValue: InstanceType } }),
  ...(InstanceCount !== undefined && { 'SageMaker.InstanceCount': { NumberValue: InstanceCount } }),
  ...(VolumeSizeInGB !== undefined && { 'SageMaker.VolumeSizeInGB': { NumberValue: VolumeSizeInGB } }),
});
