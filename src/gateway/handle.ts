import { setMaxListeners } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { answerS3 } from './answer-s3.ts';
import { answerWhole } from './answer-whole.ts';
import { type AuthenticatorOptions, admit } from './authenticate/authenticate.ts';
import { readClaim } from './authenticate/claim.ts';
import { refuse } from './authenticate/refusals.ts';
import { answerCallerPage } from './caller-page.ts';
import { answerSession, isSessionRequest } from './console/answer-session.ts';
import { readSessionClaim } from './console/session-claim.ts';
import { answerPreflight, headersForPage } from './cors.ts';
import { type Exchange, logEntry, newExchange } from './exchange.ts';
import { writeRefusal } from './failure.ts';
import { isChangeByLink, isCrossOrigin } from './http/cross-origin.ts';
import { answerJunk } from './http/junk.ts';
import { ownNames } from './http/own-names.ts';
import { respond } from './http/respond.ts';
import { readRequest } from './http/wire-request.ts';
import { identify, unknownService } from './identify.ts';
import { limitDefaults } from './limits.ts';
import type { Desk, GatewayOptions } from './options.ts';
import { isVisit, pageNameOf, toConsole, writePage } from './pages.ts';
import type { Reply } from './protocols/protocol.ts';
import { readAddress } from './protocols/s3-address.ts';
import { protocolOf, sidesOf } from './sides.ts';

export interface Gateway {
  listener: RequestListener;
  /**
   * Serves a server's requests, as `listener` does, and also refuses a body before it is sent (Expect: 100-continue)
   * and answers what is not HTTP. Use this or `listener`, not both.
   */
  attach(server: Server): void;
  /** From now on each answer closes its connection, and operations that wait for a change answer at once. */
  beginStop(): void;
}

/** Builds the one door to all services. Throws AssertionError for a table that names an operation missing from its model. */
export function createGateway(options: GatewayOptions): Gateway {
  const stop = new AbortController();
  // Every request that waits listens to it.
  setMaxListeners(0, stop.signal);
  const desk: Desk = { options, limits: { ...limitDefaults, ...options.limits }, stopping: stop.signal };
  const answer = answerer(desk);
  const steadyMs = options.steadyMs ?? options.nowMs;

  const handle = async (
    message: IncomingMessage,
    response: ServerResponse,
    waitsForContinue: boolean,
  ): Promise<void> => {
    const exchange = newExchange(message, response, {
      waitsForContinue,
      requestId: options.requestId(),
      startedMs: steadyMs(),
    });
    let reply: Reply;
    let thrown: unknown;
    try {
      reply = await answer(exchange);
    } catch (cause) {
      thrown = cause;
      reply = writeRefusal(desk, exchange, cause);
    }
    try {
      await options.record?.(logEntry(exchange, reply, thrown, steadyMs()), exchange.call, reply.headers);
    } catch (cause) {
      if (reply.body instanceof Readable) reply.body.destroy();
      thrown = cause;
      reply = writeRefusal(desk, exchange, cause);
    }
    Object.assign(reply.headers, exchange.forPage);
    try {
      const { waitsForContinue: withoutContinue } = exchange;
      const { lingerBytesMax, lingerMs } = desk.limits;
      const last = stop.signal.aborted;
      await respond(message, response, reply, { lingerBytesMax, lingerMs, withoutContinue, last });
    } catch (cause) {
      thrown ??= cause;
      response.destroy();
    }
    options.log(logEntry(exchange, reply, thrown, steadyMs()), message);
  };

  const junk = answerJunk(options.requestId);
  const listen = (waits: boolean) => (message: IncomingMessage, response: ServerResponse) => {
    // A broken connection is noticed where the body is read; it does not matter elsewhere.
    message.on('error', ignore);
    response.on('error', ignore);
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
    beginStop: () => stop.abort(),
  };
}

const ignore = (): void => {};

/** Brings a request to its service: finds the service, checks the sender, and reads the protocol. */
function answerer(desk: Desk): (exchange: Exchange) => Promise<Reply> {
  const { options } = desk;
  const sides = sidesOf(options.services);
  const names = ownNames(options.names);
  const authenticator: AuthenticatorOptions = {
    keyOf: options.keyOf,
    auth: options.auth,
    region: options.region,
    nowMs: options.nowMs,
    clockSkewMs: desk.limits.clockSkewMs,
  };
  return async (exchange) => {
    const request = readRequest(exchange.message);
    exchange.request = request;
    const sessions = options.console?.sessions;
    const claim = (sessions && readSessionClaim(request, sessions)) ?? readClaim(request);
    if ('accessKeyId' in claim) exchange.claimedKey = claim.accessKeyId;
    const identified = identify(request, claim);
    const side = identified.service === undefined ? undefined : sides.get(identified.service);
    const protocol = protocolOf(identified.service, side, request);
    exchange.protocol = protocol;
    const family = protocol?.family ?? 's3';
    const place = names.read(request.host);
    if (place === undefined) throw refuse(family, 'unknown-host', { text: unknownHost(request.host) });
    if (place.bucket === undefined && sessions !== undefined) {
      if (isSessionRequest(request)) return answerSession(desk, exchange, claim, authenticator);
      if (claim.kind === 'anonymous' && isVisit(request)) return toConsole();
    }
    const page = place.bucket === undefined && options.page !== undefined ? pageNameOf(request) : undefined;
    const callerPage = page === undefined ? undefined : options.callerPage?.(page);
    if (callerPage !== undefined) {
      if (options.auth === 'open' && isCrossOrigin(request)) throw refuse('json', 'cross-origin');
      return answerCallerPage(desk, exchange, claim, callerPage, { sides, authenticator });
    }
    exchange.page = page;
    if (page !== undefined) return writePage(await options.page!(page, request.headers));
    // A web page could put a made-up signature into a link or form to a service on loopback.
    if (options.auth === 'open' && isCrossOrigin(request)) throw refuse(family, 'cross-origin');
    if (options.auth === 'open' && isChangeByLink(request))
      throw refuse(family, 'cross-origin', { text: 'With --auth open, what changes something must be sent by POST' });
    if (identified.service === undefined) throw unknownService(identified.name);
    if (side === undefined) throw unknownService(identified.service);
    exchange.side = side;
    const hostBucket = protocol === undefined ? place.bucket : undefined;
    const address = protocol === undefined ? readAddress(hostBucket, request.rawPath) : undefined;
    if (address !== undefined) {
      if (request.method === 'OPTIONS') return answerPreflight(side, request, address, exchange.requestId);
      exchange.forPage = await headersForPage(side, request, address);
    }
    const admission = await admit(request, claim, { family, hostBucket }, authenticator);
    exchange.admission = admission;
    const admitted = { exchange, request, side, admission };
    if (address !== undefined) return answerS3(desk, admitted, address);
    return answerWhole(desk, admitted, protocol!);
  };
}

const unknownHost = (host: string): string =>
  `"${host.slice(0, 256)}" is not a name of this server. If clients reach it by that name, start it with --domain NAME (LINNET_DOMAIN), where NAME is the server's name without a bucket in front`;
