import type { tables } from 'linnet:hyperparameters';
import type { TrainingJob } from '../../api/types.ts';

export interface Channel {
  name: string;
  uri: string;
  type: string;
}

/** A training job as it is typed. */
export interface Draft {
  name: string;
  algorithm: keyof typeof tables;
  /** Of a copy: an image that is not one of the algorithms. */
  image: string | undefined;
  channels: readonly Channel[];
  output: string;
  hyperparameters: Readonly<Record<string, string>>;
  /** What a copy has besides, as it was. */
  rest: Partial<TrainingJob>;
}

const nameLengthMax = 63;

/** The time, as the end of a name. */
const stamp = (): string => new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');

export function newDraft(bucket: string, table: string): Draft {
  const stem = /([^/]+?)(\.[a-z.]+)?$/i.exec(table)?.[1]?.replaceAll(/[^A-Za-z0-9]+/g, '-') ?? '';
  const prefix = (stem.replaceAll(/^-+|-+$/g, '') || 'training').slice(0, nameLengthMax - 16);
  return {
    name: `${prefix}-${stamp()}`,
    algorithm: 'linear-learner',
    image: undefined,
    channels: [{ name: 'train', uri: table, type: typeOf(table) }],
    output: `s3://${bucket}/console/output`,
    hyperparameters: {},
    rest: {},
  };
}

/** By the end of a name. */
const typeOf = (table: string): string => (/\.parquet$/i.test(table) ? 'application/x-parquet' : 'text/csv');

export function draftOf(job: TrainingJob): Draft {
  const image = job.AlgorithmSpecification?.TrainingImage ?? '';
  const algorithm = /\/(linear-learner|xgboost|sagemaker-xgboost):/.exec(image)?.[1];
  const base = (job.TrainingJobName ?? '').replace(/-\d{8}-\d{6}$/, '').slice(0, nameLengthMax - 16);
  return {
    name: `${base}-${stamp()}`,
    algorithm: algorithm === 'linear-learner' || algorithm === undefined ? 'linear-learner' : 'xgboost',
    image: algorithm === undefined ? image : undefined,
    channels: (job.InputDataConfig ?? []).map((channel) => ({
      name: channel.ChannelName ?? '',
      uri: channel.DataSource?.S3DataSource?.S3Uri ?? '',
      type: channel.ContentType ?? '',
    })),
    output: job.OutputDataConfig?.S3OutputPath ?? '',
    hyperparameters: (job.HyperParameters ?? {}) as Record<string, string>,
    rest: {
      ...(job.ResourceConfig && { ResourceConfig: job.ResourceConfig }),
      ...(job.StoppingCondition && { StoppingCondition: job.StoppingCondition }),
      ...(job.InputDataConfig && { InputDataConfig: job.InputDataConfig }),
      ...(job.Environment && { Environment: job.Environment }),
    },
  };
}

/** The members of CreateTrainingJob. */
export function requestOf(
  draft: Draft,
  { role, imageOf }: { role: string; imageOf(algorithm: string): string },
): object {
  const { rest } = draft;
  return {
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
    ...rest,
    TrainingJobName: draft.name,
    RoleArn: role,
    AlgorithmSpecification: { TrainingImage: draft.image ?? imageOf(draft.algorithm), TrainingInputMode: 'File' },
    InputDataConfig: draft.channels.map(({ name, uri, type }) => ({
      ...rest.InputDataConfig?.find(({ ChannelName }) => ChannelName === name),
      ChannelName: name,
      ...(type === '' ? {} : { ContentType: type }),
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'FullyReplicated' } },
    })),
    OutputDataConfig: { S3OutputPath: draft.output },
    HyperParameters: draft.hyperparameters,
  };
}
