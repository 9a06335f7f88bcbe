import { ServiceError } from '../../base/index.ts';
import type { Bucket, StoredObject } from '../../store/index.ts';
import { invalidArgument, noSuchKey, type S3Options } from './context.ts';

/** The version of what was written while its bucket had no versions, or when they were suspended. */
const nullVersion = 'null';

/** The id of a version that a request names; undefined for the object itself. Throws InvalidArgument (400) for what is no id. */
export function requireVersion(versionId: string | undefined): string | undefined {
  if (versionId === undefined || versionId === nullVersion || /^[\w.]{32}$/.test(versionId)) return versionId;
  throw invalidArgument('Invalid version id specified', 'versionId', versionId);
}

/** Which version an answer is about, in buckets that have versions. */
export const versionMembers = (
  { versioning }: Bucket,
  { versionId }: Pick<StoredObject, 'versionId'>,
): { VersionId?: string } => (versioning === undefined ? {} : { VersionId: versionId ?? nullVersion });

/** The version that a write made; none in a bucket that never had versions. */
export const writtenVersion = ({ versionId }: Pick<StoredObject, 'versionId'>): { VersionId?: string } =>
  versionId === undefined ? {} : { VersionId: versionId };

const deleteMarkerHeader = 'x-amz-delete-marker';
const versionHeader = 'x-amz-version-id';

/**
 * What S3 answers when a read found no object: NoSuchKey (404), which tells of a delete marker; MethodNotAllowed (405) to
 * one that names a delete marker; NoSuchVersion (404).
 */
export async function nothingToRead(
  { objects }: S3Options,
  { name, versioning }: Bucket,
  key: string,
  versionId: string | undefined,
): Promise<ServiceError> {
  if (versioning === undefined && (versionId === undefined || versionId === nullVersion)) return noSuchKey(key);
  const found = await objects.version(name, key, versionId);
  const marks = found && { [deleteMarkerHeader]: 'true', [versionHeader]: found.versionId };
  if (versionId === undefined)
    return new ServiceError('NoSuchKey', 'The specified key does not exist.', {
      details: { Key: key, ...(found?.object === undefined && marks ? { headers: marks } : {}) },
    });
  if (found === undefined || found.object !== undefined)
    return new ServiceError('NoSuchVersion', 'The specified version does not exist.', {
      status: 404,
      details: { Key: key, VersionId: versionId },
    });
  return new ServiceError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    status: 405,
    details: {
      Method: 'GET',
      ResourceType: 'DeleteMarker',
      headers: { ...marks, Allow: 'DELETE', 'Last-Modified': new Date(found.modifiedAtMs).toUTCString() },
    },
  });
}
