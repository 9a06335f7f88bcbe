import { Conflict } from '../../../base/index.ts';
import type { Bucket } from '../../../store/index.ts';
import { noSuchBucket, requireBucket, type S3Options } from '../context.ts';

// Settings of a bucket that are only labels here: what was put is kept as JSON under a name and read back.

interface Addressed {
  Bucket?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
}

/** What a bucket keeps under a name: the default as long as nobody set it, undefined once it was removed. */
export function keptSetting<Value>({ attributes }: Bucket, name: string, byDefault?: Value): Value | undefined {
  const text = attributes[name];
  return text === undefined ? byDefault : ((JSON.parse(text) as Value | null) ?? undefined);
}

/** Keeps a setting; undefined keeps that there is none, whatever the default. Answers with nothing. */
export const keepSetting = (options: S3Options, input: Addressed, name: string, value: unknown): Promise<object> =>
  changeBucket(options, input, (bucket) => ({
    ...bucket,
    attributes: { ...bucket.attributes, [name]: JSON.stringify(value ?? null) },
  }));

/** Changes a bucket of the account's own. Throws NoSuchBucket (404) or AccessDenied (403); answers with nothing. */
export async function changeBucket(
  options: S3Options,
  input: Addressed,
  change: (before: Bucket) => Bucket,
): Promise<object> {
  const { name } = await requireBucket(options, input, 'write');
  try {
    await options.objects.updateBucket(name, change);
  } catch (thrown) {
    throw thrown instanceof Conflict ? noSuchBucket(name) : thrown;
  }
  return {};
}
