import type { SessionClaim } from '../authenticate/claim.ts';
import type { WireRequest } from '../http/wire-request.ts';
import type { Sessions } from './sessions.ts';

/**
 * The header by which a page of the console says that its cookie is meant, and for which service: the name that a signature's
 * scope would have. A form or link of another site cannot set it, and its scripts would have to ask first (CORS).
 */
const header = 'x-linnet-console';

/** What a request of the console says about its sender; undefined for any other request, whatever cookies it has. */
export function readSessionClaim(request: WireRequest, sessions: Sessions): SessionClaim | undefined {
  const service = request.headers[header];
  if (service === undefined) return undefined;
  const token = tokenOf(request);
  return {
    kind: 'session',
    service,
    ownPage: isFromOwnPage(request),
    session: token === undefined ? undefined : sessions.find(token),
  };
}

/**
 * Who is signed in where a browser opens a page by its address, in a tab or a frame, from a page of this server or by a person's own
 * hand; undefined for any other request. Only for what changes nothing: the browser itself says where it comes from, and the cookie
 * goes along with no request of another site.
 */
export function readVisitClaim(request: WireRequest, sessions: Sessions): SessionClaim | undefined {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = request.headers;
  if ((site !== 'same-origin' && site !== 'none') || mode !== 'navigate') return undefined;
  const token = tokenOf(request);
  if (token === undefined) return undefined;
  return { kind: 'session', service: 'sagemaker', ownPage: true, session: sessions.find(token) };
}

/**
 * Whether a page of this very server makes the request. Where TLS ends in front of Linnet, the scheme of the Origin is not
 * ours: the host alone is compared.
 */
export function isFromOwnPage({ headers, host }: WireRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  const { origin } = headers;
  return origin === undefined || /^https?:\/\/(.*)$/i.exec(origin)?.[1]?.toLowerCase() === host.toLowerCase();
}

/** Cookies know no ports: each Linnet of a host has a name of its own. */
const cookieName = ({ host }: WireRequest): string => `linnet-session-${/:(\d+)$/.exec(host)?.[1] ?? 'web'}`;

export function tokenOf(request: WireRequest): string | undefined {
  const name = cookieName(request);
  for (const pair of (request.headers.cookie ?? '').split(/[;,]/)) {
    const equals = pair.indexOf('=');
    if (pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** The Set-Cookie of a token; without one, the cookie goes. */
export function cookieOf(request: WireRequest, token: string | undefined, seconds: number): string {
  const secure = isSecure(request) ? '; Secure' : '';
  const life = token === undefined ? 0 : seconds;
  return `${cookieName(request)}=${token ?? ''}; Path=/; Max-Age=${life}; HttpOnly; SameSite=Strict${secure}`;
}

/** Whether the page came over TLS, which may end in front of Linnet. */
const isSecure = ({ message, headers }: WireRequest): boolean =>
  'encrypted' in message.socket || headers.origin?.startsWith('https:') === true;
