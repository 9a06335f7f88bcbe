import type { IncomingMessage } from 'node:http';
import { parseTarget, type QueryPair } from './request-target.ts';

/** A request as it arrived, before anything of it is believed. */
export interface WireRequest {
  method: string;
  rawPath: string;
  query: readonly QueryPair[];
  /** Lower-case names; each value trimmed, repeated headers joined with commas, bytes as Latin-1 (Node's reading). */
  headers: Readonly<Record<string, string>>;
  host: string;
  message: IncomingMessage;
}

/** Throws InvalidURI (400) for a target that is no path. */
export function readRequest(message: IncomingMessage): WireRequest {
  const { rawPath, query } = parseTarget(message.url ?? '/');
  const headers = readHeaders(message.rawHeaders);
  return { method: message.method ?? 'GET', rawPath, query, headers, host: headers.host ?? '', message };
}

function readHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!.trim();
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : `${earlier},${value}`;
  }
  return headers;
}

/** Value of a query parameter; names are case-sensitive. */
export function queryValue(request: WireRequest, name: string): string | undefined {
  for (const pair of request.query) if (pair.name === name) return pair.value;
  return undefined;
}

const notAscii = /[\u0080-\u00ff]/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A header's text: UTF-8 where its bytes are that, Latin-1 otherwise. */
export function headerText(value: string): string {
  if (!notAscii.test(value)) return value;
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

/** Bytes of body announced; undefined when its length is not announced (chunked transfer), 0 without a body. */
export function announcedLength(request: WireRequest): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined;
  const text = request.headers['content-length'];
  return text === undefined ? 0 : Number(text);
}
