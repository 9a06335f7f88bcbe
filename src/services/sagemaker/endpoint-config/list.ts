import type { ListEndpointConfigsCommandInput, ListEndpointConfigsCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import type { Context } from '../context.ts';
import { listPage } from '../paging.ts';
import type { EndpointConfigBody } from './record.ts';

/** One page of endpoint configurations, newest first unless asked otherwise. */
export async function listEndpointConfigs(
  { records }: Context,
  { input }: Call<ListEndpointConfigsCommandInput>,
): Promise<Omit<ListEndpointConfigsCommandOutput, '$metadata'>> {
  const page = await listPage<EndpointConfigBody>(records, 'endpoint-config', input);
  const configs = page.records.map(({ body, createdAtMs }) => ({
    EndpointConfigName: body.name,
    EndpointConfigArn: body.arn,
    CreationTime: new Date(createdAtMs),
  }));
  return { EndpointConfigs: configs, NextToken: page.nextToken };
}
