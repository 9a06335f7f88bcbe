import { DataError } from '../../base/index.ts';
import { type Policy, readPolicy } from '../../policies/index.ts';
import type { Objects } from '../../store/index.ts';
import { resolved } from '../s3/context.ts';
import { publicAccessBlockOf } from '../s3/settings/access.ts';
import { isPublic } from '../s3/settings/public-policy.ts';

export interface BucketPolicy {
  policy: Policy | undefined;
  /** Nobody but the account's own gets in by it. */
  restricted: boolean;
}

const compiledMax = 1_000;

/** The policies of buckets, each compiled once for its text. */
export function bucketPolicies(objects: Pick<Objects, 'bucket'>) {
  const compiled = new Map<string, Policy>();
  const compile = (text: string): Policy => {
    const known = compiled.get(text);
    if (known !== undefined) return known;
    const policy = read(text);
    if (compiled.size >= compiledMax) compiled.clear();
    compiled.set(text, policy);
    return policy;
  };
  /** Of the bucket that an ARN is in; undefined where there is no such bucket, or it has no policy. */
  return async (arn: string): Promise<BucketPolicy | undefined> => {
    const [, name = ''] = /^arn:[^:]*:s3:::([^/]+)/.exec(arn) ?? [];
    if (!/^[A-Za-z0-9._-]{1,255}$/.test(name)) return undefined;
    const bucket = await objects.bucket(resolved(name));
    if (bucket === undefined) return undefined;
    if (bucket.publicRead) return { policy: publicRead, restricted: false };
    const text = bucket.attributes.policy;
    if (text === undefined) return undefined;
    return {
      policy: compile(text),
      // A policy that lets in those whom it names in some way is not public, and stays as it is.
      restricted: publicAccessBlockOf(bucket)?.RestrictPublicBuckets === true && isPublic(text),
    };
  };
}

/** One that can no longer be read denies everything, rather than that a Deny in it is passed over. */
function read(text: string): Policy {
  try {
    return readPolicy(text, 'resource');
  } catch (thrown) {
    if (!(thrown instanceof DataError)) throw thrown;
    return denyAll;
  }
}

const denyAll = readPolicy('{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}', 'resource');

/** What everybody may do with the sample buckets. */
const publicRead = readPolicy(
  '{"Statement":{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket","s3:GetBucketLocation"],"Resource":"*"}}',
  'resource',
);
