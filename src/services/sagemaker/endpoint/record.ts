import type { EndpointEvent } from './lifecycle.ts';

export type EndpointBody = {
  name: string;
  arn: string;
  region: string;
  /** Name of the folder with the endpoint's files; no name of a user's ever is one. */
  folder: string;
  events: EndpointEvent[];
  /** Set for an inference component, whose copies serve requests to this endpoint. */
  component?: { endpoint: string; variant: string };
};

/** The log group of an endpoint, or of an inference component. */
export const logGroupOf = ({ name, component }: Pick<EndpointBody, 'name' | 'component'>): string =>
  `/aws/sagemaker/${component === undefined ? 'Endpoints' : 'InferenceComponents'}/${name}`;
