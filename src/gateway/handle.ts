import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { assert, messageOf, ServiceError } from '../base/index.ts';
import { type Admission, type AuthenticatorOptions, admit } from './authenticate/authenticate.ts';
import { readClaim } from './authenticate/claim.ts';
import type { Family } from './authenticate/refusals.ts';
import { sha256Hex } from './authenticate/signature-v4.ts';
import { failureOf } from './failure.ts';
import { plainDecoder } from './http/body-decoder.ts';
import { Payload, readAll } from './http/payload.ts';
import { respond } from './http/respond.ts';
import { announcedLength, readRequest, type WireRequest } from './http/wire-request.ts';
import { identify, isFromWaiter, unknownService } from './identify.ts';
import { type GatewayLimits, limitDefaults } from './limits.ts';
import { loadModel, type OperationModel, type ServiceModel } from './model/service-model.ts';
import type { Call, Operation, ServiceName, ServiceTable } from './operation.ts';
import { awsJson } from './protocols/aws-json.ts';
import type { Arrival, Protocol, Reply } from './protocols/protocol.ts';
import { query } from './protocols/query.ts';
import { restJson } from './protocols/rest-json.ts';
import { invalidS3, payloadKind, readS3, writeS3, writeS3Failure } from './protocols/rest-xml.ts';
import { readAddress, type S3Address } from './protocols/s3-address.ts';
import { readS3Body, requireUploadLength } from './protocols/s3-body.ts';
import { requireChecksums } from './protocols/s3-checksums.ts';
import { compileRoutes, type Routes, routeS3 } from './protocols/s3-route.ts';
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

/** One line for each request answered. */
export interface LogEntry {
  requestId: string;
  service?: ServiceName;
  operation?: string;
  method: string;
  /** Without the query string: it may hold a presigned signature. */
  path: string;
  status: number;
  durationMs: number;
  accessKeyId?: string;
  region?: string;
  /** Of a refusal. */
  code?: string;
  message?: string;
  /** Of what nobody promised: an unexpected exception with its stack. */
  error?: string;
}

export interface Gateway {
  listener: RequestListener;
  /** Serves a server's requests, as `listener` does, and also refuses a body before it is sent (Expect: 100-continue) and answers what is not HTTP. Use this or `listener`, not both. */
  attach(server: Server): void;
}

interface Side {
  model: ServiceModel;
  table: ServiceTable;
  protocol: Protocol | undefined;
  routes: Routes;
}

/** What is known of a request so far; failures are written from it at any point. */
interface Exchange {
  message: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  startedMs: number;
  request: WireRequest | undefined;
  family: Family;
  side: Side | undefined;
  operation: string | undefined;
  admission: Admission | undefined;
  /** Sends 100 Continue when the client waits for it; at most once. */
  goOn(): void;
  waitsForContinue: boolean;
}

const protocols: Readonly<Record<string, Protocol>> = { json: awsJson, 'rest-json': restJson, query };

