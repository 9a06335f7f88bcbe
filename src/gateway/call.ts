import type { ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { ServiceError } from '../base/index.ts';
import type { Admission } from './authenticate/authenticate.ts';
import type { Exchange, Side } from './exchange.ts';
import type { WireRequest } from './http/wire-request.ts';
import { isFromWaiter, mayBeWaiter } from './identify.ts';
import type { OperationModel } from './model/service-model.ts';
import type { Call, Operation } from './operation.ts';
import type { Desk } from './options.ts';

/** A request whose sender was let in; the signature is proven once the hash of the body is known. */
export interface Admitted {
  exchange: Exchange;
  request: WireRequest;
  side: Side;
  admission: Admission;
}

export interface Found {
  operation: OperationModel;
  run: Operation;
}

/** The operation of a name. Throws the protocol's refusal for one that Linnet does not offer. */
export function findOperation(
  { exchange, side }: Admitted,
  name: string,
  unknown: { code: string; status: number },
): Found {
  const { table, model } = side;
  const run = Object.hasOwn(table.operations, name) ? table.operations[name] : undefined;
  const operation = run === undefined ? undefined : model.operation(name);
  if (run === undefined || operation === undefined) {
    const text = model.knows(name)
      ? `${name} is an operation of ${model.fullName} that Linnet does not offer`
      : `${name.slice(0, 128)} is no operation of ${model.fullName}`;
    throw new ServiceError(unknown.code, text, { status: unknown.status });
  }
  exchange.operation = name;
  return { operation, run };
}

/** The argument of an operation. */
export function callOf(
  { options, stopping }: Desk,
  { exchange, request, side, admission }: Admitted,
  operation: OperationModel,
  { input, trailers }: Pick<Call, 'input' | 'trailers'>,
): Call {
  let signal: AbortSignal | undefined;
  return {
    service: side.model.service,
    operation: operation.name,
    input,
    caller: admission.caller,
    region: admission.region,
    accountId: options.accountId,
    requestId: exchange.requestId,
    get address() {
      return `${exchange.message.socket instanceof TLSSocket ? 'https' : 'http'}://${request.host}${request.rawPath}`;
    },
    headers: request.headers,
    trailers,
    fromWaiter: isFromWaiter(request.headers['user-agent']),
    mayBeWaiter: mayBeWaiter(request.headers),
    // Made on demand: a signal costs more than the rest of the call together.
    get signal() {
      signal ??= signalOf(exchange.response);
      return signal;
    },
    stopping,
    nowMs: options.nowMs(),
  };
}

/** Aborted when the connection closes before the answer was complete. */
function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (response.closed && !response.writableFinished) controller.abort();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
