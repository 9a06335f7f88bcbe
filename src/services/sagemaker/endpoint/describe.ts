import type {
  AsyncInferenceConfig,
  DataCaptureConfig,
  DataCaptureConfigSummary,
  DescribeEndpointCommandInput,
  DescribeEndpointCommandOutput,
  ExplainerConfig,
  PendingDeploymentSummary,
  PendingProductionVariantSummary,
  ProductionVariantInstanceType,
  ProductionVariantStatus,
  ProductionVariantSummary,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { holdWhileBusy } from '../hold.ts';
import { find, idOf } from '../resource.ts';
import { containersOf, type VariantPlan } from './deployment.ts';
import { type EndpointState, endpointLifecycle, servedOf, type Update } from './lifecycle.ts';
import type { EndpointBody } from './record.ts';
import { managedOf } from './scaling/rule.ts';

type Answer = Partial<Omit<DescribeEndpointCommandOutput, '$metadata'>>;

const busy: readonly string[] = ['Creating', 'Updating', 'RollingBack', 'Deleting'];

/** Everything about an endpoint. For a caller that would sleep meanwhile, the answer waits until it is in service, failed or gone. */
export async function describeEndpoint(context: Context, call: Call<DescribeEndpointCommandInput>): Promise<Answer> {
  const name = call.input.EndpointName ?? '';
  const record = await holdWhileBusy(context, call, {
    kind: 'endpoint',
    name,
    read: () => find<EndpointBody>(context.records, call, 'endpoint', name),
    // Without an update, the last change of a busy endpoint is the work it is busy with.
    busySinceMs: ({ status, updatedAtMs, body }) =>
      busy.includes(status) ? (fold(endpointLifecycle, body.events).update?.startedMs ?? updatedAtMs) : undefined,
  });
  const answer = endpointDescription(record);
  const routes = context.live.get(context.region, idOf(name))?.routes;
  for (const variant of answer.ProductionVariants ?? []) {
    const pool = routes?.find((route) => route.variant === variant.VariantName)?.pool;
    // Programs that rest are none.
    if (pool !== undefined && variant.CurrentInstanceCount !== undefined) variant.CurrentInstanceCount = pool.upCount;
  }
  const capture = answer.DataCaptureConfig;
  if (capture?.EnableCapture && context.captures.isFailing(context.region, record.body.name))
    answer.DataCaptureConfig = { ...capture, CaptureStatus: 'Stopped' };
  return answer;
}

/** What a Describe answers, for a record. */
export function endpointDescription({ body, createdAtMs }: RecordOf<EndpointBody>): Answer {
  const state = fold(endpointLifecycle, body.events);
  const variants = state.deployment.variants;
  const shadows = variants.filter(({ shadow }) => shadow === true);
  return {
    EndpointName: body.name,
    EndpointArn: body.arn,
    EndpointConfigName: state.deployment.configName,
    ProductionVariants: variants
      .filter(({ shadow }) => shadow !== true)
      .map((variant) => summary(state, variant, state.resolvedMs)),
    ...(shadows.length > 0 && {
      ShadowProductionVariants: shadows.map((variant) => summary(state, variant, state.resolvedMs)),
    }),
    DataCaptureConfig: captureSummary(variants[0]),
    ExplainerConfig: variants[0]?.explainer as ExplainerConfig | undefined,
    AsyncInferenceConfig: variants[0]?.async as AsyncInferenceConfig | undefined,
    EndpointStatus: state.status,
    FailureReason: state.failureReason,
    CreationTime: new Date(createdAtMs),
    LastModifiedTime: new Date(state.modifiedMs),
    ...(state.deploymentConfig === undefined ? {} : { LastDeploymentConfig: state.deploymentConfig as object }),
    ...(state.update === undefined ? {} : { PendingDeploymentSummary: pendingSummary(state, state.update) }),
  } as Answer;
}

function captureSummary(variant: VariantPlan | undefined): DataCaptureConfigSummary | undefined {
  const config = variant?.capture as DataCaptureConfig | undefined;
  if (config === undefined) return undefined;
  const isOn = config.EnableCapture === true;
  return {
    EnableCapture: isOn,
    CaptureStatus: isOn ? 'Started' : 'Stopped',
    CurrentSamplingPercentage: config.InitialSamplingPercentage,
    DestinationS3Uri: config.DestinationS3Uri,
    // Amazon answers an empty text where there is no key.
    KmsKeyId: config.KmsKeyId ?? '',
  };
}

/** The deployment that an update leads to, and how far it has come. */
function pendingSummary(state: EndpointState, update: Update): PendingDeploymentSummary {
  const summaries = (isShadow: boolean) =>
    update.to.variants
      .filter(({ shadow }) => (shadow === true) === isShadow)
      .map(
        (variant): PendingProductionVariantSummary => ({
          ...summary(state, variant, update.startedMs),
          ...(variant.instanceType !== undefined && {
            InstanceType: variant.instanceType as ProductionVariantInstanceType,
          }),
          VariantStatus: [variantStatus(state, update)],
        }),
      );
  const shadows = summaries(true);
  return {
    EndpointConfigName: update.to.configName,
    ProductionVariants: summaries(false),
    ...(shadows.length > 0 && { ShadowProductionVariants: shadows }),
    StartTime: new Date(update.startedMs),
  };
}

function variantStatus({ status }: EndpointState, { stage, startedMs, stageMs }: Update): ProductionVariantStatus {
  if (status === 'RollingBack') return { Status: 'Deleting', StartTime: new Date(stageMs) };
  return stage === -1
    ? { Status: 'Creating', StartTime: new Date(startedMs) }
    : { Status: 'Baking', StartTime: new Date(stageMs) };
}

/** A variant as it is, and as an update is to make it. */
function summary(state: EndpointState, variant: VariantPlan, resolvedMs: number): ProductionVariantSummary {
  // One that keeps its programs gets other weights and numbers in place.
  const desired = state.update?.to.variants.find(({ folder }) => folder === variant.folder) ?? variant;
  const isUp = state.status !== 'Creating' && state.status !== 'Failed';
  const served = servedOf(state).variants.find(({ folder }) => folder === variant.folder);
  const common = {
    VariantName: variant.name,
    // Linnet's programs have no digest: the image that was asked for is the one that runs.
    ...(variant.hosts !== true && {
      DeployedImages: containersOf(variant).map(({ image }) => ({
        SpecifiedImage: image,
        ResolvedImage: image,
        ResolutionTime: new Date(resolvedMs),
      })),
    }),
    CurrentWeight: variant.weight,
    DesiredWeight: desired.weight,
  };
  if (variant.serverless !== undefined) {
    const config = variant.serverless as unknown as ProductionVariantSummary['CurrentServerlessConfig'];
    return { ...common, CurrentServerlessConfig: config, DesiredServerlessConfig: config };
  }
  return {
    ...common,
    ...(variant.scaling !== undefined && { ManagedInstanceScaling: managedOf(variant.scaling) }),
    CurrentInstanceCount: isUp ? (served?.instanceCount ?? 0) : 0,
    DesiredInstanceCount: desired.instanceCount,
  };
}
