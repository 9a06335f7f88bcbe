import { ServiceError } from '../../base/index.ts';
import { type AuthenticatorOptions, admit } from '../authenticate/authenticate.ts';
import type { Claim, Session } from '../authenticate/claim.ts';
import { refuse } from '../authenticate/refusals.ts';
import { emptySha256 } from '../authenticate/signature-v4.ts';
import type { Exchange } from '../exchange.ts';
import { announcedLength, type WireRequest } from '../http/wire-request.ts';
import type { Desk } from '../options.ts';
import { awsJson } from '../protocols/aws-json.ts';
import type { Reply } from '../protocols/protocol.ts';
import { cookieOf, isFromOwnPage, tokenOf } from './session-claim.ts';
import { sessionMs } from './sessions.ts';

const path = '/_linnet/console/session';

export const isSessionRequest = ({ rawPath }: WireRequest): boolean => rawPath === path;

/**
 * The session of the console: POST, signed as any request (Version 4), begins one; GET says whose it is, or null; DELETE ends it. The
 * secret never comes here: the page signs with it and forgets it.
 */
export async function answerSession(
  { options }: Desk,
  exchange: Exchange,
  claim: Claim,
  authenticator: AuthenticatorOptions,
): Promise<Reply> {
  const request = exchange.request!;
  const sessions = options.console!.sessions;
  exchange.protocol = awsJson;
  if (!isFromOwnPage(request)) throw refuse('json', 'cross-origin', { text: foreignPage });
  const { method } = request;
  if (method === 'POST') {
    if (announcedLength(request) !== 0) throw new ServiceError('ValidationException', 'A sign-in has no body');
    // A link that somebody made must not sign anybody in.
    if (claim.kind !== 'v4' || claim.presigned) throw refuse('json', 'missing');
    const admission = await admit(request, claim, { family: 'json' }, authenticator);
    exchange.admission = admission;
    admission.verify(emptySha256);
    const { token, session } = sessions.begin({
      accessKeyId: admission.caller.accessKeyId,
      keyToken: request.headers['x-amz-security-token'],
      region: options.region,
    });
    return answer(await describe(session), { 'set-cookie': cookieOf(request, token, sessionMs / 1000) });
  }
  if (method === 'DELETE' && claim.kind === 'session') {
    const token = tokenOf(request);
    if (token !== undefined) sessions.end(token);
    return answer({}, { 'set-cookie': cookieOf(request, undefined, 0) });
  }
  if (method !== 'GET' || claim.kind !== 'session') throw refuse('json', 'missing');
  if (claim.session === undefined) return answer(null, {});
  exchange.admission = await admit(request, claim, { family: 'json' }, authenticator);
  return answer(await describe(claim.session), {});

  async function describe({ accessKeyId, region, endsAtMs }: Session): Promise<object> {
    const about = await options.console!.about();
    return { accessKeyId, region, accountId: options.accountId, endsAtMs, ...about };
  }
}

const foreignPage = 'Only pages of the console itself are answered here';

const answer = (body: object | null, headers: Record<string, string>): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});
