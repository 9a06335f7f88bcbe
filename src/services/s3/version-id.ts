import { ServiceError } from '../../base/index.ts';
import { invalidArgument } from './context.ts';

/** The version of every object, since none was ever versioned. */
export const theVersion = 'null';

/** Throws NoSuchVersion (404) for the id of a version that Linnet never made, InvalidArgument (400) for what is none. */
export function requireVersion(versionId: string | undefined): void {
  if (versionId === undefined || versionId === theVersion) return;
  if (/^[\w.]{32}$/.test(versionId))
    throw new ServiceError('NoSuchVersion', 'The specified version does not exist.', {
      status: 404,
      details: { VersionId: versionId },
    });
  throw invalidArgument('Invalid version id specified', 'versionId', versionId);
}
