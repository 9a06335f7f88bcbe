import type { DeleteObjectsCommandInput, DeleteObjectsCommandOutput } from '@aws-sdk/client-s3';
import { ServiceError } from '../../base/index.ts';
import type { Call, Operation } from '../../gateway/index.ts';

// What the rights of a caller change about an answer. Whether the operation may run at all was decided before.

/** Of many keys, deletes those that the caller may delete, and answers AccessDenied for each of the others. */
export function onlyAllowed(deleteObjects: Operation): Operation {
  return async (call: Call<DeleteObjectsCommandInput>): Promise<DeleteObjectsCommandOutput | object> => {
    const { caller, input } = call;
    const { Bucket, Delete } = input;
    if (caller.may === undefined) return deleteObjects(call);
    const objects = Delete?.Objects ?? [];
    const bypass = input.BypassGovernanceRetention === true;
    const allowed = await Promise.all(
      objects.map(async ({ Key = '', VersionId }) => {
        const object = `arn:aws:s3:::${Bucket}/${Key}`;
        const action = VersionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
        return (
          (await caller.may!(action, object, { 's3:versionid': VersionId })) &&
          (!bypass || (await caller.may!('s3:BypassGovernanceRetention', object)))
        );
      }),
    );
    const denied = objects.filter((_, index) => !allowed[index]);
    if (denied.length === 0) return deleteObjects(call);
    const errors = denied.map(({ Key, VersionId }) => ({
      Key,
      VersionId,
      Code: 'AccessDenied',
      Message: 'Access Denied',
    }));
    if (denied.length === objects.length) return { Errors: errors };
    const rest = objects.filter((_, index) => allowed[index]);
    input.Delete = { ...Delete, Objects: rest };
    const answer = await deleteObjects(call);
    return { ...answer, Errors: [...(answer.Errors ?? []), ...errors] };
  };
}

/** Whoever may not list a bucket is not told which keys it lacks. */
export function hidingAbsence(read: Operation): Operation {
  return async (call: Call<{ Bucket: string }>) => {
    try {
      return await read(call);
    } catch (thrown) {
      const absent = thrown instanceof ServiceError && ['NoSuchKey', 'NotFound'].includes(thrown.code);
      if (!absent || call.caller.may === undefined) throw thrown;
      if (await call.caller.may('s3:ListBucket', `arn:aws:s3:::${call.input.Bucket}`)) throw thrown;
      throw new ServiceError('AccessDenied', 'Access Denied', { status: 403 });
    }
  };
}
