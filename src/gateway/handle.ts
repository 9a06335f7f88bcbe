import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { assert, ServiceError } from '../base/index.ts';
import { type Admission, type AuthenticatorOptions, admit } from './authenticate/authenticate.ts';
import { readClaim } from './authenticate/claim.ts';
import type { Family } from './authenticate/refusals.ts';
import { sha256Hex } from './authenticate/signature-v4.ts';
import { type Exchange, type LogEntry, logEntry, newExchange, type Side } from './exchange.ts';
import { failureOf } from './failure.ts';
import { type BodyDecoder, plainDecoder } from './http/body-decoder.ts';
import { answerJunk } from './http/junk.ts';
import { Payload, readAll } from './http/payload.ts';
import { respond } from './http/respond.ts';
import { announcedLength, readRequest, type WireRequest } from './http/wire-request.ts';
import { identify, isFromWaiter, unknownService } from './identify.ts';
import { type GatewayLimits, limitDefaults } from './limits.ts';
import { loadModel, type OperationModel } from './model/service-model.ts';
import type { Call, Operation, ServiceName, ServiceTable } from './operation.ts';
import { awsJson } from './protocols/aws-json.ts';
import type { Arrival, Protocol, Reply } from './protocols/protocol.ts';
import { query } from './protocols/query.ts';
import { restJson } from './protocols/rest-json.ts';
import { invalidS3, payloadKind, readS3, writeS3, writeS3Failure } from './protocols/rest-xml.ts';
import { readAddress, type S3Address } from './protocols/s3-address.ts';
import { readS3Body, requireUploadLength } from './protocols/s3-body.ts';
import { requireChecksums } from './protocols/s3-checksums.ts';
import { compileRoutes, routeS3 } from './protocols/s3-route.ts';
import { validate } from './shapes/validate.ts';

export interface GatewayOptions {
  services: readonly ServiceTable[];
  /** The secret of an access key; undefined when there is no such key. */
  secretOf(accessKeyId: string): string | undefined;
  /** `open` takes any key and signature, as long as it can be read. */
  auth: 'strict' | 'open';
  /** 12 digits. */
  accountId: string;
  /** Region of requests whose signature names none. */
  region: string;
  /** Hosts below which the first labels are a bucket, such as `localhost`. Amazon's own are known. */
  baseDomains: readonly string[];
  nowMs(): number;
  requestId(): string;
  log(entry: LogEntry): void;
  limits?: Partial<GatewayLimits>;
}

export interface Gateway {
  listener: RequestListener;
  /**
   * Serves a server's requests, as `listener` does, and also refuses a body before it is sent (Expect: 100-continue)
   * and answers what is not HTTP. Use this or `listener`, not both.
   */
  attach(server: Server): void;
}

/** A request whose sender was let in; the signature is proven once the hash of the body is known. */
interface Admitted {
  exchange: Exchange;
  request: WireRequest;
  side: Side;
  admission: Admission;
}

interface Found {
  operation: OperationModel;
  run: Operation;
}

interface Upload {
  request: WireRequest;
  decoder: BodyDecoder;
  decodedLength: number | undefined;
  kind: 'stream' | 'whole' | 'none';
}

const protocols: Readonly<Record<string, Protocol>> = { json: awsJson, 'rest-json': restJson, query };

