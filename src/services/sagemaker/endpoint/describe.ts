import type {
  DataCaptureConfig,
  DataCaptureConfigSummary,
  DescribeEndpointCommandInput,
  DescribeEndpointCommandOutput,
  ProductionVariantSummary,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { holdWhileBusy } from '../hold.ts';
import { find } from '../resource.ts';
import { containersOf, type EndpointState, endpointLifecycle, type VariantPlan } from './lifecycle.ts';
import type { EndpointBody } from './record.ts';

type Answer = Partial<Omit<DescribeEndpointCommandOutput, '$metadata'>>;

const busy: readonly string[] = ['Creating', 'Updating', 'Deleting'];

/** Everything about an endpoint. For a caller that would sleep meanwhile, the answer waits until it is in service, failed or gone. */
export async function describeEndpoint(context: Context, call: Call<DescribeEndpointCommandInput>): Promise<Answer> {
  const name = call.input.EndpointName ?? '';
  const record = await holdWhileBusy(context, call, {
    kind: 'endpoint',
    name,
    read: () => find<EndpointBody>(context.records, call, 'endpoint', name),
    // The last change of a busy endpoint is the work it is busy with.
    busySinceMs: ({ status, updatedAtMs }) => (busy.includes(status) ? updatedAtMs : undefined),
  });
  const answer = endpointDescription(record);
  const capture = answer.DataCaptureConfig;
  if (capture?.EnableCapture && context.captures.isFailing(context.region, record.body.name))
    answer.DataCaptureConfig = { ...capture, CaptureStatus: 'Stopped' };
  return answer;
}

/** What a Describe answers, for a record. */
export function endpointDescription({ body, createdAtMs }: RecordOf<EndpointBody>): Answer {
  const state = fold(endpointLifecycle, body.events);
  return {
    EndpointName: body.name,
    EndpointArn: body.arn,
    EndpointConfigName: state.deployment.configName,
    ProductionVariants: state.deployment.variants.map((variant) => summary(state, variant)),
    DataCaptureConfig: captureSummary(state.deployment.variants[0]),
    EndpointStatus: state.status,
    FailureReason: state.failureReason,
    CreationTime: new Date(createdAtMs),
    LastModifiedTime: new Date(state.modifiedMs),
    ...(state.deploymentConfig === undefined ? {} : { LastDeploymentConfig: state.deploymentConfig as object }),
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

/** A variant as it is, and as an update is to make it. */
function summary(state: EndpointState, variant: VariantPlan): ProductionVariantSummary {
  const desired = state.pending?.variants.find(({ name }) => name === variant.name) ?? variant;
  const isUp = state.status !== 'Creating' && state.status !== 'Failed';
  const common = {
    VariantName: variant.name,
    // Linnet's programs have no digest: the image that was asked for is the one that runs.
    DeployedImages: containersOf(variant).map(({ image }) => ({
      SpecifiedImage: image,
      ResolvedImage: image,
      ResolutionTime: new Date(state.resolvedMs),
    })),
    CurrentWeight: variant.weight,
    DesiredWeight: desired.weight,
  };
  if (variant.serverless !== undefined) {
    const config = variant.serverless as unknown as ProductionVariantSummary['CurrentServerlessConfig'];
    return { ...common, CurrentServerlessConfig: config, DesiredServerlessConfig: config };
  }
  return {
    ...common,
    CurrentInstanceCount: isUp ? variant.instanceCount : 0,
    DesiredInstanceCount: desired.instanceCount,
  };
}
