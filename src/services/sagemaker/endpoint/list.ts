import type { ListEndpointsCommandInput, ListEndpointsCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { fold } from '../history.ts';
import { listPage } from '../paging.ts';
import { endpointLifecycle } from './lifecycle.ts';
import type { EndpointBody } from './record.ts';

/** One page of endpoints, newest first unless asked otherwise. */
export async function listEndpoints(
  { records }: Context,
  { input }: Call<ListEndpointsCommandInput>,
): Promise<Omit<ListEndpointsCommandOutput, '$metadata'>> {
  const page = await listPage<EndpointBody>(records, 'endpoint', input);
  const endpoints = page.records.map(({ body, createdAtMs }) => {
    const state = fold(endpointLifecycle, body.events);
    return {
      EndpointName: body.name,
      EndpointArn: body.arn,
      CreationTime: new Date(createdAtMs),
      LastModifiedTime: new Date(state.modifiedMs),
      EndpointStatus: state.status,
    };
  });
  return { Endpoints: endpoints, NextToken: page.nextToken };
}