/** Builds the one door to all services. Throws AssertionError for a table that names an operation its model has not. */
export function createGateway(options: GatewayOptions): Gateway {
  const limits: GatewayLimits = { ...limitDefaults, ...options.limits };
  const sides = new Map<ServiceName, Side>();
  for (const table of options.services) {
    const model = loadModel(table.service);
    for (const name of Object.keys(table.operations))
      assert(model.operation(name) !== undefined, `models/${table.service}.json has no operation ${name}`);
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
    const exchange = newExchange(message, response, waitsForContinue, options);
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
    if (side.protocol === undefined) {
      const address = readAddress(request.host, request.rawPath, baseDomains);
      exchange.admission = admit(request, claim, { family: 's3', hostBucket: address.hostBucket }, authenticator);
      return answerS3(exchange, side, request, address, exchange.admission);
    }
    exchange.admission = admit(request, claim, { family: exchange.family }, authenticator);
    return answerWhole(exchange, side, side.protocol, request, exchange.admission);
  };

  /** JSON and Query: the signature covers the body, so the body is read before anything is believed. */
  const answerWhole = async (
    exchange: Exchange,
    side: Side,
    protocol: Protocol,
    request: WireRequest,
    admission: Admission,
  ): Promise<Reply> => {
    const bytesMax = side.model.service === 'sagemaker-runtime' ? limits.invokeBodyBytesMax : limits.jsonBodyBytesMax;
    const tooLarge = (): ServiceError =>
      new ServiceError(protocol.tooLargeCode.code, `HTTP content length exceeded ${bytesMax} bytes.`, {
        status: protocol.tooLargeCode.status,
      });
    if ((announcedLength(request) ?? 0) > bytesMax) throw tooLarge();
    const body = await readAll(request.message, {
      decoder: plainDecoder(undefined),
      bytesMax,
      tooLarge,
      idleMs: limits.bodyIdleMs,
      wholeMs: limits.bodyWholeMs,
      onStart: exchange.goOn,
    });
    // A client may sign "I do not sign the body"; then that is what its signature says.
    const unsigned = request.headers['x-amz-content-sha256'] === 'UNSIGNED-PAYLOAD';
    admission.verify(unsigned ? 'UNSIGNED-PAYLOAD' : sha256Hex(body));
    const arrival: Arrival = { request, body, requestId: exchange.requestId };
    const { operation, run } = find(
      exchange,
      side,
      protocol.operationName(side.model, arrival),
      protocol.unknownOperation,
    );
    const input = protocol.read(operation, side.model, arrival);
    const violations = validate(operation.input, input, { anchorPatterns: side.model.service.startsWith('sagemaker') });
    if (violations.length > 0) throw protocol.invalid(violations, operation);
    const output = await run(callOf(exchange, side, request, admission, operation, input, noTrailers));
    return protocol.write(operation, side.model, output ?? {}, exchange.requestId);
  };

  /** S3: the signature covers a hash of the body, or of nothing; the body is checked against it as it streams. */
  const answerS3 = async (
    exchange: Exchange,
    side: Side,
    request: WireRequest,
    address: S3Address,
    admission: Admission,
  ): Promise<Reply> => {
    const body = readS3Body(request, admission);
    admission.verify(body.payloadHash);
    const { operation, run } = find(exchange, side, routeS3(side.routes, request, address), {
      code: 'NotImplemented',
      status: 501,
    });
    const kind = payloadKind(operation);
    const reading = { decoder: body.decoder, idleMs: limits.bodyIdleMs, onStart: exchange.goOn };
    const anonymous = admission.caller.anonymous;
    // An unknown sender's body is not even looked at.
    if (anonymous && (kind !== 'none' || side.table.anonymousAllowed === undefined))
      throw new ServiceError('AccessDenied', 'Access Denied', { status: 403 });
    if (kind === 'stream') requireUploadLength(body, limits.objectBytesMax);
    const payload =
      kind === 'whole'
        ? await readAll(request.message, {
            ...reading,
            bytesMax: limits.xmlBodyBytesMax,
            wholeMs: limits.bodyWholeMs,
            tooLarge: () => xmlTooLarge(limits.xmlBodyBytesMax),
          })
        : kind === 'stream'
          ? new Payload(request.message, reading)
          : Buffer.alloc(0);
    if (Buffer.isBuffer(payload)) await requireChecksums(operation, request, payload, body.decoder.trailers);
    // A failure that the operation has no eye on any more must not end the process.
    else payload.on('error', () => {});
    try {
      const input = readS3(operation, {
        request,
        address,
        presigned: admission.presigned,
        decodedLength: body.decodedLength,
        payload,
      });
      const violations = validate(operation.input, input, { anchorPatterns: false });
      if (violations.length > 0) throw invalidS3(violations);
      if (anonymous && !(await side.table.anonymousAllowed!(operation.name, input)))
        throw new ServiceError('AccessDenied', 'Access Denied', { status: 403 });
      const output = await run(
        callOf(exchange, side, request, admission, operation, input, () => body.decoder.trailers),
      );
      return writeS3(operation, output ?? {}, exchange.requestId);
    } finally {
      // What an operation left unread is the answer's to throw away.
      if (payload instanceof Readable) payload.destroy();
    }
  };

  const find = (
    exchange: Exchange,
    side: Side,
    name: string,
    unknown: { code: string; status: number },
  ): { operation: OperationModel; run: Operation } => {
    const run = Object.hasOwn(side.table.operations, name) ? side.table.operations[name] : undefined;
    const operation = run === undefined ? undefined : side.model.operation(name);
    if (run === undefined || operation === undefined) {
      const { fullName } = side.model;
      const text = side.model.knows(name)
        ? `${name} is an operation of ${fullName} that Linnet does not offer`
        : `${name.slice(0, 128)} is no operation of ${fullName}`;
      throw new ServiceError(unknown.code, text, { status: unknown.status });
    }
    exchange.operation = name;
    return { operation, run };
  };

  const callOf = (
    { requestId, response }: Exchange,
    side: Side,
    request: WireRequest,
    admission: Admission,
    operation: OperationModel,
    input: Record<string, unknown>,
    trailers: () => Readonly<Record<string, string>>,
  ): Call => ({
    service: side.model.service,
    operation: operation.name,
    input,
    caller: admission.caller,
    region: admission.region,
    accountId: options.accountId,
    requestId,
    headers: request.headers,
    trailers,
    fromWaiter: isFromWaiter(request.headers['user-agent']),
    signal: signalOf(response),
    nowMs: options.nowMs(),
  });

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

  const listen = (waits: boolean) => (message: IncomingMessage, response: ServerResponse) => {
    // A broken connection is seen where the body is read; nowhere else is it an event of interest.
    message.on('error', () => {});
    response.on('error', () => {});
    void handle(message, response, waits);
  };
  return {
    listener: listen(false),
    attach(server) {
      server.on('request', listen(false));
      server.on('checkContinue', listen(true));
      server.on('clientError', (cause, socket) =>
        answerJunk(cause as NodeJS.ErrnoException, socket as Socket, options.requestId()),
      );
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

const xmlTooLarge = (bytesMax: number): ServiceError =>
  new ServiceError(
    'MaxMessageLengthExceeded',
    `Your request was too big: its body may have at most ${bytesMax} bytes`,
    { status: 400 },
  );

function newExchange(
  message: IncomingMessage,
  response: ServerResponse,
  waitsForContinue: boolean,
  { requestId, nowMs }: GatewayOptions,
): Exchange {
  const exchange: Exchange = {
    message,
    response,
    requestId: requestId(),
    startedMs: nowMs(),
    request: undefined,
    family: 's3',
    side: undefined,
    operation: undefined,
    admission: undefined,
    waitsForContinue,
    goOn() {
      if (!exchange.waitsForContinue) return;
      exchange.waitsForContinue = false;
      response.writeContinue();
    },
  };
  return exchange;
}

/** Aborted when the connection closes before the answer was complete. */
function signalOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

function logEntry(exchange: Exchange, reply: Reply, thrown: unknown, nowMs: number): LogEntry {
  const { request, side, admission, operation } = exchange;
  return {
    requestId: exchange.requestId,
    ...(side === undefined ? {} : { service: side.model.service }),
    ...(operation === undefined ? {} : { operation }),
    method: exchange.message.method ?? '',
    path: request?.rawPath ?? (exchange.message.url ?? '').split('?')[0]!.slice(0, 1024),
    status: reply.status,
    durationMs: nowMs - exchange.startedMs,
    ...(admission === undefined ? {} : { accessKeyId: admission.caller.accessKeyId, region: admission.region }),
    ...(thrown instanceof ServiceError ? { code: thrown.code } : {}),
    ...(thrown === undefined ? {} : { message: messageOf(thrown) }),
    ...(thrown === undefined || thrown instanceof ServiceError
      ? {}
      : { error: thrown instanceof Error ? (thrown.stack ?? '') : String(thrown) }),
  };
}

const junkLingerMs = 2_000;

/** Something came that is not HTTP, or a head too large or too slow: one answer, then the connection closes. */
function answerJunk(cause: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  if (!socket.writable || socket.bytesWritten > 0 || cause.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, code, text] =
    cause.code === 'HPE_HEADER_OVERFLOW'
      ? [
          '431 Request Header Fields Too Large',
          'RequestHeaderSectionTooLarge',
          'Your request header section exceeds the maximum allowed size',
        ]
      : cause.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'RequestTimeout', 'The head of the request did not arrive in time']
        : ['400 Bad Request', 'BadRequest', 'An error occurred when parsing the HTTP request'];
  const { status: _, ...document } = writeS3Failure(
    { code, message: text, status: 400, details: {} },
    undefined,
    requestId,
  );
  const body = String(document.body);
  const headers = Object.entries({
    ...document.headers,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  socket.end(`HTTP/1.1 ${status}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
  // What the client still sends is taken for a moment, so that it finds the answer and not a reset.
  socket.removeAllListeners('data');
  socket.on('error', () => socket.destroy());
  socket.resume();
  setTimeout(() => socket.destroy(), junkLingerMs).unref();
}
