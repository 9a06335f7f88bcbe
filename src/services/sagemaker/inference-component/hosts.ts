import { everyRecord } from '../../every-record.ts';
import type { Context } from '../context.ts';
import type { VariantPlan } from '../endpoint/deployment.ts';
import { endpointLifecycle } from '../endpoint/lifecycle.ts';
import type { EndpointBody } from '../endpoint/record.ts';
import { fold } from '../history.ts';
import { find, idOf, invalid, type Place } from '../resource.ts';
import { placementProblem } from './placement.ts';
import { needsOf, specificationOf } from './plan.ts';
import type { ComponentBody } from './record.ts';

/** The variant of an endpoint that hosts components. Throws where there is none. */
export async function findHost(
  context: Context,
  place: Place,
  endpointName: string,
  variantName: string | undefined,
): Promise<{ endpoint: EndpointBody; host: VariantPlan }> {
  const { body: endpoint } = await find<EndpointBody>(context.records, place, 'endpoint', endpointName);
  const { status, deployment } = fold(endpointLifecycle, endpoint.events);
  if (status !== 'InService' && status !== 'Updating')
    throw invalid(
      `Endpoint "${endpoint.name}" is in status ${status}; an inference component needs one that is InService`,
    );
  const host = deployment.variants.find(({ name }) => variantName === undefined || name === variantName);
  if (host === undefined) throw invalid(`Variant "${variantName}" of endpoint "${endpoint.name}" does not exist`);
  if (host.hosts !== true)
    throw invalid(
      `Variant "${host.name}" of endpoint "${endpoint.name}" serves the model "${host.modelName}"; inference components need a variant without a ModelName`,
    );
  return { endpoint, host };
}

/** The components of an endpoint, with the plans that they have or are about to have. */
export async function componentsOn(
  { records }: Pick<Context, 'records'>,
  endpointName: string,
): Promise<{ body: ComponentBody; plan: VariantPlan }[]> {
  const found: { body: ComponentBody; plan: VariantPlan }[] = [];
  for await (const { body } of everyRecord<ComponentBody>(records, 'inference-component')) {
    if (idOf(body.component.endpoint) !== idOf(endpointName)) continue;
    const { deployment, update } = fold(endpointLifecycle, body.events);
    const plan = (update?.to ?? deployment).variants[0];
    if (plan !== undefined) found.push({ body, plan });
  }
  return found;
}

/** Throws where the copies of a component do not fit beside those of the others of its variant. */
export async function checkRoom(
  context: Context,
  { endpoint, host }: { endpoint: EndpointBody; host: VariantPlan },
  { name, plan }: { name: string; plan: VariantPlan },
): Promise<void> {
  const others = (await componentsOn(context, endpoint.name)).filter(
    ({ body }) => body.component.variant === host.name && idOf(body.name) !== idOf(name),
  );
  const all = [...others.map((other) => ({ name: other.body.name, plan: other.plan })), { name, plan }].map((each) => ({
    name: each.name,
    copies: each.plan.instanceCount,
    ...needsOf(specificationOf(each.plan)),
  }));
  const most = (host.scaling as { MaxInstanceCount?: number } | undefined)?.MaxInstanceCount;
  const instances = Math.max(host.instanceCount, most ?? 0);
  const problem = placementProblem({ instanceType: host.instanceType ?? '', instances }, all);
  if (problem !== undefined) throw invalid(problem);
}
