/** Pipe mode: a channel reaches the program as named pipes, one for each pass, fed while it reads. */
import { execFile } from 'node:child_process';
import { constants, open } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Channel } from '@aws-sdk/client-sagemaker';
import { messageOf, Unavailable } from '../../../../base/index.ts';
import type { PassedOver } from '../../../../contract/index.ts';
import type { Objects, StoredObject } from '../../../../store/index.ts';
import { channelObjects, isInShare, noObjects, objectsMax, type Share, tooManyObjects } from '../data/input-data.ts';
import { passBytes } from './pass-bytes.ts';

export interface PipeChannel {
  /** Settles with the error that made feeding impossible, or with undefined when closed. Never rejects. */
  fault: Promise<unknown>;
  /** Ends feeding; a program that still reads sees the end of its pipe. */
  close(): Promise<void>;
}

/**
 * Makes the pipes `<folder>_0`, `<folder>_1`, ... and feeds each from the moment the program opens it; that of the next
 * pass is always there before. A program may leave a pass early. Only the `share` of the objects
 * goes in, which may be empty. Rejects with DataError when the channel selects no objects.
 */
export async function openPipeChannel(
  objects: Objects,
  channel: Channel,
  folder: string,
  passedOver: PassedOver,
  share?: Share,
): Promise<PipeChannel> {
  const selected: StoredObject[] = [];
  for await (const { object } of channelObjects(objects, channel, passedOver)) {
    if (selected.length >= objectsMax) throw tooManyObjects(channel);
    selected.push(object);
  }
  if (selected.length === 0) throw noObjects(channel, passedOver);
  const closing = new AbortController();
  const passes = new Set<Promise<void>>();
  let settle = (_fault: unknown): void => undefined;
  const fault = new Promise<unknown>((resolve) => {
    settle = resolve;
  });
  const pipeOf = (pass: number): string => `${folder}_${pass}`;
  const begin = (pass: number): void => {
    const feeding = feed(pass).catch((cause: unknown) => {
      if (!closing.signal.aborted) settle(cause);
    });
    passes.add(feeding);
    void feeding.then(() => passes.delete(feeding));
  };
  const feed = async (pass: number): Promise<void> => {
    const writer = await openForReader(pipeOf(pass), closing.signal);
    if (writer === undefined) return;
    // Shuffled objects are shared out anew in each pass.
    const order = inPassOrder(selected, channel, pass).filter((_, at) => isInShare(at, share));
    await Promise.all([prepareAfter(pass), write(passBytes(objects, channel, order), writer, closing.signal)]);
    await rm(pipeOf(pass), { force: true });
  };
  /** A program that leaves a pass at once waits in the next pipe until that is fed, which it is once its own next is there. */
  const prepareAfter = async (pass: number): Promise<void> => {
    await makePipe(pipeOf(pass + 2));
    begin(pass + 1);
  };
  await mkdir(dirname(folder), { recursive: true });
  await makePipe(pipeOf(0));
  await makePipe(pipeOf(1));
  begin(0);
  return {
    fault,
    async close() {
      closing.abort();
      while (passes.size > 0) await Promise.all(passes);
      settle(undefined);
    },
  };
}

async function makePipe(path: string): Promise<void> {
  try {
    // Node has no call that makes a pipe.
    await promisify(execFile)('mkfifo', ['-m', '644', path]);
  } catch (cause) {
    throw new Unavailable(`The host cannot make a named pipe, which Pipe mode needs: ${messageOf(cause)}`, {
      cause,
      retry: false,
    });
  }
}

const openFile = promisify(open);
const pollMs = { least: 2, most: 50 };

/**
 * Waits for the reader of a pipe. A blocking open would hold one of the few threads that serve all files, for as long as
 * the program takes to begin a pass; so the pipe is tried again and again. Undefined when the signal aborts first.
 */
async function openForReader(pipe: string, signal: AbortSignal): Promise<Socket | undefined> {
  for (let waitMs = pollMs.least; !signal.aborted; waitMs = Math.min(2 * waitMs, pollMs.most)) {
    try {
      const fd = await openFile(pipe, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
      return new Socket({ fd, readable: false, writable: true });
    } catch (cause) {
      // No such device or address: there is no reader.
      if ((cause as NodeJS.ErrnoException).code !== 'ENXIO') throw cause;
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** Writes all bytes, or as many as the reader takes. */
async function write(bytes: AsyncGenerator<Uint8Array>, to: Socket, signal: AbortSignal): Promise<void> {
  let unreadable: { cause: unknown } | undefined;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes;
    } catch (cause) {
      unreadable = { cause };
      throw cause;
    }
  };
  try {
    await pipeline(Readable.from(watched(), { objectMode: true, highWaterMark: 4 }), to, { signal });
  } catch (cause) {
    if (unreadable !== undefined) throw unreadable.cause;
    const { code = '' } = cause as NodeJS.ErrnoException;
    // The reader left before the end, as it may.
    if (!signal.aborted && code !== 'EPIPE' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw cause;
  }
}

/** As listed, or for a channel with a ShuffleConfig in an order that its seed and the pass give. */
export function inPassOrder(objects: readonly StoredObject[], channel: Channel, pass: number): readonly StoredObject[] {
  const seed = channel.ShuffleConfig?.Seed;
  if (seed === undefined) return objects;
  const order = [...objects];
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(pass + 1, 0x85ebca6b)) >>> 0;
  // Mulberry32 by T. Ettinger; Fisher and Yates' shuffle.
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let at = order.length - 1; at > 0; at -= 1) {
    const from = Math.floor(random() * (at + 1));
    [order[at], order[from]] = [order[from]!, order[at]!];
  }
  return order;
}

/** The first fault that makes feeding one of the pipes impossible; never settles when there is none before they are closed. */
export const firstFault = (pipes: readonly PipeChannel[]): Promise<unknown> =>
  new Promise((resolve) => {
    for (const { fault } of pipes) void fault.then((cause) => cause !== undefined && resolve(cause));
  });
