import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf, ServiceError } from '../base/index.ts';
import type { Admission } from './authenticate/authenticate.ts';
import { type Reason, reasonOf } from './authenticate/refusals.ts';
import type { WireRequest } from './http/wire-request.ts';
import type { ServiceModel } from './model/service-model.ts';
import type { Call, ServiceName, ServiceTable } from './operation.ts';
import type { Protocol, Reply } from './protocols/protocol.ts';
import type { Routes } from './protocols/s3-route.ts';

/** A service as the gateway serves it. */
export interface Side {
  model: ServiceModel;
  table: ServiceTable;
  /** Empty for S3, whose bodies stream. */
  protocols: readonly Protocol[];
  routes: Routes;
}

/** The facts known about a request so far; failures are written from them at any point. */
export interface Exchange {
  message: IncomingMessage;
  response: ServerResponse;
  requestId: string;
  startedMs: number;
  request: WireRequest | undefined;
  /** The format that the client speaks; undefined for S3, and before the request is read. */
  protocol: Protocol | undefined;
  side: Side | undefined;
  /** The page of the server itself that was asked for. */
  page: string | undefined;
  operation: string | undefined;
  /** The key that the request names, before anything of it is believed. */
  claimedKey: string | undefined;
  admission: Admission | undefined;
  /** Headers of the answer to a page of another origin, whatever the answer is. */
  forPage: Record<string, string> | undefined;
  /** The operation's argument, once the request is valid. */
  call: Call | undefined;
  /** Sends 100 Continue when the client waits for it; at most once. */
  goOn(): void;
  waitsForContinue: boolean;
}

export function newExchange(
  message: IncomingMessage,
  response: ServerResponse,
  { waitsForContinue, requestId, startedMs }: { waitsForContinue: boolean; requestId: string; startedMs: number },
): Exchange {
  const exchange: Exchange = {
    message,
    response,
    requestId,
    startedMs,
    waitsForContinue,
    request: undefined,
    protocol: undefined,
    side: undefined,
    page: undefined,
    operation: undefined,
    claimedKey: undefined,
    admission: undefined,
    forPage: undefined,
    call: undefined,
    goOn() {
      if (!exchange.waitsForContinue) return;
      exchange.waitsForContinue = false;
      response.writeContinue();
    },
  };
  return exchange;
}

/** One line for each request answered. */
export interface LogEntry {
  requestId: string;
  service?: ServiceName;
  operation?: string;
  /** A page of the server itself. */
  page?: string;
  method: string;
  /** Without the query string: it may hold a presigned signature. */
  path: string;
  status: number;
  durationMs: number;
  accessKeyId?: string;
  region?: string;
  /** The address of the other end of the connection. */
  peer?: string;
  /** Why the sender was not let in. */
  refusal?: Reason;
  /** The error code of a refusal. */
  code?: string;
  message?: string;
  /** An unexpected exception, with its stack. */
  error?: string;
}

/** Amazon's form of a key's id. Anything else may be a secret that somebody put in its place. */
const keyForm = /^[A-Z0-9]{16,32}$/;

export function logEntry(exchange: Exchange, reply: Reply, thrown: unknown, nowMs: number): LogEntry {
  const { request, side, page, admission, operation } = exchange;
  const entry: LogEntry = {
    requestId: exchange.requestId,
    method: exchange.message.method ?? '',
    path: request?.rawPath ?? (exchange.message.url ?? '').split('?')[0]!.slice(0, 1024),
    status: reply.status,
    durationMs: Math.round((nowMs - exchange.startedMs) * 1000) / 1000,
  };
  if (side !== undefined) entry.service = side.model.service;
  if (page !== undefined) entry.page = page;
  if (operation !== undefined) entry.operation = operation;
  if (admission !== undefined) {
    entry.accessKeyId = admission.caller.accessKeyId;
    entry.region = admission.region;
  }
  if (thrown === undefined) return entry;
  entry.message = messageOf(thrown);
  const refusal = reasonOf(thrown);
  if (refusal !== undefined) {
    entry.refusal = refusal;
    const { claimedKey } = exchange;
    if (claimedKey !== undefined && keyForm.test(claimedKey)) entry.accessKeyId ??= claimedKey;
    const { remoteAddress } = exchange.message.socket;
    if (remoteAddress !== undefined) entry.peer = remoteAddress;
  }
  if (thrown instanceof ServiceError) entry.code = thrown.code;
  else entry.error = thrown instanceof Error ? (thrown.stack ?? '') : String(thrown);
  return entry;
}
