import { Readable } from 'node:stream';
import { DataError } from '../../base/index.ts';
import type { Objects, ObjectTarget } from '../../store/index.ts';
import { type ActingOptions, actingIn } from './acting.ts';
import { bucketPolicies } from './bucket-policies.ts';

/**
 * The objects as a role may read and write them: for jobs and models, which act in the role of their request. Calls reject with
 * DataError where the role may not. The role's policies are asked at each call.
 */
export function objectsAs(objects: Objects, role: string | undefined, options: ActingOptions): Objects {
  if (role === undefined) return objects;
  const acting = actingIn(role, options);
  const policyOf = bucketPolicies(objects);

  const require = async (
    action: string,
    { bucket, key, versionId }: { bucket: string; key?: string; versionId?: string | undefined },
    own: Readonly<Record<string, string | undefined>> = {},
  ): Promise<void> => {
    const resource = key === undefined ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
    const tags = async () =>
      key === undefined ? {} : ((await objects.head(bucket, key, versionId))?.attributes.tags ?? {});
    const refusal = await acting.refusalOf(
      { action: `s3:${action}`, resource, values: { 's3:versionid': versionId, ...own } },
      { policy: (await policyOf(resource))?.policy, tags },
    );
    if (refusal !== undefined) throw new DataError(`AccessDenied: ${refusal}`);
  };
  const reads = (bucket: string, key: string, versionId?: string): Promise<void> =>
    require(versionId === undefined ? 'GetObject' : 'GetObjectVersion', { bucket, key, versionId });
  const writes = (target: ObjectTarget): Promise<void> => require('PutObject', target);
  return {
    ...objects,
    async put(target, body, options) {
      await writes(target).catch((cause: unknown) => {
        leave(body);
        throw cause;
      });
      return objects.put(target, body, options);
    },
    async head(bucket, key, versionId) {
      await reads(bucket, key, versionId);
      return objects.head(bucket, key, versionId);
    },
    async get(bucket, key, range, versionId) {
      await reads(bucket, key, versionId);
      return objects.get(bucket, key, range, versionId);
    },
    async place(bucket, key, path, options) {
      await reads(bucket, key);
      return objects.place(bucket, key, path, options);
    },
    async version(bucket, key, versionId) {
      await reads(bucket, key, versionId);
      return objects.version(bucket, key, versionId);
    },
    async list(bucket, query) {
      await require('ListBucket', { bucket }, { 's3:prefix': query.prefix });
      return objects.list(bucket, query);
    },
    async versions(bucket, query) {
      await require('ListBucketVersions', { bucket }, { 's3:prefix': query.prefix });
      return objects.versions(bucket, query);
    },
    async updateAttributes(bucket, key, ...rest) {
      await writes({ bucket, key });
      return objects.updateAttributes(bucket, key, ...rest);
    },
    async remove(bucket, key, options) {
      const versionId = options?.versionId;
      await require(versionId === undefined ? 'DeleteObject' : 'DeleteObjectVersion', { bucket, key, versionId });
      return objects.remove(bucket, key, options);
    },
    async createUpload(target, ...rest) {
      await writes(target);
      return objects.createUpload(target, ...rest);
    },
  };
}

/** Ends a stream that nobody will read. */
function leave(body: Uint8Array | AsyncIterable<Uint8Array>): void {
  if (body instanceof Readable) body.on('error', () => undefined).destroy();
}
