import { Conflict, ServiceError } from '../../base/index.ts';
import type { ObjectTarget, PutOptions } from '../../store/index.ts';
import { noSuchBucket, noSuchKey, preconditionFailed, type S3Options, unquoted } from './context.ts';

interface Conditions {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
}

/** What a conditional write expects to find. Throws NotImplemented (501) for If-None-Match with anything but `*`. */
export function expectation({ IfMatch, IfNoneMatch }: Conditions): PutOptions['expect'] {
  if (IfNoneMatch === undefined) return IfMatch === undefined ? undefined : { etag: unquoted(IfMatch) };
  if (IfNoneMatch === '*' && IfMatch === undefined) return { absent: true };
  throw new ServiceError(
    'NotImplemented',
    IfMatch === undefined
      ? `If-None-Match of a write can only be *; it is ${IfNoneMatch}`
      : 'If-Match and If-None-Match cannot be used together',
    { status: 501 },
  );
}

/** Why a write met a conflict, in S3's words: its bucket went, a condition does not hold; anything else as it is. */
export async function writeFailure(
  thrown: unknown,
  { objects }: S3Options,
  { bucket, key }: ObjectTarget,
  { IfMatch, IfNoneMatch }: Conditions,
): Promise<unknown> {
  if (!(thrown instanceof Conflict)) return thrown;
  if ((await objects.bucket(bucket)) === undefined) return noSuchBucket(bucket);
  if (IfNoneMatch !== undefined) return preconditionFailed('If-None-Match');
  if (IfMatch === undefined) return operationAborted();
  return (await objects.head(bucket, key)) === undefined ? noSuchKey(key) : preconditionFailed('If-Match');
}

const operationAborted = (): ServiceError =>
  new ServiceError(
    'OperationAborted',
    'A conflicting conditional operation is currently in progress against this resource. Please try again.',
  );
