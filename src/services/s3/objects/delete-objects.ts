import type { DeletedObject, DeleteObjectCommandInput, DeleteObjectsCommandInput } from '@aws-sdk/client-s3';
import { Conflict, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import type { Bucket, Removal, StoredVersion } from '../../../store/index.ts';
import {
  invalidArgument,
  malformedXml,
  noSuchKey,
  notImplemented,
  preconditionFailed,
  requireBucket,
  requireKey,
  type S3Options,
  strongTag,
} from '../context.ts';
import { isLocked, lockConfigurationOf, lockedAway } from '../lock/locks.ts';
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
  /** Whether the lock of a version in GOVERNANCE mode does not hold. */
  bypass: boolean;
}

/** DeleteObject: what is not there is deleted already. */
export const deleteObject =
  (options: S3Options) =>
  async ({ input, headers }: Call<DeleteObjectCommandInput>) => {
    const { VersionId } = input;
    const bucket = await requireBucket(options, input, 'write');
    requireOffered(options, bucket, input);
    refuseConditions(headers, ['if-none-match', 'if-unmodified-since']);
    const key = requireKey(input.Key);
    const bypass = bypassOf(bucket, input);
    const removal = await remove(options, bucket, { key, versionId: VersionId, etag: input.IfMatch, bypass });
    return { VersionId: removal.versionId ?? VersionId, ...(removal.marker ? { DeleteMarker: true } : {}) };
  };

/** DeleteObjects: each key has its own outcome, in the order asked for. */
export const deleteObjects =
  (options: S3Options) =>
  async ({ input }: Call<DeleteObjectsCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    const wanted = input.Delete?.Objects ?? [];
    if (wanted.length === 0 || wanted.length > batchMax) throw malformedXml();
    const bypass = bypassOf(bucket, input);
    const outcomes: (Removal | ServiceError)[] = [];
    const places = wanted.entries();
    const work = async (): Promise<void> => {
      for (const [place, { Key = '', VersionId, ETag, LastModifiedTime, Size }] of places) {
        try {
          if (LastModifiedTime !== undefined || Size !== undefined)
            throw notImplemented(
              'Of the conditions of a removal, Linnet offers ETag; LastModifiedTime and Size it does not',
            );
          const doomed = { key: requireKey(Key), versionId: VersionId, etag: ETag, bypass };
          outcomes[place] = await remove(options, bucket, doomed);
        } catch (thrown) {
          if (!(thrown instanceof ServiceError)) throw thrown;
          outcomes[place] = thrown;
        }
      }
    };
    await Promise.all(Array.from({ length: sideBySide }, work));
    const deleted: DeletedObject[] = [];
    const errors: object[] = [];
    for (const [place, { Key, VersionId }] of wanted.entries()) {
      const outcome = outcomes[place]!;
      if (outcome instanceof ServiceError)
        errors.push({ Key, VersionId, Code: outcome.code, Message: outcome.message });
      else deleted.push({ Key, VersionId, ...markerMembers(outcome) });
    }
    return {
      ...(input.Delete?.Quiet ? {} : { Deleted: deleted }),
      ...(errors.length === 0 ? {} : { Errors: errors }),
    };
  };

const markerMembers = ({ marker, versionId }: Removal): DeletedObject =>
  marker ? { DeleteMarker: true, DeleteMarkerVersionId: versionId } : {};

/** Throws InvalidArgument (400) where nothing can be locked. */
function bypassOf(
  bucket: Bucket,
  { BypassGovernanceRetention: bypass }: { BypassGovernanceRetention?: boolean | undefined },
): boolean {
  if (bypass === true && lockConfigurationOf(bucket) === undefined)
    throw invalidArgument(
      'x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets',
      'x-amz-bypass-governance-retention',
      bypass,
    );
  return bypass === true;
}

async function remove(
  { objects, nowMs }: S3Options,
  { name }: Bucket,
  { key, versionId, etag, bypass }: Doomed,
): Promise<Removal> {
  const permit = (version: StoredVersion): void => {
    if (isLocked(version, nowMs(), bypass)) throw lockedAway();
  };
  const expect =
    etag === undefined ? undefined : isAny(etag) ? ({ present: true } as const) : { etag: strongTag(etag) };
  let removal: Removal;
  try {
    removal = await objects.remove(name, key, { versionId: requireVersion(versionId), expect, permit });
  } catch (thrown) {
    throw thrown instanceof Conflict ? preconditionFailed('If-Match') : thrown;
  }
  // What is not there is deleted already, but for a client that expects it to be there.
  if (!removal.found && etag !== undefined) throw noSuchKey(key);
  return removal;
}
