import type { CreateEndpointCommandInput, CreateEndpointCommandOutput } from '@aws-sdk/client-sagemaker';
import type { Call } from '../../../gateway/index.ts';
import { addResource, checkFree } from '../add-resource.ts';
import type { Context } from '../context.ts';
import { arnOf, asJson, type Origin } from '../resource.ts';
import { checkTags } from '../tags/tags.ts';
import { planDeployment } from './plan.ts';
import type { EndpointBody } from './record.ts';
import { checkDeploymentConfig } from './rollout/checks.ts';

/** Accepts an endpoint; its driver starts the programs. The configuration and its models must exist. */
export const createEndpoint = async (
  context: Context,
  call: Call<CreateEndpointCommandInput>,
): Promise<Omit<CreateEndpointCommandOutput, '$metadata'>> => ({
  EndpointArn: await addEndpoint(context, call, call.input),
});

/** The same without a request, for code that makes endpoints; returns the ARN. */
export async function addEndpoint(
  context: Context,
  origin: Origin,
  input: CreateEndpointCommandInput,
): Promise<string> {
  const { region, nowMs } = origin;
  const name = input.EndpointName ?? '';
  const tags = checkTags(input.Tags);
  await checkFree(context, 'endpoint', name);
  const deployment = await planDeployment(context, origin, input.EndpointConfigName ?? '');
  const config = input.DeploymentConfig;
  if (config !== undefined) await checkDeploymentConfig(context.records, config, deployment, deployment);
  const deploymentConfig = config === undefined ? {} : { deploymentConfig: asJson(config) };
  const body: EndpointBody = {
    name,
    arn: arnOf(origin, 'endpoint', name),
    region,
    folder: context.newId(),
    events: [{ type: 'created', atMs: nowMs, deployment, ...deploymentConfig }],
  };
  return addResource(context, { kind: 'endpoint', status: 'Creating', nowMs, tags, body });
}
