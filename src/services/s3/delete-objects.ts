import type { DeleteObjectCommandInput, DeleteObjectsCommandInput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../base/index.ts';
import type { Call } from '../../gateway/index.ts';
import { requireBucket, requireKey, type S3Options } from './context.ts';

const batchMax = 1000;

/** DeleteObject: what is not there is deleted already. */
export const deleteObject =
  (options: S3Options) =>
  async ({ input }: Call<DeleteObjectCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    await options.objects.remove(bucket.name, requireKey(input.Key));
    return {};
  };

/** DeleteObjects: each key has its own outcome. */
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
    const deleted: { Key: string }[] = [];
    const errors: { Key: string; Code: string; Message: string }[] = [];
    for (const { Key = '' } of wanted) {
      try {
        await options.objects.remove(bucket.name, requireKey(Key));
        deleted.push({ Key });
      } catch (thrown) {
        if (!(thrown instanceof ServiceError)) throw thrown;
        errors.push({ Key, Code: thrown.code, Message: thrown.message });
      }
    }
    return { ...(input.Delete?.Quiet ? {} : { Deleted: deleted }), ...(errors.length === 0 ? {} : { Errors: errors }) };
  };
