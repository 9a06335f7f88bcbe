/** Pages of the server that show what belongs to somebody: all they know is what operations answer whoever asks for them. */
import { type AuthenticatorOptions, admit } from './authenticate/authenticate.ts';
import type { Claim } from './authenticate/claim.ts';
import { emptySha256 } from './authenticate/signature-v4.ts';
import { callOf, findOperation } from './call.ts';
import { readVisitClaim } from './console/session-claim.ts';
import type { Exchange, Side } from './exchange.ts';
import type { ServiceName } from './operation.ts';
import type { CallerPage, Desk } from './options.ts';
import { writePage } from './pages.ts';
import { awsJson } from './protocols/aws-json.ts';
import type { Failure, Protocol, Reply } from './protocols/protocol.ts';

/**
 * Signed as any request (Version 4; also presigned, so that a link shows the page), or by somebody who is signed in to the console:
 * by one of its scripts, or in a frame or tab that a page of this server opened.
 */
export async function answerCallerPage(
  desk: Desk,
  exchange: Exchange,
  claim: Claim,
  page: CallerPage,
  { sides, authenticator }: { sides: ReadonlyMap<ServiceName, Side>; authenticator: AuthenticatorOptions },
): Promise<Reply> {
  const { options } = desk;
  const request = exchange.request!;
  const isRead = /(^|,)\s*text\/html\b/.test(request.headers.accept ?? '');
  exchange.protocol = isRead ? inHtml : awsJson;
  const sessions = options.console?.sessions;
  const visit = claim.kind === 'anonymous' && sessions ? readVisitClaim(request, sessions) : undefined;
  const admission = await admit(request, visit ?? claim, { family: 'json' }, authenticator);
  exchange.admission = admission;
  const unsigned =
    request.headers['x-amz-content-sha256'] === 'UNSIGNED-PAYLOAD' ||
    (claim.kind === 'v4' && claim.presigned && claim.service === 's3');
  admission.verify(unsigned ? 'UNSIGNED-PAYLOAD' : emptySha256);
  const ask = async (service: ServiceName, name: string, input: Record<string, unknown>): Promise<never> => {
    const side = sides.get(service)!;
    exchange.side = side;
    const admitted = { exchange, request, side, admission };
    const { operation, run } = findOperation(admitted, name, awsJson.unknownOperation);
    const call = callOf(desk, admitted, operation, { input, trailers: () => ({}) });
    await options.authorise?.(call);
    return (await run(call)) as never;
  };
  const query = new URLSearchParams();
  for (const { name, value } of request.query) query.append(name, value ?? '');
  return writePage(await page({ ask, headers: request.headers, query }));
}

/** What a person reads whose browser asked. */
const inHtml: Protocol = {
  ...awsJson,
  writeFailure: (failure, _model, _request, requestId) => ({
    status: failure.status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'self'",
      'x-amzn-requestid': requestId,
    },
    body: failurePage(failure, requestId),
  }),
};

const failurePage = ({ code, message }: Failure, requestId: string): string =>
  `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>${escaped(code)}</title>
<h1>There is no page to show</h1>
<p>${escaped(message)}</p>
<p><small>${escaped(code)}, request ${escaped(requestId)}</small></p>
</html>
`;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
