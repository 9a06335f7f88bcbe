import type {
  DeleteInferenceComponentCommandInput,
  UpdateInferenceComponentCommandInput,
  UpdateInferenceComponentCommandOutput,
  UpdateInferenceComponentRuntimeConfigCommandInput,
  UpdateInferenceComponentRuntimeConfigCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import type { VariantPlan } from '../endpoint/deployment.ts';
import { componentLifecycle, type EndpointEvent, type EndpointState } from '../endpoint/lifecycle.ts';
import { checkDeploymentConfig } from '../endpoint/rollout/checks.ts';
import { shortened } from '../endpoint/update.ts';
import { appendEvent, fold } from '../history.ts';
import { find, idOf, invalid, notFound, type Origin, type Place } from '../resource.ts';
import { checkCopies } from './create.ts';
import { asEndpoints } from './deployment-config.ts';
import { checkRoom, findHost } from './hosts.ts';
import { planComponent, specificationOf } from './plan.ts';
import { type ComponentBody, shownStatus } from './record.ts';

/** Changes what a component runs, or how many copies of it. New copies are up before old ones get their last request. */
export async function updateInferenceComponent(
  context: Context,
  call: Call<UpdateInferenceComponentCommandInput>,
): Promise<Omit<UpdateInferenceComponentCommandOutput, '$metadata'>> {
  const {
    InferenceComponentName: name = '',
    Specification,
    Specifications,
    RuntimeConfig,
    DeploymentConfig,
  } = call.input;
  if (Specifications !== undefined) throw invalid('Specifications is not offered by Linnet; give one Specification');
  if (Specification === undefined && RuntimeConfig === undefined)
    throw invalid('An update of an inference component needs a Specification or a RuntimeConfig');
  const arn = await change(
    context,
    call,
    name,
    async (current, host) => {
      const copies = checkCopies(RuntimeConfig?.CopyCount ?? current.instanceCount);
      if (Specification === undefined) return { ...current, instanceCount: copies };
      // What an update leaves out stays.
      const { ModelName, Container, ...kept } = specificationOf(current);
      const served = (Specification.ModelName ?? Specification.Container) ? {} : { ModelName, Container };
      const specification = { ...kept, ...served, ...Specification };
      return planComponent(context, call, host, { name, specification, copies });
    },
    DeploymentConfig && asEndpoints(DeploymentConfig),
  );
  return { InferenceComponentArn: arn };
}

/** Changes the number of copies; those that stay are not touched. */
export async function updateInferenceComponentRuntimeConfig(
  context: Context,
  call: Call<UpdateInferenceComponentRuntimeConfigCommandInput>,
): Promise<Omit<UpdateInferenceComponentRuntimeConfigCommandOutput, '$metadata'>> {
  const { InferenceComponentName: name = '', DesiredRuntimeConfig } = call.input;
  const arn = await change(context, call, name, async (current) => ({
    ...current,
    instanceCount: checkCopies(DesiredRuntimeConfig?.CopyCount ?? current.instanceCount),
  }));
  return { InferenceComponentArn: arn };
}

/** Takes a component out of service; its driver ends the copies and forgets it. */
export async function deleteInferenceComponent(
  context: Context,
  call: Call<DeleteInferenceComponentCommandInput>,
): Promise<Record<string, never>> {
  const name = call.input.InferenceComponentName ?? '';
  await request(context, call, name, { type: 'delete-requested', atMs: call.nowMs });
  return {};
}

async function change(
  context: Context,
  call: Origin,
  name: string,
  changed: (current: VariantPlan, host: VariantPlan) => Promise<VariantPlan>,
  deploymentConfig?: JsonObject,
): Promise<string> {
  const { body } = await find<ComponentBody>(context.records, call, 'inference-component', name);
  const { endpoint, host } = await findHost(context, call, body.component.endpoint, body.component.variant);
  const before = fold(componentLifecycle, body.events).deployment;
  const plan = await changed(before.variants[0]!, host);
  const deployment = { configName: '', variants: [plan] };
  if (deploymentConfig !== undefined)
    await checkDeploymentConfig(context.records, deploymentConfig, before, deployment);
  await checkRoom(context, { endpoint, host }, { name, plan });
  await request(context, call, name, {
    type: 'update-requested',
    atMs: call.nowMs,
    deployment,
    ...(deploymentConfig !== undefined && { deploymentConfig }),
  });
  return body.arn;
}

/** Adds the event that asks for a change. Throws while another one is under way. */
async function request(context: Context, place: Place, name: string, event: EndpointEvent): Promise<void> {
  const id = idOf(name);
  const outcome = await appendEvent<EndpointState, EndpointEvent, ComponentBody>(
    context.records,
    componentLifecycle,
    id,
    () => event,
    { change: shortened },
  );
  if (outcome === undefined) throw notFound(place, 'inference-component', name);
  const { status } = outcome.state;
  // A second request for a deletion under way is not a mistake.
  if (!outcome.applied && !(event.type === 'delete-requested' && status === 'Deleting'))
    throw invalid(
      status === 'Failed'
        ? `Inference component "${name}" is Failed; delete it and create it again.`
        : `Cannot update in-progress inference component "${name}": its status is ${shownStatus(status)}.`,
    );
  context.changed('inference-component', id);
}
