import type {
  InferenceComponentStatus,
  ListInferenceComponentsCommandInput,
  ListInferenceComponentsCommandOutput,
} from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { endpointLifecycle } from '../endpoint/lifecycle.ts';
import { fold } from '../history.ts';
import { listPage } from '../paging.ts';
import { arnOf, idOf } from '../resource.ts';
import { type ComponentBody, shownStatus } from './record.ts';

/** One page of inference components, newest first unless asked otherwise. */
export async function listInferenceComponents(
  { records }: Context,
  call: Call<ListInferenceComponentsCommandInput>,
): Promise<Omit<ListInferenceComponentsCommandOutput, '$metadata'>> {
  const { EndpointNameEquals: endpoint, VariantNameEquals: variant, ...input } = call.input;
  const page = await listPage<ComponentBody>(records, 'inference-component', input, {
    where: ({ body: { component } }) =>
      (endpoint === undefined || idOf(component.endpoint) === idOf(endpoint)) &&
      (variant === undefined || component.variant === variant),
    question: [endpoint ?? '', variant ?? ''],
  });
  const components = page.records.map(({ body, createdAtMs }) => {
    const state = fold(endpointLifecycle, body.events);
    return {
      InferenceComponentName: body.name,
      InferenceComponentArn: body.arn,
      EndpointName: body.component.endpoint,
      EndpointArn: arnOf(call, 'endpoint', body.component.endpoint),
      VariantName: body.component.variant,
      CreationTime: new Date(createdAtMs),
      LastModifiedTime: new Date(state.modifiedMs),
      InferenceComponentStatus: shownStatus(state.status) as InferenceComponentStatus,
    };
  });
  return { InferenceComponents: components, NextToken: page.nextToken };
}
