import type {
  UpdateEndpointCommandInput,
  UpdateEndpointCommandOutput,
  UpdateEndpointWeightsAndCapacitiesCommandInput,
  UpdateEndpointWeightsAndCapacitiesCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { instanceCountMax } from '../endpoint-config/record.ts';
import { appendEvent, fold } from '../history.ts';
import { componentsOn } from '../inference-component/hosts.ts';
import { arnOf, asJson, find, idOf, invalid, notFound, type Place } from '../resource.ts';
import type { Deployment } from './deployment.ts';
import { type EndpointEvent, type EndpointState, endpointLifecycle } from './lifecycle.ts';
import { planDeployment } from './plan.ts';
import type { EndpointBody } from './record.ts';
import { checkDeploymentConfig } from './rollout/checks.ts';

/** Changes an endpoint to another configuration. The new programs are up before the old ones get their last request. */
export async function updateEndpoint(
  context: Context,
  call: Call<UpdateEndpointCommandInput>,
): Promise<Omit<UpdateEndpointCommandOutput, '$metadata'>> {
  const { input } = call;
  const { body } = await find<EndpointBody>(context.records, call, 'endpoint', input.EndpointName ?? '');
  const planned = await planDeployment(context, call, input.EndpointConfigName ?? '');
  await checkComponents(context, body.name, planned);
  const excluded = new Set(
    (input.ExcludeRetainedVariantProperties ?? []).map(({ VariantPropertyType }) => VariantPropertyType),
  );
  const retained = (type: string): boolean => input.RetainAllVariantProperties === true && !excluded.has(type as never);
  if (input.DeploymentConfig !== undefined && input.RetainDeploymentConfig === true)
    throw invalid('DeploymentConfig and RetainDeploymentConfig cannot both be given');
  const before = fold(endpointLifecycle, body.events);
  const deploymentConfig =
    input.RetainDeploymentConfig === true
      ? before.deploymentConfig
      : input.DeploymentConfig && asJson(input.DeploymentConfig);
  const changed = ({ deployment }: EndpointState): Deployment => ({
    ...planned,
    variants: planned.variants.map((variant) => {
      const former = deployment.variants.find(({ name }) => name === variant.name);
      if (former === undefined) return variant;
      return {
        ...variant,
        ...(retained('DesiredWeight') ? { weight: former.weight } : {}),
        ...(retained('DesiredInstanceCount') ? { instanceCount: former.instanceCount } : {}),
      };
    }),
  });
  if (deploymentConfig !== undefined)
    await checkDeploymentConfig(context.records, deploymentConfig, before.deployment, changed(before));
  await request(context, call, body, (state) => ({
    type: 'update-requested',
    atMs: call.nowMs,
    deployment: changed(state),
    ...(deploymentConfig !== undefined && { deploymentConfig }),
  }));
  return { EndpointArn: body.arn };
}

/** Changes weights and numbers of instances of variants that are already served; programs that stay are not touched. */
export async function updateEndpointWeightsAndCapacities(
  context: Context,
  call: Call<UpdateEndpointWeightsAndCapacitiesCommandInput>,
): Promise<Omit<UpdateEndpointWeightsAndCapacitiesCommandOutput, '$metadata'>> {
  const { EndpointName = '', DesiredWeightsAndCapacities: desired = [] } = call.input;
  const { body } = await find<EndpointBody>(context.records, call, 'endpoint', EndpointName);
  const { deployment } = fold(endpointLifecycle, body.events);
  const unknown = desired.filter(({ VariantName }) => !deployment.variants.some(({ name }) => name === VariantName));
  if (unknown.length > 0) {
    const names = unknown.map(({ VariantName }) => VariantName).join(', ');
    throw invalid(
      `The variant name(s) "${names}" is/are not present within endpoint configuration "${deployment.configName}".`,
    );
  }
  for (const { VariantName, DesiredInstanceCount: count } of desired) {
    if (count !== undefined && (count < 1 || count > instanceCountMax)) {
      throw invalid(
        `DesiredInstanceCount of variant "${VariantName}" is ${count}; Linnet runs from 1 to ${instanceCountMax} programs per variant`,
      );
    }
  }
  await request(context, call, body, (state) => ({
    type: 'update-requested',
    atMs: call.nowMs,
    deployment: withDesired(state.deployment, desired),
  }));
  return { EndpointArn: body.arn };
}

function withDesired(
  deployment: Deployment,
  desired: UpdateEndpointWeightsAndCapacitiesCommandInput['DesiredWeightsAndCapacities'],
): Deployment {
  const variants = deployment.variants.map((variant) => {
    const { DesiredWeight, DesiredInstanceCount, ServerlessUpdateConfig } =
      desired?.find(({ VariantName }) => VariantName === variant.name) ?? {};
    return {
      ...variant,
      weight: DesiredWeight ?? variant.weight,
      instanceCount: DesiredInstanceCount ?? variant.instanceCount,
      ...(variant.serverless !== undefined &&
        ServerlessUpdateConfig !== undefined && {
          serverless: { ...variant.serverless, ...asJson(ServerlessUpdateConfig) },
        }),
    };
  });
  return { ...deployment, variants };
}

/** Components stay where they are: the variants that have some must stay theirs. */
async function checkComponents(context: Context, name: string, { configName, variants }: Deployment): Promise<void> {
  const hosts = variants.filter((variant) => variant.hosts === true).map((variant) => variant.name);
  const lost = (await componentsOn(context, name)).filter(({ body }) => !hosts.includes(body.component.variant));
  if (lost.length > 0)
    throw invalid(
      `Endpoint configuration "${configName}" has no variant without a ModelName for the inference components ${lost.map(({ body }) => body.name).join(', ')}; delete them first`,
    );
}

/** Adds the event that asks for a change. Throws AWS's text while another one is under way. */
async function request(
  context: Context,
  place: Place,
  { name }: EndpointBody,
  event: (state: EndpointState) => EndpointEvent,
): Promise<void> {
  const id = idOf(name);
  const outcome = await appendEvent<EndpointState, EndpointEvent, EndpointBody>(
    context.records,
    endpointLifecycle,
    id,
    event,
    { change: shortened },
  );
  if (outcome === undefined) throw notFound(place, 'endpoint', name);
  if (!outcome.applied) throw refused(place, name, outcome.state);
  context.changed('endpoint', id);
}

/** Each update adds a whole deployment: an endpoint whose weights are turned every minute would outgrow its record. */
const eventsMax = 100;

/** A long history of an endpoint in service, replaced by the shortest that leads to the same deployment. */
export function shortened<Body extends EndpointBody>(body: Body): Body {
  const { status, deployment, deploymentConfig, resolvedMs } = fold(endpointLifecycle, body.events);
  const created = body.events[0];
  if (body.events.length < eventsMax || status !== 'InService' || created === undefined) return body;
  return {
    ...body,
    events: [
      { type: 'created', atMs: created.atMs, deployment, ...(deploymentConfig !== undefined && { deploymentConfig }) },
      { type: 'started', atMs: resolvedMs },
    ],
  };
}

/** Why an endpoint takes no change now. */
export function refused(place: Place, name: string, { status }: EndpointState) {
  const arn = arnOf(place, 'endpoint', name);
  if (status === 'Failed')
    return invalid(`Cannot update endpoint "${arn}" in status Failed; delete it and create it again.`);
  // AWS's own text, for DeleteEndpoint too.
  return invalid(`Cannot update in-progress endpoint "${arn}".`);
}
