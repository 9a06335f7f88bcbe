import type {
  CapacitySize,
  DeploymentConfig,
  InferenceComponentCapacitySize,
  InferenceComponentDeploymentConfig,
} from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';
import { asJson } from '../resource.ts';

/** How a component is updated, as endpoints say it: a copy is an instance. */
export function asEndpoints(config: InferenceComponentDeploymentConfig): JsonObject {
  const { RollingUpdatePolicy: rolling, AutoRollbackConfiguration } = config;
  const asSize = (size: InferenceComponentCapacitySize | undefined): CapacitySize | undefined =>
    size && { Value: size.Value, Type: size.Type === 'COPY_COUNT' ? 'INSTANCE_COUNT' : 'CAPACITY_PERCENT' };
  const said: DeploymentConfig = {
    AutoRollbackConfiguration,
    RollingUpdatePolicy: rolling && {
      ...rolling,
      MaximumBatchSize: asSize(rolling.MaximumBatchSize),
      RollbackMaximumBatchSize: asSize(rolling.RollbackMaximumBatchSize),
    },
  };
  return asJson(said);
}

/** The same, as components say it. */
export function asComponents(config: JsonObject): InferenceComponentDeploymentConfig {
  const { RollingUpdatePolicy: rolling, AutoRollbackConfiguration } = config as DeploymentConfig;
  const asSize = (size: CapacitySize | undefined): InferenceComponentCapacitySize | undefined =>
    size && { Value: size.Value, Type: size.Type === 'INSTANCE_COUNT' ? 'COPY_COUNT' : 'CAPACITY_PERCENT' };
  return asJson({
    AutoRollbackConfiguration,
    RollingUpdatePolicy: rolling && {
      ...rolling,
      MaximumBatchSize: asSize(rolling.MaximumBatchSize),
      RollbackMaximumBatchSize: asSize(rolling.RollbackMaximumBatchSize),
    },
  }) as unknown as InferenceComponentDeploymentConfig;
}
