import type {
  CreateInferenceComponentCommandInput,
  CreateInferenceComponentCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { instanceCountMax } from '../endpoint-config/record.ts';
import { arnOf, invalid } from '../resource.ts';
import { checkTags } from '../tags/tags.ts';
import { checkRoom, findHost } from './hosts.ts';
import { planComponent } from './plan.ts';
import type { ComponentBody } from './record.ts';

/** Accepts a component; its driver starts the copies. The endpoint must be in service, and have room for them. */
export async function createInferenceComponent(
  context: Context,
  call: Call<CreateInferenceComponentCommandInput>,
): Promise<Omit<CreateInferenceComponentCommandOutput, '$metadata'>> {
  const { InferenceComponentName: name = '', EndpointName = '', VariantName, Specification, Tags } = call.input;
  const tags = checkTags(Tags);
  if (call.input.Specifications !== undefined)
    throw invalid('Specifications is not offered by Linnet; give one Specification');
  if (Specification === undefined) throw invalid('An inference component needs a Specification');
  await checkFree(context, 'inference-component', name);
  const { endpoint, host } = await findHost(context, call, EndpointName, VariantName);
  const copies = checkCopies(call.input.RuntimeConfig?.CopyCount ?? 1);
  const plan = await planComponent(context, call, host, { name, specification: Specification, copies });
  await checkRoom(context, { endpoint, host }, { name, plan });
  const body: ComponentBody = {
    name,
    arn: arnOf(call, 'inference-component', name),
    region: call.region,
    folder: context.newId(),
    component: { endpoint: endpoint.name, variant: host.name },
    events: [{ type: 'created', atMs: call.nowMs, deployment: { configName: '', variants: [plan] } }],
  };
  const InferenceComponentArn = await addResource(context, {
    kind: 'inference-component',
    status: 'Creating',
    nowMs: call.nowMs,
    tags,
    body,
  });
  return { InferenceComponentArn };
}

/** Each copy costs the memory of a whole program. */
export function checkCopies(count: number): number {
  if (count > instanceCountMax)
    throw invalid(`CopyCount is ${count}; Linnet runs at most ${instanceCountMax} copies of an inference component`);
  return count;
}
