import type { ClarifyExplainerConfig, CreateModelCommandInput, ProductionVariant } from '@aws-sdk/client-sagemaker';
import { DataError } from '../../../base/index.ts';
import { startupTimeoutMs } from '../../../contract/index.ts';
import type { Context } from '../context.ts';
import { explainerSettings } from '../endpoint-config/explainer.ts';
import { configRequestOf, type EndpointConfigBody } from '../endpoint-config/record.ts';
import { planContainers } from '../model/container-plan.ts';
import { isDirect, type ModelBody, servedRequestOf } from '../model/record.ts';
import { asJson, find, invalid, type Place } from '../resource.ts';
import type { Deployment, VariantPlan } from './deployment.ts';

/** Copies everything an endpoint needs from a configuration and its models. Throws AWS's "Could not find". */
export async function planDeployment(context: Context, place: Place, configName: string): Promise<Deployment> {
  const { body } = await find<EndpointConfigBody>(context.records, place, 'endpoint-config', configName);
  const variants: VariantPlan[] = [];
  const {
    ProductionVariants = [],
    ShadowProductionVariants = [],
    DataCaptureConfig: capture,
    AsyncInferenceConfig: async,
    ExplainerConfig: explainer,
    ExecutionRoleArn,
    EnableNetworkIsolation,
  } = configRequestOf(body);
  const ofAll = {
    ...(capture !== undefined && { capture: asJson(capture) }),
    ...(async !== undefined && { async: asJson(async) }),
    ...(explainer !== undefined && { explainer: asJson(explainer) }),
  };
  const explaining = explainer?.ClarifyExplainerConfig;
  const host = {
    ...(ExecutionRoleArn !== undefined && { role: ExecutionRoleArn }),
    ...(EnableNetworkIsolation === true && { isolated: true }),
  };
  for (const variant of ProductionVariants) {
    if (variant.ModelName === undefined) {
      variants.push({ ...planHost(context, variant), ...host, ...ofAll });
      continue;
    }
    const plan = { ...(await planVariant(context, place, variant)), ...ofAll };
    variants.push(await withExplainer(context, plan, explaining));
  }
  for (const variant of ShadowProductionVariants)
    variants.push({ ...(await planVariant(context, place, variant)), ...ofAll, shadow: true });
  return { configName: body.name, variants };
}

async function planVariant(context: Context, place: Place, variant: ProductionVariant): Promise<VariantPlan> {
  const { body } = await find<ModelBody>(context.records, place, 'model', variant.ModelName ?? '');
  return planOf(context, servedRequestOf(body), variant);
}

/** A variant that inference components are placed on. */
const planHost = (context: Context, variant: ProductionVariant): VariantPlan => ({
  ...ownPlan(variant),
  modelName: '',
  hosts: true,
  image: '',
  folder: context.newId(),
  environment: {},
});

/** The plan of a variant that serves a model. */
export function planOf(context: Context, model: CreateModelCommandInput, variant: ProductionVariant): VariantPlan {
  const [first, ...others] = planContainers(context, model);
  if (first === undefined) throw new TypeError(`Model ${model.ModelName} has no container`);
  return {
    ...ownPlan(variant),
    modelName: model.ModelName ?? '',
    ...(model.ExecutionRoleArn !== undefined && { role: model.ExecutionRoleArn }),
    ...first,
    ...(others.length > 0 && { others }),
    ...(isDirect(model) && { direct: true }),
    ...(model.EnableNetworkIsolation === true && { isolated: true }),
  };
}

/** What the variant says itself. */
function ownPlan(variant: ProductionVariant) {
  const managed = variant.ManagedInstanceScaling;
  const timeoutSeconds = variant.ContainerStartupHealthCheckTimeoutInSeconds;
  return {
    name: variant.VariantName ?? '',
    ...(variant.InstanceType !== undefined && { instanceType: variant.InstanceType }),
    weight: variant.InitialVariantWeight ?? 1,
    // A serverless variant is one program, which rests while there are no requests.
    instanceCount: variant.InitialInstanceCount ?? 1,
    ...(managed?.Status === 'ENABLED' && { scaling: asJson(managed) }),
    ...(variant.ServerlessConfig === undefined ? {} : { serverless: asJson(variant.ServerlessConfig) }),
    startupTimeoutMs: timeoutSeconds === undefined ? startupTimeoutMs : timeoutSeconds * 1000,
  };
}

/** With what the programs of the variant are told of its explainer: a baseline in S3 may change, theirs does not. */
async function withExplainer(
  context: Context,
  plan: VariantPlan,
  config: ClarifyExplainerConfig | undefined,
): Promise<VariantPlan> {
  if (config === undefined) return plan;
  const settings = await explainerSettings(config, await context.objectsAs(plan.role)).catch((thrown: unknown) => {
    throw thrown instanceof DataError ? invalid(thrown.message) : thrown;
  });
  return { ...plan, explainerSettings: JSON.stringify(settings) };
}
