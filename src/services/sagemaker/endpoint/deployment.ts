import type { JsonObject } from '../../../base/index.ts';
import type { ContainerPlan } from '../model/container-plan.ts';

/** All an endpoint needs to run, copied from its configuration and models: those may be deleted meanwhile. */
export type Deployment = { configName: string; variants: VariantPlan[] };

/** The plan of a variant is that of its first container too. */
export type VariantPlan = ContainerPlan & {
  name: string;
  modelName: string;
  /** The model's ExecutionRoleArn. */
  role?: string;
  /** The containers after the first. */
  others?: ContainerPlan[];
  /** Each request goes to the container that it names, not through all of them. */
  direct?: true;
  /** No network for a program that is not ours (EnableNetworkIsolation). */
  isolated?: boolean;
  /** It serves nothing itself: its instances have room for inference components. Its container is none. */
  hosts?: true;
  /** The Specification of an inference component. */
  specification?: JsonObject;
  /** Gets copies of requests; its answers go nowhere. */
  shadow?: true;
  instanceType?: string;
  weight: number;
  instanceCount: number;
  serverless?: JsonObject;
  /** The ManagedInstanceScaling of the variant, where it is enabled. */
  scaling?: JsonObject;
  /** The DataCaptureConfig of the endpoint's configuration. */
  capture?: JsonObject;
  /** Its AsyncInferenceConfig. */
  async?: JsonObject;
  /** Its ExplainerConfig. */
  explainer?: JsonObject;
  /** What it says to the programs, as JSON, with the baseline read. */
  explainerSettings?: string;
  startupTimeoutMs: number;
};

export const containersOf = (plan: VariantPlan): ContainerPlan[] =>
  plan.hosts === true ? [] : [plan, ...(plan.others ?? [])];
