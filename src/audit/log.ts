import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { type FileHandle, open, readFile, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError, messageOf, Unavailable } from '../base/index.ts';
import { type AuditEvent, headSeal, type Link, nextLine, noLink } from './chain.ts';
import { headFile, segmentName, segmentNumber, segmentsOf } from './files.ts';
import { headProblem, readHead, readSegment } from './verify.ts';

export interface AuditLog {
  /** Adds an event. Resolves once it is on disk; rejects with Unavailable when it cannot be written. */
  add(event: AuditEvent): Promise<void>;
  close(): Promise<void>;
}

export interface AuditOptions {
  folder: string;
  key: Uint8Array;
  /** A segment that has grown to this is followed by a new one. */
  segmentBytesMax?: number;
}

const segmentBytesMaxDefault = 64 * 2 ** 20;

/**
 * Opens the log where it ended. A last line that a crash cut off was never acknowledged, and is removed. Throws DataError for a
 * log whose last segment was changed: nothing is added to what does not hold.
 */
export async function openAuditLog({ folder, key, segmentBytesMax }: AuditOptions): Promise<AuditLog> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const segments = segmentsOf(folder);
  // Earlier ones may have been moved away.
  let count = Math.max(1, segmentNumber(segments.at(-1) ?? segmentName(1)));
  let last = await endOf(folder, key, segments);
  let file = await openSegment(folder, count);
  let sizeBytes = (await file.stat()).size;
  const head = await open(headFile(folder), 'a+', 0o600).then(async (made) => {
    await made.close();
    return open(headFile(folder), 'r+');
  });
  // From the beginning there is one, so that a log without it shows.
  await writeHead(head, key, last);
  let waiting: { event: AuditEvent; done(): void; failed(cause: unknown): void }[] = [];
  let working: Promise<void> | undefined;
  let broken: Unavailable | undefined;

  /** Writes all that waits with one sync. */
  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    try {
      if (broken !== undefined) throw broken;
      if (sizeBytes >= (segmentBytesMax ?? segmentBytesMaxDefault)) {
        await file.close();
        count += 1;
        file = await openSegment(folder, count);
        sizeBytes = 0;
      }
      let lines = '';
      let link = last;
      for (const { event } of batch) {
        const next = nextLine(key, link, event);
        lines += next.line;
        link = next.link;
      }
      const bytes = Buffer.from(lines);
      await file.appendFile(bytes);
      await file.datasync();
      sizeBytes += bytes.length;
      last = link;
      for (const { done } of batch) done();
      await writeHead(head, key, last);
    } catch (cause) {
      // A line may be there in part: only the next start knows how far the log reaches.
      broken ??= new Unavailable(`The audit log in ${folder} cannot be written: ${messageOf(cause)}`, { cause });
      for (const { failed } of batch) failed(broken);
    }
  };
  const work = async (): Promise<void> => {
    while (waiting.length > 0) await flush();
    working = undefined;
  };
  return {
    add: (event) =>
      new Promise((done, failed) => {
        waiting.push({ event, done, failed });
        working ??= Promise.resolve().then(work);
      }),
    async close() {
      while (working !== undefined) await working;
      await file.close();
      await head.close();
    },
  };
}

/** Seals the head of a log that was begun before heads had seals; another is left as it is. */
export async function sealHead(folder: string, key: Uint8Array): Promise<void> {
  const text = await readFile(headFile(folder), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '';
    throw cause;
  });
  const [, number, seal] = /^\{"n": *(\d+),"seal":"([0-9a-f]{64})"\}\n$/.exec(text) ?? [];
  if (seal === undefined) return;
  const head = await open(headFile(folder), 'r+');
  try {
    await writeHead(head, key, { number: Number(number), seal });
  } finally {
    await head.close();
  }
}

/** Always the same length, so that it is written in place. */
async function writeHead(head: FileHandle, key: Uint8Array, link: Link): Promise<void> {
  const { number, seal } = link;
  await head.write(`{"n":${String(number).padStart(16)},"seal":"${seal}","own":"${headSeal(key, link)}"}\n`, 0);
  await head.datasync();
}

/** The link that the log ends with; cuts off a line without an end. */
async function endOf(folder: string, key: Uint8Array, segments: readonly string[]): Promise<Link> {
  const head = readHead(folder, key);
  const refuse = (problem: string): never => {
    throw new DataError(
      `The audit log was changed: ${problem}; look with linnet audit verify, and move the folder ${folder} away to begin a new one`,
    );
  };
  /** The head is written behind the lines: one that is ahead of them means that lines are gone. */
  const held = (end: Link): Link => {
    const problem = headProblem(head, end.number);
    return problem === undefined ? end : refuse(problem);
  };
  const name = segments.at(-1);
  if (name === undefined) return held(noLink);
  const path = join(folder, name);
  const previous = segmentName(segmentNumber(name) - 1);
  let before: Link | undefined = segmentNumber(name) === 1 ? noLink : undefined;
  if (segments.includes(previous)) before = await readSegment(join(folder, previous), key, undefined, () => undefined);
  const end = await readSegment(path, key, before, refuse);
  const { size } = await stat(path);
  if (end.bytes < size) await truncate(path, end.bytes);
  // Nothing is in the last segment yet, and the one before it was moved away.
  if (end.number === 0 && before === undefined && head !== undefined && head !== 'changed') return head;
  return held(end);
}

async function openSegment(folder: string, count: number): Promise<FileHandle> {
  const file = await open(join(folder, segmentName(count)), 'a', 0o600);
  syncFolder(folder);
  syncFolder(dirname(folder));
  return file;
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
