import type { ListObjectVersionsCommandInput } from '@aws-sdk/client-s3';
import type { Call } from '../../../gateway/index.ts';
import { invalidArgument, quoted, requireBucket, type S3Options } from '../context.ts';
import { ownerId } from '../owner.ts';
import { requireVersion } from '../version-id.ts';
import { checksumKinds, encoder, listPage, maxKeysOf } from './list-objects.ts';

/** ListObjectVersions: versions and delete markers, by key and from the newest on. */
export const listObjectVersions =
  (options: S3Options) =>
  async ({ input }: Call<ListObjectVersionsCommandInput>) => {
    const bucket = await requireBucket(options, input);
    const { Prefix: prefix = '', Delimiter: delimiter = '', KeyMarker = '', VersionIdMarker } = input;
    const maxKeys = maxKeysOf(input.MaxKeys);
    const page = await listPage(
      (position, limit) => options.objects.versions(bucket.name, { prefix, ...position, limit }),
      {
        ...{ prefix, delimiter, maxKeys },
        after: KeyMarker === '' ? undefined : KeyMarker,
        afterVersion: versionMarker(KeyMarker, VersionIdMarker),
      },
    );
    const encode = encoder(input.EncodingType);
    const last = page.contents.at(-1);
    const owner = { ID: ownerId(options.accountId), DisplayName: 'linnet' };
    const entries = page.contents.map(({ key, versionId, isLatest, modifiedAtMs, object }) => ({
      object,
      entry: {
        ...{ Key: encode(key), VersionId: versionId, IsLatest: isLatest },
        ...{ LastModified: new Date(modifiedAtMs), Owner: owner },
      },
    }));
    return {
      Name: input.Bucket,
      Prefix: encode(prefix),
      KeyMarker: encode(KeyMarker),
      VersionIdMarker: VersionIdMarker ?? '',
      ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }),
      MaxKeys: maxKeys,
      IsTruncated: page.truncated,
      ...(page.truncated ? { NextKeyMarker: encode(page.last) } : {}),
      ...(page.truncated && last?.key === page.last ? { NextVersionIdMarker: last.versionId } : {}),
      ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
      Versions: entries.flatMap(({ entry, object }) =>
        object === undefined
          ? []
          : [
              {
                ETag: quoted(object.etag),
                Size: object.sizeBytes,
                ...checksumKinds(object),
                StorageClass: object.attributes.headers?.StorageClass ?? 'STANDARD',
                ...entry,
              },
            ],
      ),
      DeleteMarkers: entries.flatMap(({ entry, object }) => (object === undefined ? [entry] : [])),
      CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
    };
  };

/** The version behind which a page begins. Throws InvalidArgument (400). */
function versionMarker(keyMarker: string, versionIdMarker: string | undefined): string | undefined {
  if (versionIdMarker === undefined) return undefined;
  if (keyMarker === '')
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      versionIdMarker,
    );
  return versionIdMarker === '' ? undefined : requireVersion(versionIdMarker);
}
