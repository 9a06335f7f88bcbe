import type { ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { ServiceError } from '../base/index.ts';
import type { Admission } from './authenticate/authenticate.ts';
import type { Exchange, Side } from './exchange.ts';
import type { WireRequest } from './http/wire-request.ts';
import { isFromWaiter, mayBeWaiter } from './identify.ts';
import { adviceOn } from './model/advice.ts';
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
      ? `${name} is an operation of ${model.fullName} that Linnet does not offer. ${adviceOn(model.service, name)}`
      : `${name.slice(0, 128)} is no operation of ${model.fullName}`;
    throw new ServiceError(unknown.code, text, { status: unknown.status });
  }
  exchange.operation = name;
  return { operation, run };
}

/** The argument of an operation. */
export const callOf = (
  { options, stopping }: Desk,
  admitted: Admitted,
  operation: OperationModel,
  { input, trailers }: Pick<Call, 'input' | 'trailers'>,
): Call => {
  const { accountId, nowMs } = options;
  const call = new AdmittedCall(admitted, {
    input,
    trailers,
    operation: operation.name,
    stopping,
    accountId,
    nowMs: nowMs(),
  });
  admitted.exchange.call = call;
  return call;
};

/**
 * A class, because its getters are then made once: V8 gives each object literal with getters a hidden class of its own, which
 * keeps the object, and with it the whole request, until the next full collection.
 */
class AdmittedCall implements Call {
  readonly service: Call['service'];
  readonly operation: string;
  readonly input: Call['input'];
  readonly caller: Call['caller'];
  readonly region: string;
  readonly accountId: string;
  readonly requestId: string;
  readonly headers: Call['headers'];
  readonly trailers: Call['trailers'];
  readonly stopping: AbortSignal;
  readonly nowMs: number;
  readonly #admitted: Admitted;
  #signal: AbortSignal | undefined;

  constructor(
    admitted: Admitted,
    rest: Pick<Call, 'input' | 'trailers' | 'operation' | 'stopping' | 'accountId' | 'nowMs'>,
  ) {
    const { exchange, request, side, admission } = admitted;
    this.service = side.model.service;
    this.operation = rest.operation;
    this.input = rest.input;
    this.caller = admission.caller;
    this.region = admission.region;
    this.accountId = rest.accountId;
    this.requestId = exchange.requestId;
    this.headers = request.headers;
    this.trailers = rest.trailers;
    this.stopping = rest.stopping;
    this.nowMs = rest.nowMs;
    this.#admitted = admitted;
  }

  get address(): string {
    const { exchange, request } = this.#admitted;
    return `${exchange.message.socket instanceof TLSSocket ? 'https' : 'http'}://${request.host}${request.rawPath}`;
  }

  get peer(): string | undefined {
    return this.#admitted.exchange.message.socket.remoteAddress;
  }

  get fromWaiter(): boolean {
    return isFromWaiter(this.headers['user-agent']);
  }

  get mayBeWaiter(): boolean {
    return mayBeWaiter(this.headers);
  }

  /** Made on demand: a signal costs more than the rest of the call together. */
  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.#admitted.exchange.response);
    return this.#signal;
  }
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
