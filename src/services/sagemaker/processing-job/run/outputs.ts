import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../../../base/index.ts';
import { containerRootDefault, type ProcessingPaths } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import type { JobBody } from '../../jobs/drive-job.ts';
import { openStoredFolder, type StoredFolder } from '../../jobs/stored-folder.ts';
import { parseS3Uri } from '../../s3-uri.ts';
import { requestOf } from '../record.ts';

export interface Outputs {
  /** Whether some are stored at the end of the job only. */
  waits: boolean;
  /** Stores what the program writes to Continuous outputs, until `store`. */
  start(onProblem: (text: string) => void): void;
  /**
   * Stores what is left, of outputs at the end of the job only where `done`. Rejects with what the store or the files
   * threw, and with DataError where the program made a link of a folder.
   */
  store(done: boolean): Promise<void>;
}

/** The outputs of one host: the files below each LocalPath become objects below its S3Uri. */
export function openOutputs(context: Context, body: JobBody, root: string, paths: ProcessingPaths): Outputs {
  const given = requestOf(body).ProcessingOutputConfig?.Outputs ?? [];
  const outputs = given.flatMap(({ OutputName: name = '', S3Output, AppManaged }) => {
    if (S3Output?.LocalPath === undefined || AppManaged === true) return [];
    const { LocalPath: path, S3Uri: uri = '' } = S3Output;
    const { bucket, key } = parseS3Uri(uri, 'S3Uri');
    const stored: StoredFolder = openStoredFolder(context, {
      folder: paths.local(path),
      bucket,
      prefix: key === '' || key.endsWith('/') ? key : `${key}/`,
      what: `Output "${name}"`,
      uri,
      check: () => checkPlain(root, path),
    });
    return [{ name, uri, bucket, stored, continuous: S3Output.S3UploadMode === 'Continuous' }];
  });
  return {
    waits: outputs.some(({ continuous }) => !continuous),
    start(onProblem) {
      for (const { stored, continuous } of outputs) if (continuous) stored.start(onProblem);
    },
    async store(done) {
      for (const { name, uri, bucket, stored, continuous } of outputs) {
        if (!done && !continuous) continue;
        if ((await context.objects.bucket(bucket)) === undefined)
          throw new DataError(
            `Output "${name}" could not be stored: the bucket "${bucket}" of ${uri} does not exist any more`,
          );
        const fault = await stored.finish();
        if (fault instanceof DataError) throw new DataError(`Output "${name}" could not be stored: ${fault.message}`);
        if (fault !== undefined) throw fault;
      }
    },
  };
}

/** A link on the way to the folder could show files of the host. A folder that the program removed holds nothing. */
async function checkPlain(root: string, path: string): Promise<void> {
  const below = path.slice(containerRootDefault.length).replace(/\/+$/, '');
  const real = await realpath(join(root, below)).catch(() => undefined);
  if (real === undefined || real === join(await realpath(root), below)) return;
  throw new DataError(`The program made a link of ${path} or of a folder above it; links are not followed`);
}
