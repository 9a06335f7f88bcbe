import type { CreateEndpointConfigCommandInput } from '@aws-sdk/client-sagemaker';
import type { JsonObject } from '../../../base/index.ts';

export type EndpointConfigBody = {
  name: string;
  arn: string;
  request: JsonObject;
};

export const configRequestOf = (body: EndpointConfigBody): CreateEndpointConfigCommandInput =>
  body.request as unknown as CreateEndpointConfigCommandInput;

/** Programs that serve one variant; each costs the memory of a whole program. */
export const instanceCountMax = 8;
