import type {
  DescribeInferenceComponentCommandInput,
  DescribeInferenceComponentCommandOutput,
  InferenceComponentStatus,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { RecordOf } from '../../../store/index.ts';
import type { Context } from '../context.ts';
import { endpointLifecycle, servedOf } from '../endpoint/lifecycle.ts';
import { fold } from '../history.ts';
import { arnOf, find, type Place } from '../resource.ts';
import { asComponents } from './deployment-config.ts';
import { specificationOf } from './plan.ts';
import { type ComponentBody, shownStatus } from './record.ts';

/** Everything about an inference component. */
export async function describeInferenceComponent(
  { records }: Context,
  call: Call<DescribeInferenceComponentCommandInput>,
): Promise<Omit<DescribeInferenceComponentCommandOutput, '$metadata'>> {
  const name = call.input.InferenceComponentName ?? '';
  return componentDescription(await find<ComponentBody>(records, call, 'inference-component', name), call);
}

function componentDescription(
  { body, createdAtMs }: RecordOf<ComponentBody>,
  place: Place,
): Omit<DescribeInferenceComponentCommandOutput, '$metadata'> {
  const state = fold(endpointLifecycle, body.events);
  const current = state.deployment.variants[0]!;
  const desired = state.update?.to.variants[0] ?? current;
  const { Container, ModelName, StartupParameters, ComputeResourceRequirements, ...more } = specificationOf(current);
  const isUp = !['Creating', 'Failed', 'Deleting'].includes(state.status);
  const { endpoint, variant } = body.component;
  return {
    InferenceComponentName: body.name,
    InferenceComponentArn: body.arn,
    EndpointName: endpoint,
    EndpointArn: arnOf(place, 'endpoint', endpoint),
    VariantName: variant,
    FailureReason: state.failureReason,
    Specification: {
      ...more,
      ModelName,
      Container: Container && {
        DeployedImage: {
          SpecifiedImage: current.image,
          ResolvedImage: current.image,
          ResolutionTime: new Date(state.resolvedMs),
        },
        ArtifactUrl: Container.ArtifactUrl,
        Environment: Container.Environment,
      },
      StartupParameters,
      ComputeResourceRequirements,
    } as DescribeInferenceComponentCommandOutput['Specification'],
    RuntimeConfig: {
      DesiredCopyCount: desired.instanceCount,
      CurrentCopyCount: isUp ? (servedOf(state).variants[0]?.instanceCount ?? 0) : 0,
    },
    CreationTime: new Date(createdAtMs),
    LastModifiedTime: new Date(state.modifiedMs),
    LastDeploymentConfig: state.deploymentConfig && asComponents(state.deploymentConfig),
    InferenceComponentStatus: shownStatus(state.status) as InferenceComponentStatus,
  };
}
