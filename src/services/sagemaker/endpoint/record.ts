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

/** What requests, metrics and logs know an endpoint by, or an inference component beside its endpoint. */
export interface ServedName {
  name: string;
  component?: string;
}

export const servedNameOf = ({ name, component }: Pick<EndpointBody, 'name' | 'component'>): ServedName =>
  component === undefined ? { name } : { name: component.endpoint, component: name };

export const logGroupOf = ({ name, component }: ServedName): string =>
  `/aws/sagemaker/${component === undefined ? `Endpoints/${name}` : `InferenceComponents/${component}`}`;
