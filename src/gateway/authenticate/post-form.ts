import { createHmac, timingSafeEqual } from 'node:crypto';
import { ServiceError } from '../../base/index.ts';
import type { Caller } from '../operation.ts';
import type { Admission, AuthenticatorOptions } from './authenticate.ts';
import { refuse } from './refusals.ts';
import { sameHex, signingKey } from './signature-v4.ts';

type Fields = ReadonlyMap<string, string>;

/**
 * The sender of a form: who signed its policy, by Version 4 or 2, or nobody. Throws S3's refusal of a signature, and
 * InvalidArgument (400) for a form that lacks a field. The policy itself is the caller's to hold the form against.
 */
export async function admitForm(
  fields: Fields,
  { keyOf, auth, region }: Pick<AuthenticatorOptions, 'keyOf' | 'auth' | 'region'>,
): Promise<Admission> {
  const claim = readClaim(fields);
  if (claim === undefined) return admission({ accessKeyId: '', anonymous: true }, region);
  const signed = { place: 'form', version: claim.region === undefined ? 'V2' : 'V4' } as const;
  const caller: Caller = { accessKeyId: claim.accessKeyId, anonymous: false, signed };
  if (auth === 'open') return admission(caller, claim.region ?? region);
  const key = await keyOf(claim.accessKeyId, fields.get('x-amz-security-token'));
  if (key === undefined) throw refuse('s3', 'unknown-key', { details: { AWSAccessKeyId: claim.accessKeyId } });
  if ('refusal' in key) throw refuse('s3', key.refusal);
  if (!claim.matches(key.secret))
    throw refuse('s3', 'mismatch', {
      details: { AWSAccessKeyId: claim.accessKeyId, SignatureProvided: claim.signature },
    });
  caller.holder = key.holder;
  return admission(caller, claim.region ?? region);
}

const admission = (caller: Caller, region: string): Admission => ({
  caller,
  region,
  presigned: false,
  signs: () => false,
  verify: () => {},
  chunkSigner: () => undefined,
});

interface FormClaim {
  accessKeyId: string;
  region: string | undefined;
  signature: string;
  matches(secret: string): boolean;
}

function readClaim(fields: Fields): FormClaim | undefined {
  const isV4 = fields.has('x-amz-signature') || fields.has('x-amz-credential') || fields.has('x-amz-algorithm');
  const isV2 = fields.has('signature') || fields.has('awsaccesskeyid');
  if (!fields.has('policy')) {
    if (isV4 || isV2) throw missing('policy');
    return undefined;
  }
  return isV4 ? readV4(fields) : readV2(fields);
}

function readV4(fields: Fields): FormClaim {
  const [policy, signature] = [required(fields, 'policy'), required(fields, 'x-amz-signature')];
  const algorithm = required(fields, 'x-amz-algorithm');
  if (algorithm !== 'AWS4-HMAC-SHA256')
    throw invalid('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"', 'x-amz-algorithm', algorithm);
  const credential = required(fields, 'x-amz-credential');
  const scope = /^(.+)\/(\d{8})\/([\w-]+)\/s3\/aws4_request$/.exec(credential);
  if (scope === null)
    throw invalid(
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/s3/aws4_request".',
      'x-amz-credential',
      credential,
    );
  const [, accessKeyId = '', date = '', region = ''] = scope;
  if (!required(fields, 'x-amz-date').startsWith(`${date}T`))
    throw invalid('X-Amz-Date must be of the day of the credential', 'x-amz-date', fields.get('x-amz-date') ?? '');
  const matches = (secret: string): boolean => {
    const key = signingKey(secret, { date, region, service: 's3' });
    return sameHex(createHmac('sha256', key).update(policy).digest('hex'), signature);
  };
  return { accessKeyId, region, signature, matches };
}

function readV2(fields: Fields): FormClaim {
  const policy = required(fields, 'policy');
  const accessKeyId = required(fields, 'awsaccesskeyid');
  const signature = required(fields, 'signature');
  const matches = (secret: string): boolean => {
    const [expected, given] = [createHmac('sha1', secret).update(policy).digest(), Buffer.from(signature, 'base64')];
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
  return { accessKeyId, region: undefined, signature, matches };
}

function required(fields: Fields, name: string): string {
  const value = fields.get(name);
  if (value === undefined || value === '') throw missing(name);
  return value;
}

const missing = (name: string): ServiceError =>
  invalid(
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    name,
    '',
  );

const invalid = (message: string, name: string, value: string): ServiceError =>
  new ServiceError('InvalidArgument', message, { status: 400, details: { ArgumentName: name, ArgumentValue: value } });
