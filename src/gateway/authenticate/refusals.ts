import { ServiceError } from '../../base/index.ts';

/** How a service words its refusals: AWS JSON and REST-JSON, the Query services, or S3. */
export type Family = 'json' | 'query' | 's3';

export type Reason =
  | 'missing'
  | 'malformed'
  | 'malformed-query'
  | 'unknown-key'
  | 'expired-token'
  | 'invalid-token'
  | 'mismatch'
  | 'skewed'
  | 'expired'
  | 'unsigned-header'
  | 'unknown-host'
  | 'cross-origin'
  | 'signed-out';

const signatureText =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const keyText = 'The security token included in the request is invalid.';

const crossOriginText = 'With --auth open, web pages of another origin are not answered';

const signedOutText = 'Nobody is signed in to the console with this cookie, or no more; sign in again';

/** S3 has one text for all of these, except where the text is our own. */
const ownTexts: readonly Reason[] = ['malformed', 'malformed-query', 'unknown-host', 'cross-origin', 'signed-out'];

/** Code, status and text by family; a refusal's own text wins over the one here. */
const answers: Readonly<
  Record<Reason, Readonly<Record<Family, readonly [code: string, status: number, text: string]>>>
> = {
  missing: {
    json: ['MissingAuthenticationTokenException', 403, 'Missing Authentication Token'],
    query: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
    s3: ['AccessDenied', 403, 'Access Denied'],
  },
  malformed: {
    json: ['IncompleteSignatureException', 403, 'The request signature does not conform to AWS standards'],
    query: ['IncompleteSignature', 403, 'The request signature does not conform to AWS standards'],
    s3: ['AuthorizationHeaderMalformed', 400, 'The authorization header is malformed'],
  },
  'malformed-query': {
    json: ['IncompleteSignatureException', 403, 'The request signature does not conform to AWS standards'],
    query: ['IncompleteSignature', 403, 'The request signature does not conform to AWS standards'],
    s3: ['AuthorizationQueryParametersError', 400, 'The query-string authentication parameters are malformed'],
  },
  'unknown-key': {
    json: ['UnrecognizedClientException', 403, keyText],
    query: ['InvalidClientTokenId', 403, keyText],
    s3: ['InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.'],
  },
  'expired-token': {
    json: ['ExpiredTokenException', 403, 'The security token included in the request is expired'],
    query: ['ExpiredToken', 403, 'The security token included in the request is expired'],
    s3: ['ExpiredToken', 400, 'The provided token has expired.'],
  },
  'invalid-token': {
    json: ['UnrecognizedClientException', 403, keyText],
    query: ['InvalidClientTokenId', 403, keyText],
    s3: ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'],
  },
  mismatch: {
    json: ['InvalidSignatureException', 403, signatureText],
    query: ['SignatureDoesNotMatch', 403, signatureText],
    s3: [
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    ],
  },
  skewed: {
    json: ['InvalidSignatureException', 403, 'Signature expired'],
    query: ['SignatureDoesNotMatch', 403, 'Signature expired'],
    s3: ['RequestTimeTooSkewed', 403, 'The difference between the request time and the current time is too large.'],
  },
  expired: {
    json: ['InvalidSignatureException', 403, 'Signature expired'],
    query: ['SignatureDoesNotMatch', 403, 'Signature expired'],
    s3: ['AccessDenied', 403, 'Request has expired'],
  },
  'unsigned-header': {
    json: ['InvalidSignatureException', 403, 'There were headers present in the request which were not signed'],
    query: ['SignatureDoesNotMatch', 403, 'There were headers present in the request which were not signed'],
    s3: ['AccessDenied', 403, 'There were headers present in the request which were not signed'],
  },
  'unknown-host': {
    json: ['UnknownHostException', 421, 'The Host is not a name of this server'],
    query: ['UnknownHost', 421, 'The Host is not a name of this server'],
    s3: ['UnknownHost', 421, 'The Host is not a name of this server'],
  },
  'cross-origin': {
    json: ['AccessDeniedException', 403, crossOriginText],
    query: ['AccessDenied', 403, crossOriginText],
    s3: ['AccessDenied', 403, crossOriginText],
  },
  'signed-out': {
    json: ['ExpiredTokenException', 401, signedOutText],
    query: ['ExpiredToken', 401, signedOutText],
    s3: ['ExpiredToken', 401, signedOutText],
  },
};

/** The refusal of a request whose sender could not be verified, in the words of its family. */
export function refuse(
  family: Family,
  reason: Reason,
  options: { text?: string; details?: Record<string, unknown> } = {},
): ServiceError {
  const [code, status, text] = answers[reason][family];
  const refusal = new ServiceError(code, family !== 's3' || ownTexts.includes(reason) ? (options.text ?? text) : text, {
    status,
    ...(family === 's3' && options.details !== undefined ? { details: options.details } : {}),
  });
  reasons.set(refusal, reason);
  return refusal;
}

/** Beside the errors, so that no answer can show it. */
const reasons = new WeakMap<object, Reason>();

/** Why a sender was not let in; undefined for any other error. */
export const reasonOf = (thrown: unknown): Reason | undefined =>
  typeof thrown === 'object' && thrown !== null ? reasons.get(thrown) : undefined;
