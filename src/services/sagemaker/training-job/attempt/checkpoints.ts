/** A job's checkpoints: fetched before its program starts, stored while it runs. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointConfig } from '@aws-sdk/client-sagemaker';
import { holdsNoData, type PassedOver } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import { filesBelow } from '../../files/archive.ts';
import { fetchObjects } from '../../jobs/data/input-data.ts';
import { openStoredFolder, type StoredFolder, stateOf } from '../../jobs/data/stored-folder.ts';
import { parseS3Uri } from '../../s3-uri.ts';

/** The only `LocalPath` that Linnet's programs know. */
export const checkpointPath = '/opt/ml/checkpoints';

/**
 * Copies the objects below the job's S3Uri into its folder. From `start` on, files that the program leaves there are
 * stored under the same names, and removed when it removes them. A file whose name marks no data is neither stored nor
 * fetched.
 */
export async function openCheckpoints(
  context: Context,
  config: CheckpointConfig,
  folder: string,
  passedOver: PassedOver,
  signal: AbortSignal,
): Promise<StoredFolder> {
  const { bucket, key } = parseS3Uri(config.S3Uri ?? '', 'CheckpointConfig.S3Uri');
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await fetchObjects(context.objects, checkpointChannel(bucket, prefix), folder, passedOver, { signal });

  /** State of each file as it is stored. */
  const stored = new Map<string, string>();
  for (const path of await filesBelow(folder)) {
    const state = await stateOf(join(folder, path));
    if (state !== undefined) stored.set(path, state);
  }
  return openStoredFolder(context, {
    folder,
    bucket,
    prefix,
    what: 'The checkpoints',
    uri: config.S3Uri ?? '',
    stored,
    leavesOut: (path) => path.split('/').some(holdsNoData),
    removes: true,
  });
}

/** The objects below a prefix are laid out as those of a channel are. */
const checkpointChannel = (bucket: string, prefix: string) => ({
  ChannelName: 'checkpoints',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${bucket}/${prefix}` } },
});
