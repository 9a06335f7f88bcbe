import { ServiceError } from '../base/index.ts';
import type { Side } from './exchange.ts';
import type { WireRequest } from './http/wire-request.ts';
import type { Reply } from './protocols/protocol.ts';
import type { S3Address } from './protocols/s3-address.ts';

/** The answer to OPTIONS, which nobody signs. Throws BadRequest (400), or the service's refusal. */
export async function answerPreflight(
  { table }: Side,
  { headers }: WireRequest,
  { bucket }: S3Address,
  requestId: string,
): Promise<Reply> {
  const badRequest = (message: string): ServiceError => new ServiceError('BadRequest', message, { status: 400 });
  const { origin } = headers;
  if (origin === undefined) throw badRequest('Insufficient information. Origin request header needed.');
  const method = headers['access-control-request-method'];
  if (method === undefined) throw badRequest('Invalid Access-Control-Request-Method: null');
  const asked = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const allowed = await table.crossOrigin?.preflight(bucket ?? '', { origin, method, headers: asked });
  return { status: 200, headers: { 'x-amz-request-id': requestId, ...allowed }, body: undefined };
}

/** What an answer says to the page that asked for it, whether it is what the page wanted or an error. */
export async function headersForPage(
  { table }: Side,
  { headers, method }: WireRequest,
  { bucket }: S3Address,
): Promise<Record<string, string> | undefined> {
  const { origin } = headers;
  if (origin === undefined || bucket === undefined) return undefined;
  return table.crossOrigin?.answer(bucket, { origin, method, headers: [] });
}
