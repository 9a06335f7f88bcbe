import type { CreateEndpointCommandInput, CreateEndpointCommandOutput } from '@aws-sdk/client-sagemaker';
import { Conflict } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { alreadyExists, arnOf, idOf } from '../resource.ts';
import { checkTags, tagsPut } from '../tags/tags.ts';
import { planDeployment } from './plan.ts';
import type { EndpointBody } from './record.ts';

/** Accepts an endpoint; its driver starts the programs. The configuration and its models must exist. */
export async function createEndpoint(
  context: Context,
  call: Call<CreateEndpointCommandInput>,
): Promise<Omit<CreateEndpointCommandOutput, '$metadata'>> {
  const { input } = call;
  const name = input.EndpointName ?? '';
  const id = idOf(name);
  const tags = checkTags(input.Tags);
  const existing = await context.records.get<EndpointBody>('endpoint', id);
  if (existing !== undefined) throw alreadyExists('endpoint', existing.body.arn);
  const deployment = await planDeployment(context, call, input.EndpointConfigName ?? '');

  const arn = arnOf(call, 'endpoint', name);
  const atMs = call.nowMs;
  const body: EndpointBody = {
    name,
    arn,
    region: call.region,
    folder: context.newId(),
    events: [{ type: 'created', atMs, deployment }],
  };
  try {
    await context.records.write([
      {
        put: { kind: 'endpoint', id, status: 'Creating', createdAtMs: atMs, updatedAtMs: atMs, body },
        expect: 'absent',
      },
      tagsPut('endpoint', id, tags, atMs),
    ]);
  } catch (thrown) {
    if (thrown instanceof Conflict) throw alreadyExists('endpoint', arn);
    throw thrown;
  }
  context.changed('endpoint', id);
  return { EndpointArn: arn };
}
