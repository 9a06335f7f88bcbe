import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, Unavailable } from '../../../base/index.ts';
import type { Compute, RunningProgram } from '../../../compute/index.ts';
import { containerPaths, failureReasonLengthMax } from '../../../contract/index.ts';
import type { Objects } from '../../../store/index.ts';
import { pause, type Timers } from '../../timers.ts';
import type { Algorithm } from '../images.ts';
import { readFailure, removeRoot } from '../jobs/programs/program-root.ts';
import { parseS3Uri } from '../s3-uri.ts';
import { keepModelFiles } from '../serving/model-files.ts';
import { sweepRoots } from '../sweep-root.ts';
import type { ModelFiles } from './record.ts';

/** Asks the programs that can say it whether they can serve a model, before it is accepted. */
export interface ModelChecks {
  /**
   * Why an image cannot serve these files; undefined when it can, when it has no such command, and when there is no answer in time:
   * then the endpoint says it.
   */
  problemOf(algorithm: Algorithm, files: ModelFiles, objects: Objects): Promise<string | undefined>;
}

interface ModelCheckParts {
  compute: Compute;
  dataFolder: string;
  timers: Timers;
  newId(): string;
  log(text: string, details?: Record<string, unknown>): void;
}

/** Larger archives are accepted unseen: the caller waits for the answer. */
const archiveBytesMax = 256 * 1024 ** 2;
const timeoutMs = 30_000;

export function openModelChecks({ compute, dataFolder, timers, newId, log }: ModelCheckParts): ModelChecks {
  const folder = join(dataFolder, 'model-checks');
  let last: Promise<unknown> = Promise.resolve();
  let swept: Promise<unknown> | undefined;

  const ask = async (command: readonly string[], algorithm: Algorithm, files: ModelFiles, objects: Objects) => {
    swept ??= sweepRoots({ compute, log }, folder);
    await swept;
    const root = join(folder, newId());
    await mkdir(root, { recursive: true, mode: 0o700 });
    let program: RunningProgram | undefined;
    const patience = new AbortController();
    try {
      await keepModelFiles(objects, { files, source: undefined }, root, patience.signal);
      program = await compute.start({
        command,
        root,
        environment: algorithm.environment ?? {},
        settings: algorithm.settings ?? {},
        listens: false,
        onLine: (line) => log(line, { check: root }),
      });
      const late = pause(timers, timeoutMs, patience.signal).then(() => undefined);
      const exit = await Promise.race([program.exit, late]);
      if (exit === undefined) log(`No answer to the check of ${files.uri} within ${timeoutMs} ms`);
      if (exit?.code !== 1) return undefined;
      const failure = await readFailure(containerPaths(root).failure, failureReasonLengthMax);
      return /^ClientError: (.*)$/s.exec(failure)?.[1];
    } finally {
      patience.abort();
      await program?.stop(0);
      await removeRoot(root, (cause) => log(`The folder ${root} could not be removed`, { error: cause }));
    }
  };
  return {
    async problemOf(algorithm, files, objects) {
      const command = algorithm.checkModel;
      if (command === undefined || (await isTooLarge(objects, files))) return undefined;
      const turn = last.then(() => ask(command, algorithm, files, objects));
      last = turn.catch(() => undefined);
      try {
        return await turn;
      } catch (cause) {
        if (cause instanceof DataError) return cause.message;
        // The endpoint will meet the same.
        if (!(cause instanceof Unavailable)) throw cause;
        log(`The check of ${files.uri} could not be made`, { error: cause });
        return undefined;
      }
    },
  };
}

async function isTooLarge(objects: Objects, { uri, form }: ModelFiles): Promise<boolean> {
  const { bucket, key } = parseS3Uri(uri, 'ModelDataUrl');
  if (form === 'archive') return ((await objects.head(bucket, key))?.sizeBytes ?? 0) > archiveBytesMax;
  const some = await objects.list(bucket, { prefix: key });
  return some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > archiveBytesMax;
}
