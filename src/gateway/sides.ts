import { assert } from '../base/index.ts';
import type { Side } from './exchange.ts';
import type { WireRequest } from './http/wire-request.ts';
import { loadModel, type OperationModel, type ProtocolName } from './model/service-model.ts';
import type { ServiceName, ServiceTable } from './operation.ts';
import { awsJson } from './protocols/aws-json.ts';
import type { Protocol } from './protocols/protocol.ts';
import { query } from './protocols/query.ts';
import { restJson } from './protocols/rest-json.ts';
import { rpcV2Cbor } from './protocols/rpc-v2-cbor.ts';
import { compileRoutes } from './protocols/s3-route.ts';

const protocols: Readonly<Partial<Record<ProtocolName, Protocol>>> = {
  'smithy-rpc-v2-cbor': rpcV2Cbor,
  json: awsJson,
  'rest-json': restJson,
  query,
};

/** Of services that Linnet does not have; most of Amazon's speak JSON. */
const unmodelled: readonly Protocol[] = [rpcV2Cbor, query, awsJson];

/** The format of a request to a service: the last of the service's where it shows none. Undefined for S3. */
export function protocolOf(
  service: ServiceName | undefined,
  side: Side | undefined,
  request: WireRequest,
): Protocol | undefined {
  if (service === 's3') return undefined;
  const spoken = side?.protocols ?? unmodelled;
  return spoken.find((protocol) => protocol.speaks(request)) ?? spoken.at(-1);
}

/** Joins each service's operations with its model. Throws AssertionError for an operation that the model does not have. */
export function sidesOf(services: readonly ServiceTable[]): Map<ServiceName, Side> {
  const sides = new Map<ServiceName, Side>();
  for (const table of services) {
    const model = loadModel(table.service);
    const spoken = model.protocols.flatMap((name) => protocols[name] ?? []);
    for (const name of Object.keys(table.operations)) {
      const operation = model.operation(name);
      assert(operation !== undefined, `models/${table.service}.json has no operation ${name}`);
      const canWrite = !answersInEvents(operation) || spoken.some(({ writesEvents }) => writesEvents === true);
      assert(canWrite, `${name} answers with an event stream, which the gateway cannot write in its protocol`);
    }
    sides.set(table.service, { model, table, protocols: spoken, routes: compileRoutes(model.bindings) });
  }
  return sides;
}

export const answersInEvents = ({ output }: Pick<OperationModel, 'output'>): boolean =>
  output.members.some(({ shape }) => shape.eventStream);
