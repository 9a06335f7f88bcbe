/** A folder that a job's program writes to, and the objects that its files become. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../../../base/index.ts';
import type { Context } from '../../context.ts';
import { filesBelow } from '../../files/archive.ts';

export interface StoredFolder {
  /** Stores changed files now and then, until `finish`. Calls `onProblem` once with each new reason when it cannot. */
  start(onProblem: (text: string) => void): void;
  /** Stores all that changed; the program has ended. Never rejects: returns what was thrown when it could not, else undefined. */
  finish(): Promise<unknown>;
}

export interface StoredFolderOptions {
  folder: string;
  bucket: string;
  /** Of the objects; the path of a file below the folder follows. */
  prefix: string;
  /** What is stored, and where, for messages: `The checkpoints could not be stored in s3://...`. */
  what: string;
  uri: string;
  /** The state in which files are stored already, by their path. */
  stored?: Map<string, string>;
  /** Leaves out files, by their path. */
  leavesOut?(path: string): boolean;
  /** Removes the objects of files that the program removes. */
  removes?: boolean;
  /** Throws when the folder is not what it was made as. */
  check?(): Promise<void>;
}

/** A crash of server or host costs at most what was written in two looks. */
const lookEveryMs = 1_000;
const lastAttempts = 3;

/** Stores the files of a folder as objects. A file is stored once it has not changed between two looks, or at the end. */
export function openStoredFolder(
  context: Context,
  { folder, bucket, prefix, what, uri, stored = new Map(), leavesOut, removes = false, check }: StoredFolderOptions,
): StoredFolder {
  let seen = new Map(stored);
  let reported = '';
  let report = (_text: string): void => undefined;

  const storeChanged = async (ended: boolean): Promise<void> => {
    await check?.();
    const now = new Map<string, string>();
    for (const path of await filesBelow(folder)) {
      if (leavesOut?.(path)) continue;
      const state = await stateOf(join(folder, path));
      if (state === undefined) continue;
      now.set(path, state);
      if (stored.get(path) === state || !(ended || seen.get(path) === state)) continue;
      const written = await put(context, { bucket, key: `${prefix}${path}` }, join(folder, path));
      if (written !== undefined) stored.set(path, written);
    }
    for (const path of removes ? [...stored.keys()] : []) {
      if (now.has(path)) continue;
      await context.objects.remove(bucket, `${prefix}${path}`);
      stored.delete(path);
    }
    seen = now;
  };
  /** What was thrown. */
  const attempt = (ended: boolean): Promise<unknown> =>
    storeChanged(ended).then(
      () => undefined,
      (cause: unknown) => {
        const text = `${what} could not be stored in ${uri}: ${messageOf(cause)}`;
        if (text !== reported) report(text);
        reported = text;
        return cause;
      },
    );

  let cancel = (): void => undefined;
  let under: Promise<unknown> = Promise.resolve();
  let finished = false;
  const later = (): void => {
    cancel = context.timers.after(lookEveryMs, () => {
      under = attempt(false);
      void under.then(() => {
        if (!finished) later();
      });
    });
  };
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
      let fault: unknown;
      for (let left = lastAttempts; left > 0; left -= 1) {
        fault = await attempt(true);
        if (fault === undefined) return undefined;
      }
      return fault;
    },
  };
}

/** The facts that change when a file is written; undefined when it is gone. Links are not followed, and pipes not waited for. */
export async function stateOf(file: string): Promise<string | undefined> {
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
