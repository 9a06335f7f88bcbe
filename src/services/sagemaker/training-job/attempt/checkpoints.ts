/** A job's checkpoints: fetched before its program starts, stored while it runs. */
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointConfig } from '@aws-sdk/client-sagemaker';
import { messageOf } from '../../../../base/index.ts';
import { holdsNoData, type PassedOver } from '../../../../contract/index.ts';
import type { Context } from '../../context.ts';
import { filesBelow } from '../../files/archive.ts';
import { fetchObjects } from '../../jobs/input-data.ts';
import { parseS3Uri } from '../../s3-uri.ts';

export interface Checkpoints {
  /** Stores changed files now and then, until `finish`. Calls `onProblem` once with the reason when it cannot. */
  start(onProblem: (text: string) => void): void;
  /** Stores all that changed; the program has ended. Never rejects. */
  finish(): Promise<void>;
}

/** The only `LocalPath` that Linnet's programs know. */
export const checkpointPath = '/opt/ml/checkpoints';

/** A crash of server or host costs at most the checkpoints of two looks. */
const lookEveryMs = 1_000;
const lastAttempts = 3;

/**
 * Copies the objects below the job's S3Uri into its folder. From `start` on, files that the program leaves there are
 * stored under the same names, and removed when it removes them. A file is stored once it has not changed between two
 * looks, or at the end. A file whose name marks no data is neither stored nor fetched.
 */
export async function openCheckpoints(
  context: Context,
  config: CheckpointConfig,
  folder: string,
  passedOver: PassedOver,
  signal: AbortSignal,
): Promise<Checkpoints> {
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
  let seen = new Map(stored);
  let reported = '';
  let report = (_text: string): void => undefined;

  const storeChanged = async (ended: boolean): Promise<void> => {
    const files = (await filesBelow(folder)).filter((path) => !path.split('/').some(holdsNoData));
    const now = new Map<string, string>();
    for (const path of files) {
      const state = await stateOf(join(folder, path));
      if (state === undefined) continue;
      now.set(path, state);
      if (stored.get(path) === state || !(ended || seen.get(path) === state)) continue;
      const written = await put(context, { bucket, key: `${prefix}${path}` }, join(folder, path));
      if (written !== undefined) stored.set(path, written);
    }
    for (const path of stored.keys()) {
      if (now.has(path)) continue;
      await context.objects.remove(bucket, `${prefix}${path}`);
      stored.delete(path);
    }
    seen = now;
  };
  const attempt = (ended: boolean): Promise<boolean> =>
    storeChanged(ended).then(
      () => true,
      (cause: unknown) => {
        const text = `The checkpoints could not be stored in ${config.S3Uri}: ${messageOf(cause)}`;
        if (text !== reported) report(text);
        reported = text;
        return false;
      },
    );

  let cancel = (): void => undefined;
  let under: Promise<unknown> = Promise.resolve();
  const later = (): void => {
    cancel = context.timers.after(lookEveryMs, () => {
      under = attempt(false);
      void under.then(() => {
        if (!finished) later();
      });
    });
  };
  let finished = false;
  return {
    start(onProblem) {
      report = onProblem;
      later();
    },
    async finish() {
      finished = true;
      cancel();
      await under;
      // No later look can repair a fault of the store.
      for (let left = lastAttempts; left > 0 && !(await attempt(true)); left -= 1);
    },
  };
}

/** The objects below a prefix are laid out as those of a channel are. */
const checkpointChannel = (bucket: string, prefix: string) => ({
  ChannelName: 'checkpoints',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${bucket}/${prefix}` } },
});

/** The facts that change when a file is written; undefined when it is gone. Links are not followed, and pipes not waited for. */
async function stateOf(file: string): Promise<string | undefined> {
  const opened = await openPlain(file);
  if (opened === undefined) return undefined;
  try {
    return opened.state;
  } finally {
    await opened.handle.close();
  }
}

async function openPlain(file: string) {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ELOOP') return undefined;
    throw cause;
  });
  if (handle === undefined) return undefined;
  const { ino, size, mtimeMs } = await handle.stat();
  return { handle, size, state: `${ino} ${size} ${mtimeMs}` };
}

/** Stores a file as it is now; returns its state, or undefined when it is gone. */
async function put(
  context: Context,
  target: { bucket: string; key: string },
  file: string,
): Promise<string | undefined> {
  const opened = await openPlain(file);
  if (opened === undefined) return undefined;
  const { handle, size, state } = opened;
  const bytes = size === 0 ? emptyBytes() : handle.createReadStream({ start: 0, end: size - 1, autoClose: false });
  try {
    await context.objects.put(target, bytes, { attributes: { contentType: 'binary/octet-stream' } });
  } finally {
    await handle.close();
  }
  return state;
}

async function* emptyBytes(): AsyncGenerator<Uint8Array> {}
