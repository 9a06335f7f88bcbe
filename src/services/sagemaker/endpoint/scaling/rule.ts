import type {
  ProductionVariantManagedInstanceScaling,
  ProductionVariantServerlessConfig,
} from '@aws-sdk/client-sagemaker';
import type { MachineLimits } from '../../../../compute/index.ts';
import type { VariantPlan } from '../deployment.ts';

/** How the number of a variant's programs follows its requests. */
export interface ScalingRule {
  min: number;
  max: number;
  /** So many requests at a time are work for one program; more of them rouse another one. */
  requestsOfOne: number;
  /** More requests at a time than this are refused. */
  requestsMax: number;
  /** A program that was not needed for so long is ended. */
  quietMs: number;
}

/** A program of a serverless variant that got no request for so long is ended. */
const idleMs = 300_000;
/** As Amazon's, where the configuration says nothing. */
const cooldownMinutes = 5;
const requestsOfOne = 4;

/** Undefined for a variant whose programs always run. */
export function scalingOf({ serverless, scaling }: VariantPlan): ScalingRule | undefined {
  if (serverless !== undefined) {
    const config = serverless as unknown as ProductionVariantServerlessConfig;
    const requestsMax = config.MaxConcurrency ?? 1;
    const min = (config.ProvisionedConcurrency ?? 0) > 0 ? 1 : 0;
    return { min, max: 1, requestsOfOne: requestsMax, requestsMax, quietMs: idleMs };
  }
  if (scaling === undefined) return undefined;
  const { MinInstanceCount: min = 1, MaxInstanceCount: max = 1, ScaleInPolicy } = managedOf(scaling);
  return {
    min,
    max,
    requestsOfOne,
    requestsMax: Number.POSITIVE_INFINITY,
    quietMs: (ScaleInPolicy?.CooldownInMinutes ?? cooldownMinutes) * 60_000,
  };
}

export const managedOf = (scaling: NonNullable<VariantPlan['scaling']>): ProductionVariantManagedInstanceScaling =>
  scaling as unknown as ProductionVariantManagedInstanceScaling;

/** What a serverless variant may use; Amazon gives processors by memory. */
export function serverlessLimits({ serverless }: VariantPlan): MachineLimits | undefined {
  if (serverless === undefined) return undefined;
  const { MemorySizeInMB: megabytes = 1024 } = serverless as unknown as ProductionVariantServerlessConfig;
  return { processors: Math.ceil(megabytes / 1024), memoryBytes: megabytes * 2 ** 20 };
}
