// A thread that digests and writes large bodies while the main thread receives them.
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../../base/index.ts';
import type { Digests } from '../objects.ts';
import type { Envelope } from '../sealing/seal.ts';
import { runningDigests } from './digest.ts';
import { giveBack } from './give-back.ts';
import type { FromWriter, ToWriter } from './messages.ts';
import { type NewFile, newFile } from './new-file.ts';

/** After so many bytes a sync begins while the rest arrives, so that the one at the end has little left. */
const earlySyncBytes = 8 * 1024 * 1024;

const port = parentPort!;
const bodies = new Map<number, Body>();

port.on('message', (message: ToWriter) => {
  const { body } = message;
  if ('path' in message) {
    bodies.set(body, beginBody(message));
    return;
  }
  const known = bodies.get(body)!;
  if ('whole' in message) bodies.delete(body);
  const done = 'pieces' in message ? known.take(message.pieces) : message.whole ? known.end() : known.abandon();
  done.then(
    (digests) => port.postMessage({ body, ...(digests && { digests }) } satisfies FromWriter),
    (cause: NodeJS.ErrnoException) => {
      const failure = { message: messageOf(cause), code: cause.code };
      port.postMessage({ body, failure } satisfies FromWriter);
    },
  );
});

interface Beginning {
  path: string;
  algorithms: readonly string[];
  envelope: Envelope | undefined;
}

interface Body {
  take(pieces: readonly Uint8Array[]): Promise<undefined>;
  end(): Promise<Digests>;
  abandon(): Promise<undefined>;
}

function beginBody({ path, algorithms, envelope }: Beginning): Body {
  const opening = runningDigests(algorithms);
  // Awaited below.
  opening.catch(() => undefined);
  const opened: Promise<NewFile> = newFile(path, envelope);
  /** Writes follow each other. */
  let written: Promise<unknown> = opened;
  let unsynced = 0;
  let syncing: Promise<void> | undefined;
  let syncFailure: unknown;

  const syncEarly = (file: NewFile): void => {
    if (unsynced < earlySyncBytes || syncing !== undefined) return;
    unsynced = 0;
    syncing = file.sync().then(
      () => {
        syncing = undefined;
      },
      (cause) => {
        // The system reports a disk error to one sync only, so this one's is kept for the end.
        syncFailure = cause;
      },
    );
  };
  /** Closes the file once its last write and sync have ended. */
  const close = async (): Promise<void> => {
    await written.catch(() => undefined);
    await syncing;
    await (await opened).close();
  };

  return {
    async take(pieces) {
      const mine = written.then(async () => {
        const file = await opened;
        await file.write(pieces);
        for (const piece of pieces) unsynced += piece.length;
        syncEarly(file);
      });
      written = mine;
      // Awaited below, after the digests.
      mine.catch(() => undefined);
      // The write begins first and continues while this thread digests.
      const digests = await opening;
      for (const piece of pieces) digests.update(piece);
      await mine;
      giveBack(pieces.map(({ buffer }) => buffer as ArrayBuffer));
      return undefined;
    },

    async end() {
      try {
        await written;
        await syncing;
        if (syncFailure !== undefined) throw syncFailure;
        await (await opened).finish();
      } finally {
        await close();
      }
      return (await opening).result();
    },

    async abandon() {
      // A file that could not be opened needs no closing.
      await close().catch(() => undefined);
      return undefined;
    },
  };
}
