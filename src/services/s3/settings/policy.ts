import type {
  DeleteBucketPolicyCommandInput,
  GetBucketPolicyCommandInput,
  PutBucketPolicyCommandInput,
} from '@aws-sdk/client-s3';
import { DataError, ServiceError } from '../../../base/index.ts';
import type { Call } from '../../../gateway/index.ts';
import { readPolicy } from '../../../policies/index.ts';
import type { Bucket } from '../../../store/index.ts';
import { requireBucket, type S3Options } from '../context.ts';
import { publicAccessBlockOf } from './access.ts';
import { changeBucket } from './kept.ts';
import { actedOnBy } from './policy-actions.ts';
import { isPublic, listOf, type StatementDocument, statementsOf } from './public-policy.ts';

/** S3's limit: 20 KB. */
const policyBytesMax = 20 * 1024;

// The text is kept as it was put. Every request is held against it where it enters.

export const getBucketPolicy =
  (options: S3Options) =>
  async ({ input }: Call<GetBucketPolicyCommandInput>) => ({
    Policy: requirePolicy(await requireBucket(options, input, 'own')),
  });

export const getBucketPolicyStatus =
  (options: S3Options) =>
  async ({ input }: Call<GetBucketPolicyCommandInput>) => {
    const text = requirePolicy(await requireBucket(options, input, 'own'));
    return { PolicyStatus: { IsPublic: isPublic(text) } };
  };

/** PutBucketPolicy: what would let in everybody is refused as long as the public access block says so. */
export const putBucketPolicy =
  (options: S3Options) =>
  async ({ input }: Call<PutBucketPolicyCommandInput>) => {
    const bucket = await requireBucket(options, input, 'write');
    const text = input.Policy ?? '';
    requireReadable(text, bucket);
    return changeBucket(options, input, (before) => {
      if (publicAccessBlockOf(before)?.BlockPublicPolicy === true && isPublic(text))
        throw new ServiceError(
          'AccessDenied',
          'Access Denied: public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access',
          { status: 403 },
        );
      return { ...before, attributes: { ...before.attributes, policy: text } };
    });
  };

export const deleteBucketPolicy =
  (options: S3Options) =>
  async ({ input }: Call<DeleteBucketPolicyCommandInput>) =>
    changeBucket(options, input, ({ attributes: { policy: _, ...attributes }, ...bucket }) => ({
      ...bucket,
      attributes,
    }));

function requirePolicy({ name, attributes: { policy } }: Bucket): string {
  if (policy !== undefined) return policy;
  throw new ServiceError('NoSuchBucketPolicy', 'The bucket policy does not exist', {
    details: { BucketName: name },
  });
}

/** Throws MalformedPolicy (400). */
function requireReadable(text: string, { name }: Bucket): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > policyBytesMax)
    throw malformed(`Policy exceeds the maximum allowed document size: it has ${bytes} bytes of ${policyBytesMax}`);
  try {
    readPolicy(text, 'resource');
  } catch (thrown) {
    throw thrown instanceof DataError ? malformed(thrown.message) : thrown;
  }
  for (const statement of statementsOf(text)) requireOfBucket(statement, name);
}

/** A statement about another bucket, or another service, would never hold: its writer means something else. */
function requireOfBucket({ Action, NotAction, Resource, NotResource }: StatementDocument, name: string): void {
  const action = [...listOf(Action), ...listOf(NotAction)].find((each) => each !== '*' && !/^s3:/i.test(each));
  if (action !== undefined) throw malformed(`Policy has invalid action: ${action}`);
  const arn = `arn:aws:s3:::${name}`;
  const isOfBucket = (each: string): boolean =>
    each === arn || each.startsWith(`${arn}/`) || (each.startsWith(arn) && each.slice(arn.length).startsWith('*'));
  const resource = [...listOf(Resource), ...listOf(NotResource)].find((each) => !isOfBucket(each));
  if (resource !== undefined) throw malformed(`Policy has invalid resource: ${resource} is not of the bucket ${name}`);
  requireApplying([...listOf(Action), ...listOf(NotAction)], listOf(Resource), arn);
}

/** A misspelt action, or one of objects on the bucket alone, would never hold; of a Deny nobody would see it. */
function requireApplying(actions: readonly string[], resources: readonly string[], bucketArn: string): void {
  const places = new Set(resources.flatMap((each) => placesOf(each, bucketArn)));
  for (const action of actions) {
    if (action === '*') continue;
    const actedOn = actedOnBy(action);
    if (actedOn.size === 0) throw malformed(`Policy has invalid action: ${action} is no action of S3`);
    // NotResource speaks of all else.
    if (resources.length === 0 || [...actedOn].some((kind) => places.has(kind))) continue;
    const [kind] = actedOn;
    const advice =
      kind === 'object' ? `it acts on objects, such as ${bucketArn}/*` : `it acts on the bucket, ${bucketArn}`;
    throw malformed(`Action does not apply to any resource(s) in statement: ${action}: ${advice}`);
  }
}

const placesOf = (resource: string, bucketArn: string): ('bucket' | 'object')[] => {
  if (resource === bucketArn) return ['bucket'];
  return resource.startsWith(`${bucketArn}/`) ? ['object'] : ['bucket', 'object'];
};

const malformed = (message: string): ServiceError => new ServiceError('MalformedPolicy', message, { status: 400 });
