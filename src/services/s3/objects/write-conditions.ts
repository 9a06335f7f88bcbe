import { Conflict, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { ObjectTarget, PutOptions } from '../../../store/index.ts';
import { noSuchBucket, noSuchKey, preconditionFailed, type S3Options, strongTag } from '../context.ts';

interface Conditions {
  IfMatch?: string | undefined;
  IfNoneMatch?: string | undefined;
}

/**
 * What a conditional write expects to find. Throws NotImplemented (501) for a condition that S3 has not on writes: one
 * that is ignored overwrites what its sender wanted to keep.
 */
export function expectation({ input, headers }: Pick<Call<Conditions>, 'input' | 'headers'>): PutOptions['expect'] {
  const { IfMatch, IfNoneMatch } = input;
  refuseConditions(headers, ['if-unmodified-since']);
  if (IfNoneMatch === undefined) {
    if (IfMatch === undefined) return undefined;
    return isAny(IfMatch) ? { present: true } : { etag: strongTag(IfMatch) };
  }
  if (isAny(IfNoneMatch) && IfMatch === undefined) return { absent: true };
  throw notImplemented(
    IfMatch === undefined
      ? `If-None-Match of a write can only be *; it is ${IfNoneMatch}`
      : 'If-Match and If-None-Match cannot be used together',
  );
}

/** Throws NotImplemented (501) for conditions that an operation of S3 does not have. */
export function refuseConditions(headers: Readonly<Record<string, string>>, names: readonly string[]): void {
  const name = names.find((each) => headers[each] !== undefined);
  if (name !== undefined)
    throw notImplemented(`A header you provided implies functionality that is not implemented: ${name}`, {
      Header: name,
    });
}

/** Whether a condition is about any object at all: `*`, which some clients put in quotes as they do entity tags. */
export const isAny = (condition: string): boolean => condition === '*' || condition === '"*"';

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

const notImplemented = (message: string, details: Record<string, string> = {}): ServiceError =>
  new ServiceError('NotImplemented', message, { status: 501, details });
