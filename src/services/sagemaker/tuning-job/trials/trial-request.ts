import type { CreateTrainingJobCommandInput, ResourceConfig, Tag } from '@aws-sdk/client-sagemaker';
import { joinS3 } from '../../s3-uri.ts';
import { objectiveHyperparameter } from '../../training-job/objectives.ts';
import type { Definition } from '../definitions.ts';

/** What makes a trial of a definition. */
interface NewTrial {
  name: string;
  values: Readonly<Record<string, string>>;
  tags?: Tag[] | undefined;
}

/** The training job of a trial, as a client would ask for it. */
export function trialRequest(definition: Definition, { name, values, tags }: NewTrial): CreateTrainingJobCommandInput {
  const { request } = definition;
  const { AlgorithmSpecification: algorithm, CheckpointConfig: checkpoints } = request;
  return {
    TrainingJobName: name,
    HyperParameters: { ...staticHyperparameters(definition), ...values },
    AlgorithmSpecification: algorithm && { ...algorithm },
    RoleArn: request.RoleArn,
    InputDataConfig: request.InputDataConfig,
    OutputDataConfig: request.OutputDataConfig,
    ResourceConfig: resourcesOf(definition),
    VpcConfig: request.VpcConfig,
    StoppingCondition: request.StoppingCondition,
    EnableNetworkIsolation: request.EnableNetworkIsolation,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining,
    // A folder of its own: a trial that found the checkpoints of another would go on from them.
    CheckpointConfig: checkpoints && { ...checkpoints, S3Uri: joinS3(checkpoints.S3Uri ?? '', name) },
    RetryStrategy: request.RetryStrategy,
    Environment: request.Environment,
    ...(tags !== undefined && { Tags: tags }),
  };
}

/** What all trials of a definition share, with the metric that they are judged by, which tells an algorithm that it is tuned. */
export const staticHyperparameters = ({ request, objective }: Definition): Record<string, string> => ({
  ...request.StaticHyperParameters,
  [objectiveHyperparameter]: objective?.MetricName ?? '',
});

const volumeSizeInGbDefault = 30;

/** The resources of a trial. Of several kinds of instances the first is the preferred one. */
export function resourcesOf({ request }: Definition): ResourceConfig | undefined {
  const { ResourceConfig: plain, HyperParameterTuningResourceConfig: tuning } = request;
  if (tuning === undefined) return plain;
  const { InstanceConfigs: [preferred] = [], VolumeKmsKeyId: key } = tuning;
  return {
    InstanceType: preferred?.InstanceType ?? tuning.InstanceType,
    InstanceCount: preferred?.InstanceCount ?? tuning.InstanceCount,
    VolumeSizeInGB: preferred?.VolumeSizeInGB ?? tuning.VolumeSizeInGB ?? volumeSizeInGbDefault,
    ...(key !== undefined && { VolumeKmsKeyId: key }),
  };
}
