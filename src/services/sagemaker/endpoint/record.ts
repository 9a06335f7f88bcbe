import type { EndpointEvent } from './lifecycle.ts';

export type EndpointBody = {
  name: string;
  arn: string;
  region: string;
  /** Name of the folder with the endpoint's files; no name of a user's ever is one. */
  folder: string;
  events: EndpointEvent[];
};

/** The log group of an endpoint. */
export const endpointLogGroup = (name: string): string => `/aws/sagemaker/Endpoints/${name}`;
