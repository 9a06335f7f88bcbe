import type { Readable } from 'node:stream';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import { Conflict, ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import type { PutOptions } from '../../store/index.ts';
import { attributesOf, checksumMembers, type DescribingInput } from './attributes.ts';
import { verifyDigests, wantedChecksums } from './checksums.ts';
import {
  noSuchKey,
  preconditionFailed,
  quoted,
  requireBucket,
  requireKey,
  type S3Options,
  unquoted,
} from './context.ts';

/** PutObject: verified against every digest that came with it before it becomes visible. */
export const putObject = (options: S3Options) => async (call: Call<PutObjectCommandInput>) => {
  const { input } = call;
  const bucket = await requireBucket(options, input, 'write');
  const key = requireKey(input.Key);
  const expect = expectation(input);
  const attributes = attributesOf(input as DescribingInput);
  try {
    const object = await options.objects.put({ bucket: bucket.name, key }, bodyOf(input.Body), {
      attributes,
      checksums: wantedChecksums(call),
      ...(expect === undefined ? {} : { expect }),
      accept: (digests) => {
        verifyDigests(call, digests);
        return { checksums: digests.checksums, checksumType: 'FULL_OBJECT' };
      },
    });
    return {
      ETag: quoted(object.etag),
      ...checksumMembers(object.attributes),
      ...encryption(input.ServerSideEncryption),
    };
  } catch (thrown) {
    throw await conditionFailure(thrown, options, { bucket: bucket.name, key }, input);
  }
};

interface Conditions {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
}

/** What a conditional write expects to find. Throws NotImplemented for If-None-Match with anything but `*`. */
export function expectation({ IfMatch, IfNoneMatch }: Conditions): PutOptions['expect'] {
  if (IfNoneMatch !== undefined) {
    if (IfNoneMatch !== '*') throw new ServiceError('NotImplemented', 'If-None-Match of a write can only be *');
    return { absent: true };
  }
  return IfMatch === undefined ? undefined : { etag: unquoted(IfMatch) };
}

/** A failed expectation in S3's words; anything else as it is. */
export async function conditionFailure(
  thrown: unknown,
  { objects }: S3Options,
  target: { bucket: string; key: string },
  conditions: Conditions,
): Promise<unknown> {
  if (!(thrown instanceof Conflict)) return thrown;
  if (conditions.IfMatch === undefined) return preconditionFailed('If-None-Match');
  return (await objects.head(target.bucket, target.key)) === undefined
    ? noSuchKey(target.key)
    : preconditionFailed('If-Match');
}

/** The bytes of a payload, which the gateway hands over as a stream or, when there is none, as an empty buffer. */
export async function* bodyOf(body: unknown): AsyncGenerator<Uint8Array> {
  if (body === undefined || body === null) return;
  if (Buffer.isBuffer(body)) yield body;
  else yield* body as Readable;
}

/** AES256 is echoed to who asked for it. Other kinds are a promise Linnet does not make. */
export function encryption(asked: string | undefined): { ServerSideEncryption?: string } {
  if (asked === undefined) return {};
  if (asked === 'AES256') return { ServerSideEncryption: asked };
  throw new ServiceError(
    'NotImplemented',
    `Server-side encryption ${asked} is not offered by Linnet; AES256 is accepted`,
  );
}
