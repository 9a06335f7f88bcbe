import type { DeleteObjectCommandInput, DeleteObjectsCommandInput } from '@aws-sdk/client-s3';
import { Conflict, ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { preconditionFailed, requireBucket, requireKey, type S3Options, unquoted } from './context.ts';
import { requireNoVersion, requireOffered } from './offered.ts';

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
  async ({ input }: Call<DeleteObjectCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    requireOffered(input);
    await remove(options, bucket.name, {
      key: requireKey(input.Key),
      versionId: input.VersionId,
      etag: input.IfMatch,
    });
    return {};
  };

/** DeleteObjects: each key has its own outcome, in the order asked for. */
export const deleteObjects =
  (options: S3Options) =>
  async ({ input }: Call<DeleteObjectsCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    const wanted = input.Delete?.Objects ?? [];
    if (wanted.length === 0 || wanted.length > batchMax) {
      throw new ServiceError(
        'MalformedXML',
        'The XML you provided was not well-formed or did not validate against our published schema',
      );
    }
    const failures: (ServiceError | undefined)[] = [];
    const places = wanted.entries();
    const work = async (): Promise<void> => {
      for (const [place, { Key = '', VersionId, ETag }] of places) {
        try {
          await remove(options, bucket.name, { key: requireKey(Key), versionId: VersionId, etag: ETag });
        } catch (thrown) {
          if (!(thrown instanceof ServiceError)) throw thrown;
          failures[place] = thrown;
        }
      }
    };
    await Promise.all(Array.from({ length: sideBySide }, work));
    const deleted = wanted.filter((_, place) => failures[place] === undefined);
    const errors = wanted.flatMap(({ Key }, place) => {
      const failure = failures[place];
      return failure === undefined ? [] : [{ Key, Code: failure.code, Message: failure.message }];
    });
    return {
      ...(input.Delete?.Quiet ? {} : { Deleted: deleted.map(({ Key }) => ({ Key })) }),
      ...(errors.length === 0 ? {} : { Errors: errors }),
    };
  };

async function remove({ objects }: S3Options, bucket: string, { key, versionId, etag }: Doomed): Promise<void> {
  requireNoVersion(versionId);
  try {
    await objects.remove(bucket, key, etag === undefined || etag === '*' ? undefined : { etag: unquoted(etag) });
  } catch (thrown) {
    throw thrown instanceof Conflict ? preconditionFailed('If-Match') : thrown;
  }
}
