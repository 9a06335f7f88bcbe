import { assert } from '../base/index.ts';
import type { Family } from './authenticate/refusals.ts';
import type { Side } from './exchange.ts';
import { loadModel, type OperationModel } from './model/service-model.ts';
import type { ServiceName, ServiceTable } from './operation.ts';
import { awsJson } from './protocols/aws-json.ts';
import type { Protocol } from './protocols/protocol.ts';
import { query } from './protocols/query.ts';
import { restJson } from './protocols/rest-json.ts';
import { compileRoutes } from './protocols/s3-route.ts';

const protocols: Readonly<Record<string, Protocol>> = { json: awsJson, 'rest-json': restJson, query };

export const families: Readonly<Record<ServiceName, Family>> = {
  sagemaker: 'json',
  'sagemaker-runtime': 'json',
  'sagemaker-metrics': 'json',
  logs: 'json',
  sts: 'query',
  iam: 'query',
  s3: 's3',
};

/** Joins each service's operations with its model. Throws AssertionError for an operation that the model does not have. */
export function sidesOf(services: readonly ServiceTable[]): Map<ServiceName, Side> {
  const sides = new Map<ServiceName, Side>();
  for (const table of services) {
    const model = loadModel(table.service);
    for (const name of Object.keys(table.operations)) {
      const operation = model.operation(name);
      assert(operation !== undefined, `models/${table.service}.json has no operation ${name}`);
      assert(!answersInEvents(operation), `${name} answers with an event stream, which the gateway cannot write`);
    }
    const protocol = protocols[model.protocol];
    sides.set(table.service, { model, table, protocol, routes: compileRoutes(model.bindings) });
  }
  return sides;
}

export const answersInEvents = ({ output }: Pick<OperationModel, 'output'>): boolean =>
  output.members.some(({ shape }) => shape.eventStream);
