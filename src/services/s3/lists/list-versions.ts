import type { ListObjectVersionsCommandInput } from '@aws-sdk/client-s3';
import type { Call } from '../../../gateway/index.ts';
import { invalidArgument, quoted, requireBucket, type S3Options } from '../context.ts';
import { ownerId } from '../owner.ts';
import { requireVersion, theVersion } from '../version-id.ts';
import { checksumKinds, encoder, listPage, maxKeysOf } from './list-objects.ts';

/** ListObjectVersions: of every object one version, the latest. */
export const listObjectVersions =
  (options: S3Options) =>
  async ({ input }: Call<ListObjectVersionsCommandInput>) => {
    const bucket = await requireBucket(options, input);
    const { Prefix: prefix = '', Delimiter: delimiter = '', KeyMarker = '', VersionIdMarker } = input;
    const maxKeys = maxKeysOf(input.MaxKeys);
    requireMarkers(KeyMarker, VersionIdMarker);
    // Behind a key and its only version comes the next key, so that the second marker says nothing more.
    const after = KeyMarker === '' ? undefined : KeyMarker;
    const page = await listPage(options.objects, bucket.name, { prefix, delimiter, after, maxKeys });
    const encode = encoder(input.EncodingType);
    const endsWithVersion = page.contents.at(-1)?.key === page.last;
    return {
      Name: input.Bucket,
      Prefix: encode(prefix),
      KeyMarker: encode(KeyMarker),
      VersionIdMarker: VersionIdMarker ?? '',
      ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }),
      MaxKeys: maxKeys,
      IsTruncated: page.truncated,
      ...(page.truncated ? { NextKeyMarker: encode(page.last) } : {}),
      ...(page.truncated && endsWithVersion ? { NextVersionIdMarker: theVersion } : {}),
      ...(input.EncodingType === undefined ? {} : { EncodingType: input.EncodingType }),
      Versions: page.contents.map((object) => ({
        ETag: quoted(object.etag),
        Size: object.sizeBytes,
        ...checksumKinds(object),
        StorageClass: object.attributes.headers?.StorageClass ?? 'STANDARD',
        Key: encode(object.key),
        VersionId: theVersion,
        IsLatest: true,
        LastModified: new Date(object.modifiedAtMs),
        Owner: { ID: ownerId(options.accountId), DisplayName: 'linnet' },
      })),
      CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
    };
  };

function requireMarkers(keyMarker: string, versionIdMarker: string | undefined): void {
  const name = 'version-id-marker';
  if (versionIdMarker === undefined) return;
  if (keyMarker === '')
    throw invalidArgument('A version-id marker cannot be specified without a key marker.', name, versionIdMarker);
  if (versionIdMarker !== '') requireVersion(versionIdMarker);
}
