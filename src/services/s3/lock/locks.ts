import type { ObjectLockConfiguration } from '@aws-sdk/client-s3';
import { ServiceError } from '../../../base/index.ts';
import type { Bucket, ObjectAttributes, StoredVersion } from '../../../store/index.ts';
import { invalidArgument, invalidRequest } from '../context.ts';
import { keptSetting } from '../settings/kept.ts';

// What keeps a version from being removed: a date until which it is retained, and a legal hold without an end.

type Retention = NonNullable<ObjectAttributes['retention']>;
type Lock = Pick<ObjectAttributes, 'retention' | 'legalHold'>;

const dayMs = 86_400_000;

/** The Object Lock of a bucket; undefined where it has none. */
export const lockConfigurationOf = (bucket: Bucket): ObjectLockConfiguration | undefined =>
  keptSetting<ObjectLockConfiguration>(bucket, 'objectLock');

/** The members of a write that lock what it makes. */
interface LockingInput {
  ObjectLockMode?: string | undefined;
  ObjectLockRetainUntilDate?: Date | undefined;
  ObjectLockLegalHoldStatus?: string | undefined;
}

/** The lock that a writer asks for. Throws InvalidRequest (400) where the bucket has no Object Lock, InvalidArgument (400). */
export function lockAskedFor(bucket: Bucket, input: LockingInput, nowMs: number): Lock {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = input;
  if (mode === undefined && until === undefined && hold === undefined) return {};
  if (lockConfigurationOf(bucket) === undefined) throw withoutLock();
  if ((mode === undefined) !== (until === undefined))
    throw invalidArgument(
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
      mode === undefined ? 'x-amz-object-lock-mode' : 'x-amz-object-lock-retain-until-date',
      undefined,
    );
  return {
    ...(mode === undefined || until === undefined ? {} : { retention: retentionOf(mode, until, nowMs) }),
    ...(hold === 'ON' ? { legalHold: true } : {}),
  };
}

/** The retention that a new version of a bucket gets whose writer asks for none. */
export function defaultRetention(bucket: Bucket, asked: Retention | undefined, nowMs: number): Lock {
  const { Mode, Days, Years } = lockConfigurationOf(bucket)?.Rule?.DefaultRetention ?? {};
  if (asked !== undefined) return { retention: asked };
  if (Mode === undefined) return {};
  return { retention: { mode: Mode, untilMs: nowMs + (Days ?? (Years ?? 0) * 365) * dayMs } };
}

/** The lock of what a write makes at once. */
export function lockOfWrite(bucket: Bucket, input: LockingInput, nowMs: number): Lock {
  const asked = lockAskedFor(bucket, input, nowMs);
  return { ...asked, ...defaultRetention(bucket, asked.retention, nowMs) };
}

/** Throws InvalidArgument (400) for a date that has passed. */
export function retentionOf(mode: string, until: Date, nowMs: number): Retention {
  if (until.getTime() <= nowMs)
    throw invalidArgument(
      'The retain until date must be in the future!',
      'x-amz-object-lock-retain-until-date',
      until.toISOString(),
    );
  return { mode: mode as Retention['mode'], untilMs: until.getTime() };
}

export const withoutLock = (): ServiceError => invalidRequest('Bucket is missing Object Lock Configuration');

/** Whether a lock is in force that only its end, or in GOVERNANCE mode a special right, takes away. */
export const isRetained = (retention: Retention | undefined, nowMs: number, bypass: boolean): boolean =>
  retention !== undefined && retention.untilMs > nowMs && !(bypass && retention.mode === 'GOVERNANCE');

/** Whether a version may not go for good. */
export const isLocked = ({ object }: StoredVersion, nowMs: number, bypass = false): boolean =>
  object?.attributes.legalHold === true || isRetained(object?.attributes.retention, nowMs, bypass);

export const lockedAway = (): ServiceError =>
  new ServiceError('AccessDenied', 'Access Denied because object protected by object lock.', { status: 403 });

/** What reads say of a lock. */
export const lockMembers = ({ retention, legalHold }: ObjectAttributes): object => ({
  ...(retention === undefined
    ? {}
    : { ObjectLockMode: retention.mode, ObjectLockRetainUntilDate: new Date(retention.untilMs) }),
  ...(legalHold === undefined ? {} : { ObjectLockLegalHoldStatus: legalHold ? 'ON' : 'OFF' }),
});
