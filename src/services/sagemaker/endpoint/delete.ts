import type { DeleteEndpointCommandInput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { appendEvent } from '../history.ts';
import { componentsOn } from '../inference-component/hosts.ts';
import { idOf, invalid, notFound } from '../resource.ts';
import { type EndpointEvent, type EndpointState, endpointLifecycle } from './lifecycle.ts';
import type { EndpointBody } from './record.ts';
import { refused } from './update.ts';

/** Takes an endpoint out of service; its driver ends the programs and forgets it. Not while it is being created or updated. */
export async function deleteEndpoint(
  context: Context,
  call: Call<DeleteEndpointCommandInput>,
): Promise<Record<string, never>> {
  const name = call.input.EndpointName ?? '';
  const id = idOf(name);
  const components = await componentsOn(context, name);
  if (components.length > 0)
    throw invalid(
      `Endpoint "${name}" has inference components, which must be deleted first: ${components.map(({ body }) => body.name).join(', ')}`,
    );
  const outcome = await appendEvent<EndpointState, EndpointEvent, EndpointBody>(
    context.records,
    endpointLifecycle,
    id,
    () => ({
      type: 'delete-requested',
      atMs: call.nowMs,
    }),
  );
  if (outcome === undefined) throw notFound(call, 'endpoint', name);
  // A second request for a deletion under way is not a mistake.
  if (!outcome.applied && outcome.state.status !== 'Deleting') throw refused(call, name, outcome.state);
  context.changed('endpoint', id);
  return {};
}
