import type { TLSSocket } from 'node:tls';
import { queryValue, type WireRequest } from './wire-request.ts';

/**
 * Whether a browser says that a page of another origin makes this request. Browsers send Sec-Fetch-Site with every
 * request to this machine or over TLS, and Origin with everything but plain reads (Fetch standard, 3.1 and 2.2.5);
 * other programs send neither.
 */
export function isCrossOrigin({ headers, host, message }: WireRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin } = headers;
  if (origin === undefined) return false;
  const scheme = (message.socket as Partial<TLSSocket>).encrypted ? 'https' : 'http';
  return origin.toLowerCase() !== `${scheme}://${host.toLowerCase()}`;
}

/**
 * Whether a link or image of a page could make this request and change something. Beyond this machine, browsers send no
 * origin with a GET over plain http. S3 changes nothing by GET and JSON has operations by POST only, but Query's can be
 * named in an address.
 */
export function isChangeByLink(request: WireRequest): boolean {
  if (request.method === 'POST') return false;
  const action = queryValue(request, 'Action');
  return action !== undefined && !/^(?:Get|List)/.test(action);
}
