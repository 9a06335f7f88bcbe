import type { DeleteObjectCommandInput, DeleteObjectsCommandInput } from '@aws-sdk/client-s3';
import { Conflict, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import {
  malformedXml,
  noSuchKey,
  notImplemented,
  preconditionFailed,
  requireBucket,
  requireKey,
  type S3Options,
  strongTag,
} from '../context.ts';
import { requireOffered } from '../offered.ts';
import { requireVersion } from '../version-id.ts';
import { isAny, refuseConditions } from './write-conditions.ts';

const batchMax = 1000;
/** Objects of one batch that are removed at a time. */
const sideBySide = 16;

interface Doomed {
  key: string;
  versionId: string | undefined;
  etag: string | undefined;
}

/** DeleteObject: what is not there is deleted already. */
export const deleteObject =
  (options: S3Options) =>
  async ({ input, headers }: Call<DeleteObjectCommandInput>) => {
    const { VersionId } = input;
    const bucket = await requireBucket(options, input, 'write');
    requireOffered(options, bucket, input);
    refuseConditions(headers, ['if-none-match', 'if-unmodified-since']);
    await remove(options, bucket.name, { key: requireKey(input.Key), versionId: VersionId, etag: input.IfMatch });
    return { VersionId };
  };

/** DeleteObjects: each key has its own outcome, in the order asked for. */
export const deleteObjects =
  (options: S3Options) =>
  async ({ input }: Call<DeleteObjectsCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    const wanted = input.Delete?.Objects ?? [];
    if (wanted.length === 0 || wanted.length > batchMax) throw malformedXml();
    const failures: (ServiceError | undefined)[] = [];
    const places = wanted.entries();
    const work = async (): Promise<void> => {
      for (const [place, { Key = '', VersionId, ETag, LastModifiedTime, Size }] of places) {
        try {
          if (LastModifiedTime !== undefined || Size !== undefined)
            throw notImplemented(
              'Of the conditions of a removal, Linnet offers ETag; LastModifiedTime and Size it does not',
            );
          await remove(options, bucket.name, { key: requireKey(Key), versionId: VersionId, etag: ETag });
        } catch (thrown) {
          if (!(thrown instanceof ServiceError)) throw thrown;
          failures[place] = thrown;
        }
      }
    };
    await Promise.all(Array.from({ length: sideBySide }, work));
    const deleted = wanted.filter((_, place) => failures[place] === undefined);
    const errors = wanted.flatMap(({ Key, VersionId }, place) => {
      const failure = failures[place];
      return failure === undefined ? [] : [{ Key, VersionId, Code: failure.code, Message: failure.message }];
    });
    return {
      ...(input.Delete?.Quiet ? {} : { Deleted: deleted.map(({ Key, VersionId }) => ({ Key, VersionId })) }),
      ...(errors.length === 0 ? {} : { Errors: errors }),
    };
  };

async function remove({ objects }: S3Options, bucket: string, { key, versionId, etag }: Doomed): Promise<void> {
  requireVersion(versionId);
  const expect = etag === undefined || isAny(etag) ? undefined : { etag: strongTag(etag) };
  let wasThere: boolean;
  try {
    wasThere = await objects.remove(bucket, key, expect);
  } catch (thrown) {
    throw thrown instanceof Conflict ? preconditionFailed('If-Match') : thrown;
  }
  // What is not there is deleted already, but for a client that expects it to be there.
  if (!wasThere && etag !== undefined) throw noSuchKey(key);
}