/** Builds the one door to all services. Throws AssertionError for a table that names an operation its model has not. */
export function createGateway(options: GatewayOptions): Gateway {
  const limits: GatewayLimits = { ...limitDefaults, ...options.limits };
  const sides = new Map<ServiceName, Side>();
  for (const table of options.services) {
    const model = loadModel(table.service);
    for (const name of Object.keys(table.operations)) {
      const operation = model.operation(name);
      assert(operation !== undefined, `models/${table.service}.json has no operation ${name}`);
      const streams = operation.output.members.some(({ shape }) => shape.eventStream);
      assert(!streams, `${name} answers with an event stream, which the gateway cannot write`);
    }
    sides.set(table.service, {
      model,
      table,
      protocol: protocols[model.protocol],
      routes: compileRoutes(model.bindings),
    });
  }
  const authenticator: AuthenticatorOptions = {
    secretOf: options.secretOf,
    auth: options.auth,
    region: options.region,
    nowMs: options.nowMs,
    clockSkewMs: limits.clockSkewMs,
  };
  const baseDomains = [...options.baseDomains]
    .map((domain) => domain.toLowerCase())
    .sort((a, b) => b.length - a.length);

  const handle = async (
    message: IncomingMessage,
    response: ServerResponse,
    waitsForContinue: boolean,
  ): Promise<void> => {
    const exchange = newExchange(message, response, {
      waitsForContinue,
      requestId: options.requestId(),
      startedMs: options.nowMs(),
    });
    let reply: Reply;
    let thrown: unknown;
    try {
      reply = await answer(exchange);
    } catch (cause) {
      thrown = cause;
      reply = refusal(exchange, cause);
    }
    try {
      await respond(message, response, reply, { ...limits, withoutContinue: exchange.waitsForContinue });
    } catch (cause) {
      thrown ??= cause;
      response.destroy();
    }
    options.log(logEntry(exchange, reply, thrown, options.nowMs()));
  };

  const answer = async (exchange: Exchange): Promise<Reply> => {
    const request = readRequest(exchange.message);
    exchange.request = request;
    const claim = readClaim(request);
    const identified = identify(request, claim);
    if (identified.service === undefined) {
      exchange.family = identified.family;
      throw unknownService(identified.name);
    }
    exchange.family = families[identified.service];
    const side = sides.get(identified.service);
    if (side === undefined) throw unknownService(identified.service);
    exchange.side = side;
    const { family } = exchange;
    if (side.protocol !== undefined) {
      const admission = admit(request, claim, { family }, authenticator);
      exchange.admission = admission;
      return answerWhole({ exchange, request, side, admission }, side.protocol);
    }
    const address = readAddress(request.host, request.rawPath, baseDomains);
    const admission = admit(request, claim, { family, hostBucket: address.hostBucket }, authenticator);
    exchange.admission = admission;
    return answerS3({ exchange, request, side, admission }, address);
  };

  /** JSON and Query: the signature covers the body, so the body is read before anything is believed. */
  const answerWhole = async (admitted: Admitted, protocol: Protocol): Promise<Reply> => {
    const { exchange, request, side, admission } = admitted;
    const bytesMax = side.model.service === 'sagemaker-runtime' ? limits.invokeBodyBytesMax : limits.jsonBodyBytesMax;
    const announced = announcedLength(request);
    const tooLarge = (): ServiceError =>
      new ServiceError(
        protocol.tooLargeCode,
        `HTTP content length exceeded ${bytesMax} bytes${announced === undefined ? '' : `: it is ${announced}`}`,
        { status: 413 },
      );
    if (announced !== undefined && announced > bytesMax) throw tooLarge();
    const decoder = plainDecoder(undefined);
    const { bodyIdleMs: idleMs, bodyWholeMs: wholeMs } = limits;
    const body = await readAll(request.message, {
      decoder,
      bytesMax,
      tooLarge,
      idleMs,
      wholeMs,
      onStart: exchange.goOn,
    });
    // A client may sign "I do not sign the body"; then that is what its signature says.
    const unsigned = request.headers['x-amz-content-sha256'] === 'UNSIGNED-PAYLOAD';
    admission.verify(unsigned ? 'UNSIGNED-PAYLOAD' : sha256Hex(body));
    const arrival: Arrival = { request, body, requestId: exchange.requestId };
    const { operation, run } = find(admitted, protocol.operationName(side.model, arrival), protocol.unknownOperation);
    const input = protocol.read(operation, side.model, arrival);
    const violations = validate(operation.input, input, {
      anchorPatterns: side.model.service.startsWith('sagemaker'),
    });
    if (violations.length > 0) throw protocol.invalid(violations, operation);
    const output = await run(callOf(admitted, operation, input, noTrailers));
    return protocol.write(operation, side.model, output ?? {}, exchange.requestId);
  };

  /** S3: the signature covers a hash of the body, or of nothing; the body is checked against it as it streams. */
  const answerS3 = async (admitted: Admitted, address: S3Address): Promise<Reply> => {
    const { exchange, request, side, admission } = admitted;
    const { decoder, payloadHash, decodedLength } = readS3Body(request, admission);
    admission.verify(payloadHash);
    const unknown = { code: 'NotImplemented', status: 501 };
    const { operation, run } = find(admitted, routeS3(side.routes, request, address), unknown);
    const kind = payloadKind(operation);
    const allowed = admission.caller.anonymous ? side.table.anonymousAllowed : undefined;
    // Nobody unknown may send data, and a body of theirs is not even looked at.
    if (admission.caller.anonymous && (allowed === undefined || kind !== 'none')) throw accessDenied();
    const payload = await takePayload(exchange, operation, { request, decoder, decodedLength, kind });
    try {
      const { presigned } = admission;
      const input = readS3(operation, { request, address, presigned, decodedLength, payload });
      const violations = validate(operation.input, input, { anchorPatterns: false });
      if (violations.length > 0) throw invalidS3(violations);
      if (allowed !== undefined && !(await allowed.call(side.table, operation.name, input))) throw accessDenied();
      const output = await run(callOf(admitted, operation, input, () => decoder.trailers));
      return writeS3(operation, output ?? {}, exchange.requestId);
    } finally {
      // What an operation left unread is the answer's to throw away.
      if (payload instanceof Readable) payload.destroy();
    }
  };

  const takePayload = async (
    exchange: Exchange,
    operation: OperationModel,
    upload: Upload,
  ): Promise<Buffer | Readable> => {
    const { request, decoder, kind } = upload;
    const reading = { decoder, idleMs: limits.bodyIdleMs, onStart: exchange.goOn };
    if (kind === 'none') return Buffer.alloc(0);
    if (kind === 'stream') {
      requireUploadLength(upload, limits.objectBytesMax);
      const payload = new Payload(request.message, reading);
      // A failure that the operation has no eye on any more must not end the process.
      return payload.on('error', () => {});
    }
    const bytesMax = limits.xmlBodyBytesMax;
    const tooLarge = (): ServiceError =>
      new ServiceError(
        'MaxMessageLengthExceeded',
        `Your request was too big: its body may have at most ${bytesMax} bytes`,
      );
    const body = await readAll(request.message, { ...reading, bytesMax, wholeMs: limits.bodyWholeMs, tooLarge });
    await requireChecksums(operation, request, body, decoder.trailers);
    return body;
  };

  const find = ({ exchange, side }: Admitted, name: string, unknown: { code: string; status: number }): Found => {
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
  };

  const callOf = (
    { exchange, request, side, admission }: Admitted,
    operation: OperationModel,
    input: Record<string, unknown>,
    trailers: Call['trailers'],
  ): Call => {
    let signal: AbortSignal | undefined;
    return {
      service: side.model.service,
      operation: operation.name,
      input,
      caller: admission.caller,
      region: admission.region,
      accountId: options.accountId,
      requestId: exchange.requestId,
      headers: request.headers,
      trailers,
      fromWaiter: isFromWaiter(request.headers['user-agent']),
      // Made when asked for: a signal costs more than the rest of the call together.
      get signal() {
        signal ??= signalOf(exchange.response);
        return signal;
      },
      nowMs: options.nowMs(),
    };
  };

  const refusal = (exchange: Exchange, thrown: unknown): Reply => {
    const { side, request, requestId, family } = exchange;
    const protocol = side?.protocol ?? (family === 'json' ? awsJson : family === 'query' ? query : undefined);
    const failure = failureOf(thrown, side?.model, protocol?.internalCode ?? 'InternalError');
    try {
      return protocol === undefined
        ? writeS3Failure(failure, request, requestId)
        : protocol.writeFailure(failure, side?.model, request, requestId);
    } catch (cause) {
      options.log({
        ...logEntry(exchange, { status: 500, headers: {}, body: undefined }, cause, options.nowMs()),
        message: 'A refusal could not be written',
      });
      return { status: 500, headers: { 'x-amzn-requestid': requestId }, body: undefined };
    }
  };

  const junk = answerJunk(options.requestId);
  const listen = (waits: boolean) => (message: IncomingMessage, response: ServerResponse) => {
    // A broken connection is seen where the body is read; nowhere else is it an event of interest.
    message.on('error', () => {});
    response.on('error', () => {});
    junk.began(message, response);
    void handle(message, response, waits);
  };
  return {
    listener: listen(false),
    attach(server) {
      server.on('request', listen(false));
      server.on('checkContinue', listen(true));
      server.on('clientError', (cause, socket) => junk.refuse(cause, socket as Socket));
    },
  };
}

const families: Readonly<Record<ServiceName, Family>> = {
  sagemaker: 'json',
  'sagemaker-runtime': 'json',
  logs: 'json',
  sts: 'query',
  iam: 'query',
  s3: 's3',
};

const noTrailers = (): Readonly<Record<string, string>> => ({});

const accessDenied = (): ServiceError => new ServiceError('AccessDenied', 'Access Denied', { status: 403 });

/** Aborted when the connection closes before the answer was complete. */
function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (response.closed && !response.writableFinished) controller.abort();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
