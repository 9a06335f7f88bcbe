import type { ServerSideEncryptionConfiguration } from '@aws-sdk/client-s3';
import type { Call } from '../../gateway/index.ts';
import type { Bucket, ObjectAttributes, StoredObject } from '../../store/index.ts';
import { invalidArgument, invalidRequest, notImplemented, type S3Options } from './context.ts';
import { keptSetting } from './settings/kept.ts';

// Where the server has a key, everything is encrypted as AES256 says. Who asks for what is not done gets the label, kept and
// answered, or a refusal (`--encryption refuse`); who sends a key to encrypt with is refused always: that key is meant to protect
// the bytes.

/** The members of PutObject, CreateMultipartUpload and CopyObject about encryption. */
export interface EncryptingInput {
  ServerSideEncryption?: string | undefined;
  SSEKMSKeyId?: string | undefined;
  SSEKMSEncryptionContext?: string | undefined;
  BucketKeyEnabled?: boolean | undefined;
}

const header = 'x-amz-server-side-encryption';
const members = ['ServerSideEncryption', 'SSEKMSKeyId', 'SSEKMSEncryptionContext', 'BucketKeyEnabled'] as const;
const kmsKinds: readonly string[] = ['aws:kms', 'aws:kms:dsse'];
export const encryptionKinds: readonly string[] = ['AES256', ...kmsKinds];

/**
 * What is kept with an object of the encryption its writer asks for, or else its bucket's default. Throws
 * InvalidArgument (400) for what contradicts itself, or NotImplemented (501) where encryption is refused.
 */
export function encryptionHeaders(options: S3Options, bucket: Bucket, input: EncryptingInput): Record<string, string> {
  requireConsistent(input);
  const byDefault = defaultEncryptionOf(bucket);
  const asked = input.ServerSideEncryption === undefined ? byDefault : input;
  if (asked?.ServerSideEncryption === undefined) return {};
  const kind = asked.ServerSideEncryption;
  allowLabel(options, bucket, kind, asked === input ? `asks for ${kind}` : defaultOf(asked));
  const bucketKey = kmsKinds.includes(kind) ? (input.BucketKeyEnabled ?? asked.BucketKeyEnabled) : undefined;
  return {
    ServerSideEncryption: kind,
    ...(asked.SSEKMSKeyId === undefined ? {} : { SSEKMSKeyId: asked.SSEKMSKeyId }),
    ...(input.SSEKMSEncryptionContext === undefined ? {} : { SSEKMSEncryptionContext: input.SSEKMSEncryptionContext }),
    ...(bucketKey === true ? { BucketKeyEnabled: 'true' } : {}),
  };
}

/** What a bucket asks for on behalf of writers that ask for nothing. */
function defaultEncryptionOf(bucket: Bucket): EncryptingInput | undefined {
  const rule = bucketEncryptionOf(bucket)?.Rules?.[0];
  const byDefault = rule?.ApplyServerSideEncryptionByDefault;
  return (
    byDefault && {
      ServerSideEncryption: byDefault.SSEAlgorithm,
      SSEKMSKeyId: byDefault.KMSMasterKeyID,
      BucketKeyEnabled: rule?.BucketKeyEnabled,
    }
  );
}

/** The encryption that was configured for a bucket. */
export const bucketEncryptionOf = (bucket: Bucket): ServerSideEncryptionConfiguration | undefined =>
  keptSetting<ServerSideEncryptionConfiguration>(bucket, 'encryption');

const defaultOf = ({ ServerSideEncryption }: EncryptingInput): string =>
  `takes on the bucket's default encryption, ${ServerSideEncryption} (DeleteBucketEncryption removes that)`;

const byTheServer = { ServerSideEncryption: 'AES256' } as const;

/** What answers say of an object's encryption: what its writer asked for, or else what is done. */
export const encryptionOf = ({ attributes, encrypted }: StoredObject): Record<string, string> => ({
  ...(encrypted ? byTheServer : {}),
  ...labelsOf(attributes),
});

