/** What a job's request says of S3, looked at before the job is accepted. */
import { DataError } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import { invalid } from '../../resource.ts';
import { parseS3Uri } from '../../s3-uri.ts';

interface Selection {
  S3DataType?: string | undefined;
  S3Uri?: string | undefined;
}

/**
 * Throws AWS's text when a source selects no object, or its manifest is not there, as far as the role may see it: the caller learns of
 * nothing that neither may see. What the role may not read is the job's to say.
 */
export async function checkSelects(
  context: Context,
  { S3DataType, S3Uri: uri = '' }: Selection,
  { region, role }: { region: string; role: string },
): Promise<void> {
  const { bucket, key } = parseS3Uri(uri, 'S3Uri');
  const objects = context.objectsAs(role === '' ? undefined : role);
  const look = async (): Promise<boolean> =>
    S3DataType === 'ManifestFile'
      ? (await objects.head(bucket, key)) !== undefined
      : (await objects.list(bucket, { prefix: key, limit: 1 })).length > 0;
  const isThere = (await objects.bucket(bucket)) !== undefined;
  const seen = isThere && (await look().catch((cause: unknown) => (cause instanceof DataError ? true : raise(cause))));
  if (seen) return;
  throw invalid(
    `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in the selected region (${region}), that objects exist under that S3 prefix, and that the role "${role}" has "s3:ListBucket" permissions on bucket "${bucket}".`,
  );
}

const raise = (cause: unknown): never => {
  throw cause;
};

/** Throws when there is no bucket to write to. `member` is that of the request. */
export async function checkWritable({ objects }: Context, uri: string, member: string): Promise<void> {
  const { bucket } = parseS3Uri(uri, member);
  const found = await objects.bucket(bucket);
  if (found === undefined)
    throw invalid(`The bucket "${bucket}" of ${member} "${uri}" does not exist; create it first`);
  if (found.readOnly)
    throw invalid(`The bucket "${bucket}" of ${member} "${uri}" is read-only; choose one of your own`);
}
