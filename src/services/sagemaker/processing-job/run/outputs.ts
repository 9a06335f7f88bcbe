import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../../../base/index.ts';
import { containerRootDefault, type ProcessingPaths } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import { openStoredFolder } from '../../jobs/data/stored-folder.ts';
import type { JobBody } from '../../jobs/driving/drive-job.ts';
import type { HostLogs } from '../../jobs/programs/host-logs.ts';
import { parseS3Uri } from '../../s3-uri.ts';
import { requestOf } from '../record.ts';

/** The outputs of one host. */
export interface Outputs {
  /** Stores what the program writes to Continuous outputs, until `store`. */
  start(onProblem: (text: string) => void): void;
  /**
   * Stores what is left, of outputs at the end of the job only where `done`; returns the objects by their URI. Rejects with
   * what the store or the files threw, and with DataError where the program made a link of a folder.
   */
  store(done: boolean): Promise<string[]>;
  /** Whether some are stored at the end of the job only. */
  waits: boolean;
}

/** The files below each LocalPath become objects below its S3Uri. */
export function openOutputs(context: Context, body: JobBody, root: string, paths: ProcessingPaths): Outputs {
  const given = requestOf(body).ProcessingOutputConfig?.Outputs ?? [];
  const outputs = given.flatMap(({ OutputName: name = '', S3Output, AppManaged }) => {
    if (S3Output?.LocalPath === undefined || AppManaged === true) return [];
    const { LocalPath: path, S3Uri: uri = '' } = S3Output;
    const { bucket, key } = parseS3Uri(uri, 'S3Uri');
    const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
    const files = new Map<string, string>();
    const stored = openStoredFolder(context, {
      folder: paths.local(path),
      bucket,
      prefix,
      what: `Output "${name}"`,
      uri,
      stored: files,
      check: () => checkPlain(root, path),
    });
    return [{ name, uri, bucket, prefix, files, stored, continuous: S3Output.S3UploadMode === 'Continuous' }];
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
      return outputs.flatMap(({ bucket, prefix, files }) =>
        [...files.keys()].map((path) => `s3://${bucket}/${prefix}${path}`),
      );
    },
  };
}

/** Stores the outputs of all hosts, one after the other: of files of one name the one that is stored last is kept, and the log says so. */
export async function storeOutputs(
  hosts: readonly { name: string; outputs: Outputs }[],
  { done, logs }: { done: boolean; logs: HostLogs },
): Promise<void> {
  if (!done && hosts[0]?.outputs.waits)
    await logs.say('Linnet: outputs that are stored at the end of the job are left out, since it did not complete');
  const owners = new Map<string, string>();
  for (const { name, outputs } of hosts) {
    const stored = await outputs.store(done);
    const again = stored.filter((uri) => owners.has(uri));
    if (again.length > 0)
      await logs
        .of({ name })
        .line(
          `Linnet: ${again.length} of the files of ${name} have the names of others, such as ${again[0]} of ${owners.get(again[0]!)}; the one that was stored last is kept`,
        );
    for (const uri of stored) owners.set(uri, name);
  }
}

/** A link on the way to the folder could show files of the host. A folder that the program removed holds nothing. */
async function checkPlain(root: string, path: string): Promise<void> {
  const below = path.slice(containerRootDefault.length).replace(/\/+$/, '');
  const real = await realpath(join(root, below)).catch(() => undefined);
  if (real === undefined || real === join(await realpath(root), below)) return;
  throw new DataError(`The program made a link of ${path} or of a folder above it; links are not followed`);
}
