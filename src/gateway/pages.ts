import type { WireRequest } from './http/wire-request.ts';
import type { Reply } from './protocols/protocol.ts';

/** What a page of the server itself says. */
export interface OwnPage {
  status: number;
  contentType: string;
  text: string;
}

/** No bucket's name has an underscore, so no object can hide behind a page. */
const prefix = '/_linnet/';

/** The page that a request asks for, such as `health`; undefined for one that is meant for a service. */
export const pageNameOf = ({ method, rawPath }: WireRequest): string | undefined =>
  rawPath.startsWith(prefix) && (method === 'GET' || method === 'HEAD') ? rawPath.slice(prefix.length) : undefined;

export const writePage = ({ status, contentType, text }: OwnPage): Reply => ({
  status,
  headers: { 'content-type': contentType, 'cache-control': 'no-store' },
  body: text,
});