/** What answers say of the encryption of an upload and its parts. */
export const encryptionOfUpload = (
  { isEncrypted }: Pick<S3Options, 'isEncrypted'>,
  attributes: ObjectAttributes,
): Record<string, string> => ({ ...(isEncrypted ? byTheServer : {}), ...labelsOf(attributes) });

const labelsOf = ({ headers = {} }: ObjectAttributes): Record<string, string> =>
  Object.fromEntries(members.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));

/** Headers of an object without those about encryption. */
export const withoutEncryption = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !(members as readonly string[]).includes(name)));

/** Lets a label pass and says so in the log, once for each bucket. Throws NotImplemented (501) where it is refused. */
export function allowLabel(
  { encryption, isEncrypted, warn, warnedOf }: S3Options,
  { name }: Bucket,
  kind: string,
  what: string,
): void {
  if (isEncrypted && kind === byTheServer.ServerSideEncryption) return;
  if (encryption === 'refuse')
    throw notImplemented(
      isEncrypted
        ? `This request ${what}, but Linnet has no key management service: it encrypts with a key of its own, as AES256, and --encryption refuse is set`
        : `This request ${what}, but Linnet encrypts nothing at rest without --encryption-key-file, and --encryption refuse is set`,
    );
  if (warnedOf.has(name)) return;
  warnedOf.add(name);
  warn(
    isEncrypted
      ? `Bucket ${name}: a request ${what}. Linnet keeps that as a label, and encrypts with the key of --encryption-key-file; --encryption refuse refuses such requests (docs/security.md)`
      : `Bucket ${name}: a request ${what}. Linnet keeps that as a label, but encrypts nothing at rest: --encryption-key-file FILE does, --encryption refuse refuses such requests (docs/security.md)`,
  );
}

function requireConsistent(input: EncryptingInput): void {
  const { ServerSideEncryption: kind, SSEKMSKeyId, SSEKMSEncryptionContext: context } = input;
  if (kind !== undefined && !encryptionKinds.includes(kind))
    throw invalidArgument('The encryption method specified is not supported', header, kind);
  if ((SSEKMSKeyId !== undefined || context !== undefined) && !kmsKinds.includes(kind ?? ''))
    throw invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      header,
      kind,
    );
  if (context !== undefined && !isContext(context))
    throw invalidArgument(
      "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
      'x-amz-server-side-encryption-context',
      '',
    );
}

function isContext(text: string): boolean {
  const decoded = Buffer.from(text, 'base64');
  if (decoded.toString('base64') !== text) return false;
  try {
    const value: unknown = JSON.parse(decoded.toString('utf8'));
    return (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((entry) => typeof entry === 'string')
    );
  } catch {
    return false;
  }
}

const hasCustomerKey = (input: object): boolean =>
  Object.entries(input).some(([name, value]) => name.includes('SSECustomer') && value !== undefined);

/** Throws NotImplemented (501) for a write that brings a key to encrypt with. */
export function requireNoCustomerKey(input: object): void {
  if (hasCustomerKey(input))
    throw notImplemented(
      'Encryption with a key of the client (SSE-C) is not offered by Linnet: your key is meant to protect the bytes, and would not. Leave out the x-amz-server-side-encryption-customer-* headers',
    );
}

/**
 * Throws what S3 answers to a read that speaks of encryption: InvalidRequest (400) to one with a key for an object which
 * is not encrypted by a key of the client, InvalidArgument (400) to one that asks for encryption.
 */
export function requireNoEncryptionOfRead({ input, headers }: Pick<Call<object>, 'input' | 'headers'>): void {
  if (headers[header] !== undefined)
    throw invalidArgument(`${header} header is not supported for this operation.`, header, headers[header]);
  if (hasCustomerKey(input)) throw invalidRequest('The encryption parameters are not applicable to this object.');
}
