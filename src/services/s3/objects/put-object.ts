import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { Call } from '../../../gateway/index.ts';
import { sentChecksum, verifyDigests } from '../checksums/checksums.ts';
import { quoted, requireBucket, requireKey, type S3Options } from '../context.ts';
import { encryptionHeaders, encryptionOf } from '../encryption.ts';
import { expirationMember } from '../lifecycle/due.ts';
import { lockOfWrite } from '../lock/locks.ts';
import { checksumByDefault } from '../multipart/uploads.ts';
import { requireOffered } from '../offered.ts';
import { writtenVersion } from '../version-id.ts';
import { attributesOf, checksumMembers, type DescribingInput } from './attributes.ts';
import { expectation, writeFailure } from './write-conditions.ts';

/** PutObject: verified against every digest that came with it before it becomes visible. */
export const putObject = (options: S3Options) => async (call: Call<PutObjectCommandInput>) => {
  const { input } = call;
  const bucket = await requireBucket(options, input, 'write');
  const key = requireKey(input.Key);
  requireOffered(options, bucket, input);
  const expect = expectation(call);
  const attributes = {
    ...attributesOf(input as DescribingInput, encryptionHeaders(options, bucket, input)),
    ...lockOfWrite(bucket, input, options.nowMs()),
  };
  try {
    const object = await options.objects.put({ bucket: bucket.name, key }, bodyOf(input.Body), {
      attributes,
      checksums: [sentChecksum(call) ?? checksumByDefault],
      owned: true,
      ...(expect === undefined ? {} : { expect }),
      accept: (digests) => {
        verifyDigests(call, digests);
        return { checksums: digests.checksums, checksumType: 'FULL_OBJECT' };
      },
    });
    return {
      ETag: quoted(object.etag),
      ...checksumMembers(object.attributes),
      ...encryptionOf(object),
      ...writtenVersion(object),
      ...expirationMember(bucket, object),
    };
  } catch (thrown) {
    throw await writeFailure(thrown, options, { bucket: bucket.name, key }, input);
  }
};

/** The bytes of a payload, which the gateway hands over piece by piece. */
export const bodyOf = (body: unknown): AsyncIterable<Uint8Array> => body as AsyncIterable<Uint8Array>;
