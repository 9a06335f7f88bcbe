import { Readable } from 'node:stream';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { Call } from '../../gateway/index.ts';
import { attributesOf, checksumMembers, type DescribingInput, encryption } from './attributes.ts';
import { verifyDigests, wantedChecksums } from './checksums.ts';
import { quoted, requireBucket, requireKey, type S3Options } from './context.ts';
import { requireOffered } from './offered.ts';
import { expectation, writeFailure } from './write-conditions.ts';

/** PutObject: verified against every digest that came with it before it becomes visible. */
export const putObject = (options: S3Options) => async (call: Call<PutObjectCommandInput>) => {
  const { input } = call;
  const bucket = await requireBucket(options, input, 'write');
  const key = requireKey(input.Key);
  requireOffered(input);
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
    return { ETag: quoted(object.etag), ...checksumMembers(object.attributes), ...encryption(input) };
  } catch (thrown) {
    throw await writeFailure(thrown, options, { bucket: bucket.name, key }, input);
  }
};

/** The bytes of a payload, which the gateway hands over as a stream or, when there is none, as an empty buffer. */
export const bodyOf = (body: unknown): Readable =>
  body instanceof Readable ? body : Readable.from(Buffer.isBuffer(body) ? [body] : []);
