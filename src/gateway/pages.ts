import type { WireRequest } from './http/wire-request.ts';
import type { Reply } from './protocols/protocol.ts';

/** What a page of the server itself says. */
export interface OwnPage {
  status: number;
  contentType: string;
  text: string | Buffer;
  /** Further ones, and those that replace the usual. */
  headers?: Readonly<Record<string, string>>;
}

/** No bucket's name has an underscore, so no object can hide behind a page. */
const prefix = '/_linnet/';

/** The page that a request asks for, such as `health`; undefined for one that is meant for a service. */
export const pageNameOf = ({ method, rawPath }: WireRequest): string | undefined =>
  rawPath.startsWith(prefix) && (method === 'GET' || method === 'HEAD') ? rawPath.slice(prefix.length) : undefined;

/** Whether a person opens the server's address in a browser. */
export const isVisit = ({ method, rawPath, query, headers }: WireRequest): boolean =>
  rawPath === '/' &&
  query.length === 0 &&
  (method === 'GET' || method === 'HEAD') &&
  /(^|,)\s*text\/html\b/.test(headers.accept ?? '');

export const toConsole = (): Reply => ({
  status: 302,
  headers: { location: `${prefix}console/`, 'cache-control': 'no-store' },
  body: undefined,
});

export const writePage = ({ status, contentType, text, headers }: OwnPage): Reply => ({
  status,
  headers: { 'content-type': contentType, 'cache-control': 'no-store', ...headers },
  body: text,
});
