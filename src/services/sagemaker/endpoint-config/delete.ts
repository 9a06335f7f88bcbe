import type { DeleteEndpointConfigCommandInput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { find, idOf } from '../resource.ts';
import { tagsRemove } from '../tags/tags.ts';

/** Forgets an endpoint configuration. Endpoints made from it continue: they keep a copy of it. */
export async function deleteEndpointConfig(
  { records }: Context,
  call: Call<DeleteEndpointConfigCommandInput>,
): Promise<Record<string, never>> {
  const name = call.input.EndpointConfigName ?? '';
  await find(records, call, 'endpoint-config', name);
  const id = idOf(name);
  await records.write([{ remove: { kind: 'endpoint-config', id } }, tagsRemove('endpoint-config', id)]);
  return {};
}
