import type { Digests } from '../objects.ts';
import { runningDigests } from './digest.ts';
import { newFile } from './new-file.ts';
import type { ThreadedWriter, WriterTask, WriterThreads } from './writer-threads.ts';

/** Pieces from the network are small: they go to the thread and to the disk in batches of this size. */
const batchBytes = 512 * 1024;

/**
 * Writes a body to a new file while it arrives and is digested, and has it on disk when it resolves. `syncName` is called once
 * the file exists and has its name on disk when it resolves: the two syncs at once take little longer than one. A body of less than
 * a batch is digested here (8 µs for 4 KB); a larger one is digested and written by another thread, so that receiving,
 * digesting (1.5 ms for each MB) and writing overlap. A failure may leave the file; nothing writes to it any more.
 */
export async function writeBody(
  task: WriterTask,
  body: AsyncIterable<Uint8Array>,
  { threads, syncName }: { threads: WriterThreads; syncName(): Promise<void> },
): Promise<Digests> {
  const iterator = body[Symbol.asyncIterator]();
  let batch: Uint8Array[] = [];
  let length = 0;
  let writer: ThreadedWriter | undefined;
  try {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      batch.push(next.value);
      length += next.value.length;
      if (length < batchBytes) continue;
      writer ??= threads.begin(task);
      await writer.take(batch);
      batch = [];
      length = 0;
    }
    if (writer === undefined) return await writeSmall(task, batch, syncName);
    if (length > 0) await writer.take(batch);
    const named = writer.made().then(syncName);
    // Awaited below, after the end.
    named.catch(() => undefined);
    const digests = await writer.end();
    await named;
    return digests;
  } catch (thrown) {
    await writer?.abandon();
    throw thrown;
  } finally {
    await iterator.return?.();
  }
}

async function writeSmall(
  { path, algorithms, envelope }: WriterTask,
  pieces: readonly Uint8Array[],
  syncName: () => Promise<void>,
): Promise<Digests> {
  const digests = await runningDigests(algorithms);
  for (const piece of pieces) digests.update(piece);
  const file = await newFile(path, envelope);
  const named = syncName();
  // Awaited below, after the file is closed.
  named.catch(() => undefined);
  try {
    if (pieces.length > 0) await file.write(pieces);
    await file.finish();
  } finally {
    await file.close();
  }
  await named;
  return digests.result();
}
